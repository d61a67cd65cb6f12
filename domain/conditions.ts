/** Compiles and evaluates conditions (`when`), which are written in CEL. */
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

/** The longest condition, in bytes of UTF-8. */
export const MAX_CONDITION_BYTES = 2048;
/** Limit per policy for different regular expressions, which are compiled, and for different time zones, which are looked up. */
const MAX_LITERALS = 200;

/** The values that the conditions of one check can read. */
export interface ConditionFacts {
  context: JsonObject;
  agent: { id: string; name: string; owner: string | null };
  action: string;
  requester: { id: string; email: string; roles: string[] } | null;
  now_ms: number;
}

/** The facts as CEL values, and the budget that all conditions of one check share. */
export interface ConditionScope {
  readonly variables: Record<string, CelInput>;
  readonly run: Run;
}

/** A compiled condition. */
export interface Condition {
  readonly source: string;
  /** @throws ConditionError if the result is neither true nor false: a field is missing, a type is wrong, or it costs too much. */
  holds(scope: ConditionScope): boolean;
}

export type Compiled = { ok: true; condition: Condition } | { ok: false; messages: string[] };

/** Converts the facts only when a condition first reads them: most checks evaluate no condition. */
export const conditionScope = (facts: ConditionFacts): ConditionScope => {
  let variables: Record<string, CelInput> | undefined;
  return {
    get variables() {
      return (variables ??= variablesOf(facts));
    },
    run: { now_ms: facts.now_ms, meter: new Meter() },
  };
};

/** The object has no prototype, so a condition that reads `constructor` finds nothing. */
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

const booleanOf = (result: CelResult): boolean => {
  if (isCelError(result)) throw new ConditionError(result.message);
  if (typeof result !== 'boolean') throw new ConditionError('it gave neither true nor false; compare something');
  return result;
};

/** Checks each different text once and remembers the result. Limits how many different texts a policy can have. */
const checkOnce = (what: string, check: (text: string) => string | null): ((text: string) => string | null) => {
  const seen = new Map<string, string | null>();
  return (text) => {
    if (!seen.has(text) && seen.size === MAX_LITERALS)
      return `the policy has more than ${MAX_LITERALS} different ${what}; use fewer`;
    if (!seen.has(text)) seen.set(text, check(text));
    return seen.get(text)!;
  };
};

/** Finds faults in the calendars, time zones and regular expressions that a condition names. */
const literalReader = (calendars: Record<string, CalendarSpec>, regexes: Map<string, RE2JS>) => {
  const zone = checkOnce('time zones', (name) => {
    try {
      localDate(name, 0);
      return null;
    } catch {
      return `there is no time zone ${name}; use an IANA name like Europe/London`;
    }
  });
  const regex = checkOnce('regular expressions', (pattern) => {
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
 * Returns the compiler for the conditions of one policy.
 *
 * The CEL functions need the current evaluation (its time and its budget). Evaluation is synchronous, so one variable can
 * hold it.
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
        return booleanOf(result);
      } finally {
        current = null;
      }
    };
    return { ok: true, condition: { source, holds } };
  };
};
