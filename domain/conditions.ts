import { isCelError, parse, plan, type CelInput, type CelResult } from '@bufbuild/cel';
import type { RE2JS } from '@bufbuild/re2';
import type { CalendarSpec, JsonObject } from './approval';
import { localDate } from './calendar';
import { bracketFault } from './conditions/brackets';
import { compileRegex, conditionEnv, type Run } from './conditions/functions';
import { inspect, type Expr } from './conditions/inspect';
import { ConditionError, Meter } from './conditions/meter';
import { celValue } from './conditions/values';

export { ConditionError } from './conditions/meter';

/** Longest condition, in bytes of UTF-8. */
export const MAX_CONDITION_BYTES = 2048;
/** Different ones in one policy, each: a regular expression is compiled, a zone looked up. */
const MAX_LITERALS = 200;

/** What the conditions of one check see. */
export interface ConditionFacts {
  context: JsonObject;
  agent: { id: string; name: string; owner: string | null };
  action: string;
  requester: { id: string; email: string; roles: string[] } | null;
  now_ms: number;
}

/** The facts as CEL values, with the budget that all conditions of one check share. */
export interface ConditionScope {
  readonly variables: Record<string, CelInput>;
  readonly run: Run;
}

/** A `when` that was compiled when its policy was read. */
export interface Condition {
  readonly source: string;
  /** @throws ConditionError where there is no yes or no: a missing field, a wrong type, too much work. */
  holds(scope: ConditionScope): boolean;
}

export type Compiled = { ok: true; condition: Condition } | { ok: false; messages: string[] };

/** Converts the facts when the first condition asks for them: most checks meet none. */
export const conditionScope = (facts: ConditionFacts): ConditionScope => {
  let variables: Record<string, CelInput> | undefined;
  return {
    get variables() {
      return (variables ??= variablesOf(facts));
    },
    run: { now_ms: facts.now_ms, meter: new Meter() },
  };
};

/** Without a prototype: what is looked up here are names out of a condition. */
const variablesOf = ({
  context,
  agent: { id, name, owner },
  action,
  requester,
}: ConditionFacts): Record<string, CelInput> => {
  const person = requester && { id: requester.id, email: requester.email, roles: [...requester.roles] };
  return Object.assign(Object.create(null) as Record<string, CelInput>, {
    context: celValue(context),
    agent: celValue({ id, name, owner }),
    action,
    requester: celValue(person),
  });
};

const parseSource = (source: string): Expr | string => {
  const unparsable = bracketFault(source);
  if (unparsable !== null) return unparsable;
  try {
    return parse(source).expr;
  } catch (error) {
    if (error instanceof RangeError) return 'is nested too deeply; simplify it or split the rule';
    const message = error instanceof Error ? error.message : String(error);
    return `cannot be read: ${message.replace('<input>:', 'at ')}`;
  }
};

const answer = (result: CelResult): boolean => {
  if (isCelError(result)) throw new ConditionError(result.message);
  if (typeof result !== 'boolean') throw new ConditionError('it gave neither true nor false; compare something');
  return result;
};

/** Looks at each different text once; what was said about it holds wherever it stands again. */
const once = (what: string, look: (text: string) => string | null): ((text: string) => string | null) => {
  const seen = new Map<string, string | null>();
  return (text) => {
    if (!seen.has(text) && seen.size === MAX_LITERALS)
      return `the policy has more than ${MAX_LITERALS} different ${what}; do with fewer`;
    if (!seen.has(text)) seen.set(text, look(text));
    return seen.get(text)!;
  };
};

/** What is wrong with the texts that a condition writes out. */
const literalReader = (calendars: Record<string, CalendarSpec>, regexes: Map<string, RE2JS>) => {
  const zone = once('time zones', (name) => {
    try {
      localDate(name, 0);
      return null;
    } catch {
      return `there is no time zone ${name}; use an IANA name like Europe/London`;
    }
  });
  const regex = once('regular expressions', (pattern) => {
    try {
      regexes.set(pattern, compileRegex(pattern));
      return null;
    } catch (error) {
      return `the regular expression ${JSON.stringify(pattern)} cannot be used: ${(error as Error).message}`;
    }
  });
  const calendar = (name: string): string | null =>
    Object.hasOwn(calendars, name) ? null : `there is no calendar ${name}; name it under calendars first`;
  return (found: ReturnType<typeof inspect>): string[] =>
    [...found.calendars.map(calendar), ...found.zones.map(zone), ...found.patterns.map(regex)].filter(
      (fault) => fault !== null,
    );
};

/**
 * Compiles the conditions of one policy. What was compiled lives as long as the conditions do, in this closure.
 *
 * Evaluation is synchronous, so one variable is enough to tell the functions whose evaluation they serve.
 */
export const conditionCompiler = (calendars: Record<string, CalendarSpec>): ((source: string) => Compiled) => {
  const regexes = new Map<string, RE2JS>();
  let current: Run | null = null;
  const env = conditionEnv(calendars, regexes, () => {
    if (!current) throw new ConditionError('evaluated outside of a check');
    return current;
  });
  const functions = new Set([...env.funcs].map((func) => func.name));
  const literalFaults = literalReader(calendars, regexes);

  return (source) => {
    if (Buffer.byteLength(source) > MAX_CONDITION_BYTES)
      return { ok: false, messages: [`is longer than ${MAX_CONDITION_BYTES} bytes; split the rule`] };
    const expr = parseSource(source);
    if (typeof expr === 'string') return { ok: false, messages: [expr] };
    const found = inspect(expr, functions);
    const messages = [...new Set([...found.faults, ...literalFaults(found)])];
    if (messages.length > 0) return { ok: false, messages };
    const evaluate = plan(env, expr);
    const holds = (scope: ConditionScope): boolean => {
      current = scope.run;
      try {
        scope.run.meter.begin();
        scope.run.meter.charge(found.nodes);
        const result = evaluate(scope.variables);
        scope.run.meter.assertNotDry();
        return answer(result);
      } finally {
        current = null;
      }
    };
    return { ok: true, condition: { source, holds } };
  };
};
