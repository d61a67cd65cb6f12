/** Reads a whole policy document. */
import { RISKS, type CalendarSpec } from '../approval';
import { validateCalendar } from '../calendar';
import { conditionCompiler, type Condition } from '../conditions';
import { readDuration } from './durations';
import { nameFault } from './names';
import { shown, type Field } from './field';
import { needsOwnCalendar, readFlow, type FlowReader } from './read-flow';
import { LEVEL_KEYS, readLevel } from './read-level';
import { readGuardrails, readRules, type RuleReader } from './read-rules';
import type { Defaults, Flow, LevelDefinition, Policy } from './types';

/** Limit for all conditions together: reading each byte takes some microseconds. */
const MAX_CONDITIONS_BYTES = 49_152;
/** Limit for conditions with faults: they take the parser many times longer than valid ones. */
const MAX_FAULTY_CONDITIONS = 20;
const MAX_CALENDAR_FAULTS = 50;
const CALENDAR_DEPTH = 2;
const SECTIONS = ['version', 'defaults', 'calendars', 'guardrails', 'rules', 'levels', 'flows'] as const;
const ON_NOBODY = ['deny', 'require_approval'] as const;

/** The defaults of a document that sets none. */
export const STANDARD_DEFAULTS: Defaults = {
  effect: 'deny',
  flow: 'admins',
  ttl: '7d',
  valid_for: '24h',
  risk: 'medium',
  on_error: 'deny',
};

/** The flow `admins`, unless the document defines one with that name: any admin may approve. */
export const adminsFlow = (): Flow => ({
  separation: { exclude: ['requester', 'on_behalf_of'], require: [], same_person_across_levels: 'forbid' },
  levels: [
    {
      name: 'admins',
      stage: 1,
      paths: [{ approvers: ['role:admin'], approve: 1 }],
      deny: 1,
      veto: [],
      fallback: [],
      comment: { on_approve: 'optional', on_deny: 'optional' },
      assurance: 'link',
      timing: { on_expire: 'expire', escalate: [] },
      delegation: true,
    },
  ],
});

const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

const named = (field: Field, what: string): [string, Field][] => {
  const entries = field.entries(what);
  for (const [name, at] of entries) {
    const wrong = nameFault(name);
    if (wrong) at.fault(wrong);
  }
  return entries;
};

const readCalendars = (field: Field): Record<string, CalendarSpec> =>
  Object.fromEntries(
    named(field, 'calendars').map(([name, at]) => {
      const value = plain(at.value);
      for (const { path, message } of validateCalendar(value).slice(0, MAX_CALENDAR_FAULTS))
        path
          .split('.', CALENDAR_DEPTH)
          .filter(Boolean)
          .reduce((inner, key) => inner.at(key), at)
          .fault(message);
      return [name, value as CalendarSpec];
    }),
  );

/** Reads a name that must be defined elsewhere in the document. */
const reference =
  (what: string, section: string, known: () => Iterable<string>) =>
  (field: Field): string | undefined => {
    const name = field.text(64);
    if (name === undefined) return undefined;
    const names = [...known()];
    if (names.includes(name)) return name;
    const meant = field.suggestion(name, names);
    return field.fault(
      `names the ${what} ${shown(name)}, which does not exist; ${meant ? `did you mean ${meant}?` : `write it under ${section}`}`,
    );
  };

const conditionReader = (calendars: Record<string, CalendarSpec>) => {
  const compile = conditionCompiler(calendars);
  let bytes = 0;
  let faulty = 0;
  return (field: Field): Condition | undefined => {
    if (!field.present) return undefined;
    if (typeof field.value !== 'string') return field.fault(`must be a condition in quotes, not ${shown(field.value)}`);
    bytes += Buffer.byteLength(field.value);
    if (bytes > MAX_CONDITIONS_BYTES)
      return field.fault(
        `was not read: all conditions together have more than ${MAX_CONDITIONS_BYTES} bytes; shorten them`,
      );
    if (faulty === MAX_FAULTY_CONDITIONS)
      return field.fault(`was not read: ${faulty} conditions before it have faults; mend those first`);
    const compiled = compile(field.value);
    if (compiled.ok) return compiled.condition;
    faulty++;
    for (const message of compiled.messages) field.fault(message);
    return undefined;
  };
};

const readDefaults = (field: Field, flow: RuleReader['flow']): Defaults => {
  field.isSection(Object.keys(STANDARD_DEFAULTS), 'effect, flow, ttl, valid_for, risk and on_error');
  for (const key of ['effect', 'on_error'])
    if (field.at(key).value === 'allow')
      field.at(key).fault('is allow, which would allow every action without a rule; write deny or require_approval');
  const choice = (key: 'effect' | 'on_error'): Defaults['effect'] | undefined =>
    field.at(key).value === 'allow' ? undefined : field.at(key).oneOf(ON_NOBODY);
  return {
    effect: choice('effect') ?? STANDARD_DEFAULTS.effect,
    flow: flow(field.at('flow')) ?? STANDARD_DEFAULTS.flow,
    ttl: readDuration(field.at('ttl'), 'wall') ?? STANDARD_DEFAULTS.ttl,
    valid_for: readDuration(field.at('valid_for'), 'wall') ?? STANDARD_DEFAULTS.valid_for,
    risk: field.at('risk').oneOf(RISKS) ?? STANDARD_DEFAULTS.risk,
    on_error: choice('on_error') ?? STANDARD_DEFAULTS.on_error,
  };
};

const readLevels = (field: Field, reader: Omit<FlowReader, 'named'>): Map<string, LevelDefinition> =>
  new Map(
    named(field, 'levels').map(([name, at]) => {
      at.isSection(LEVEL_KEYS, 'approvers');
      return [name, readLevel(at, name, reader)];
    }),
  );

/** A guardrail may add the level to any flow, so a level with business time needs a calendar of its own. */
const addedLevelReader = (levels: ReadonlyMap<string, LevelDefinition>) => {
  const exists = reference('level', 'levels', () => levels.keys());
  return (field: Field): string | undefined => {
    const name = exists(field);
    const level = name === undefined ? undefined : levels.get(name);
    const business = level ? needsOwnCalendar(level) : null;
    if (business) field.fault(`adds ${name}, which waits for ${business} of business time; give that level a calendar`);
    return name;
  };
};

/** Reads the whole document. The result may be used only if no fault was recorded. */
export const readPolicy = (root: Field): Policy => {
  root.isSection(SECTIONS, SECTIONS.join(', '));
  if (root.at('version').present && root.at('version').value !== 1)
    root.at('version').fault(`is ${shown(root.at('version').value)}; this server reads version 1`);
  const calendars = readCalendars(root.at('calendars'));
  const condition = conditionReader(calendars);
  const calendar = reference('calendar', 'calendars', () => Object.keys(calendars));
  const levels = readLevels(root.at('levels'), { condition, calendar });
  const flows: Record<string, Flow> = Object.fromEntries([
    ['admins', adminsFlow()],
    ...named(root.at('flows'), 'flows').map(([name, at]): [string, Flow] => [
      name,
      readFlow(at, { condition, calendar, named: levels }),
    ]),
  ]);
  const reader: RuleReader = {
    condition,
    calendar,
    flow: reference('flow', 'flows', () => Object.keys(flows)),
    addedLevel: addedLevelReader(levels),
  };
  return {
    defaults: readDefaults(root.at('defaults'), reader.flow),
    calendars,
    guardrails: readGuardrails(root.at('guardrails'), reader),
    rules: readRules(root.at('rules'), reader),
    levels: Object.fromEntries(levels),
    flows,
  };
};
