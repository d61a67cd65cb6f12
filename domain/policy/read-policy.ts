import { RISKS, type CalendarSpec } from '../approval';
import { validateCalendar } from '../calendar';
import { conditionCompiler, type Condition } from '../conditions';
import { readDuration } from './durations';
import { nameFault } from './names';
import { shown, type Place } from './place';
import { needsOwnCalendar, readFlow, type FlowReader } from './read-flow';
import { LEVEL_KEYS, readLevel } from './read-level';
import { readGuardrails, readRules, type RuleReader } from './read-rules';
import type { Defaults, Flow, LevelDefinition, Policy } from './types';

/** Of all conditions together; each byte costs its reading some microseconds. */
const MAX_CONDITIONS_BYTES = 49_152;
/** One that cannot be read costs the parser many times what a good one does. */
const MAX_FAULTY_CONDITIONS = 20;
const MAX_CALENDAR_FAULTS = 50;
const CALENDAR_DEPTH = 2;
const SECTIONS = ['version', 'defaults', 'calendars', 'guardrails', 'rules', 'levels', 'flows'] as const;
const ON_NOBODY = ['deny', 'require_approval'] as const;

/** What holds where a document says nothing. */
export const STANDARD_DEFAULTS: Defaults = {
  effect: 'deny',
  flow: 'admins',
  ttl: '7d',
  valid_for: '24h',
  risk: 'medium',
  on_error: 'deny',
};

/** The flow of `defaults` unless the document writes one of that name: any admin may approve. */
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

const named = (place: Place, what: string): [string, Place][] => {
  const entries = place.entries(what);
  for (const [name, at] of entries) {
    const wrong = nameFault(name);
    if (wrong) at.fault(wrong);
  }
  return entries;
};

const readCalendars = (place: Place): Record<string, CalendarSpec> =>
  Object.fromEntries(
    named(place, 'calendars').map(([name, at]) => {
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

/** Reads the name of something that must exist elsewhere in the document. */
const reference =
  (what: string, section: string, known: () => Iterable<string>) =>
  (place: Place): string | undefined => {
    const name = place.text(64);
    if (name === undefined) return undefined;
    const names = [...known()];
    if (names.includes(name)) return name;
    const meant = place.meant(name, names);
    return place.fault(
      `names the ${what} ${shown(name)}, which does not exist; ${meant ? `did you mean ${meant}?` : `write it under ${section}`}`,
    );
  };

const conditionReader = (calendars: Record<string, CalendarSpec>) => {
  const compile = conditionCompiler(calendars);
  let bytes = 0;
  let faulty = 0;
  return (place: Place): Condition | undefined => {
    if (!place.present) return undefined;
    if (typeof place.value !== 'string') return place.fault(`must be a condition in quotes, not ${shown(place.value)}`);
    bytes += Buffer.byteLength(place.value);
    if (bytes > MAX_CONDITIONS_BYTES)
      return place.fault(
        `was not read: all conditions together have more than ${MAX_CONDITIONS_BYTES} bytes; shorten them`,
      );
    if (faulty === MAX_FAULTY_CONDITIONS)
      return place.fault(`was not read: ${faulty} conditions before it have faults; mend those first`);
    const compiled = compile(place.value);
    if (compiled.ok) return compiled.condition;
    faulty++;
    for (const message of compiled.messages) place.fault(message);
    return undefined;
  };
};

const readDefaults = (place: Place, flow: RuleReader['flow']): Defaults => {
  place.isSection(Object.keys(STANDARD_DEFAULTS), 'effect, flow, ttl, valid_for, risk and on_error');
  for (const key of ['effect', 'on_error'])
    if (place.at(key).value === 'allow')
      place.at(key).fault('is allow, which would let through what nobody thought of; write deny or require_approval');
  const choice = (key: 'effect' | 'on_error'): Defaults['effect'] | undefined =>
    place.at(key).value === 'allow' ? undefined : place.at(key).oneOf(ON_NOBODY);
  return {
    effect: choice('effect') ?? STANDARD_DEFAULTS.effect,
    flow: flow(place.at('flow')) ?? STANDARD_DEFAULTS.flow,
    ttl: readDuration(place.at('ttl'), 'wall') ?? STANDARD_DEFAULTS.ttl,
    valid_for: readDuration(place.at('valid_for'), 'wall') ?? STANDARD_DEFAULTS.valid_for,
    risk: place.at('risk').oneOf(RISKS) ?? STANDARD_DEFAULTS.risk,
    on_error: choice('on_error') ?? STANDARD_DEFAULTS.on_error,
  };
};

const readLevels = (place: Place, reader: Omit<FlowReader, 'named'>): Map<string, LevelDefinition> =>
  new Map(
    named(place, 'levels').map(([name, at]) => {
      at.isSection(LEVEL_KEYS, 'approvers');
      return [name, readLevel(at, name, reader)];
    }),
  );

/** A guardrail may add a level to any flow, so its business time needs a calendar of its own. */
const addedLevelReader = (levels: ReadonlyMap<string, LevelDefinition>) => {
  const exists = reference('level', 'levels', () => levels.keys());
  return (place: Place): string | undefined => {
    const name = exists(place);
    const level = name === undefined ? undefined : levels.get(name);
    const business = level ? needsOwnCalendar(level) : null;
    if (business) place.fault(`adds ${name}, which waits for ${business} of business time; give that level a calendar`);
    return name;
  };
};

/** Reads the whole document; what it returns is only good when no fault was noted. */
export const readPolicy = (root: Place): Policy => {
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
