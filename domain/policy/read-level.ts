/** Reads the levels of a policy document. */
import {
  ASSURANCES,
  parseTarget,
  PERSONAL_CHANNELS,
  personalRow,
  type EscalationSpec,
  type LevelSpec,
  type PathSpec,
  type Selector,
  type TimingSpec,
} from '../approval';
import type { Condition } from '../conditions';
import { readDuration } from './durations';
import { shown, type Field } from './field';
import type { LevelDefinition } from './types';

export const MAX_LEVELS = 10;
const MAX_PATHS = 5;
const MAX_APPROVERS = 50;
const MAX_NEED = 100;
const SELECTOR = /^(role:[^\s:]{1,64}|user:[^\s@]{1,64}@[^\s@]{1,190}|user:usr_[A-Za-z0-9_-]{1,64})$/;
/** The values that `notify` can list, for error messages: `email`, `slack`, `slack:#channel`. */
const TARGETS = PERSONAL_CHANNELS.flatMap((channel) =>
  personalRow(channel).shared ? [channel, `${channel}:#channel`] : [channel],
);
const WORDS = ['optional', 'required'] as const;

export const LEVEL_KEYS = [
  'when',
  'paths',
  'approvers',
  'approve',
  'deny',
  'veto',
  'fallback',
  'comment',
  'assurance',
  'timing',
  'delegation',
  'notify',
  'calendar',
] as const;

/** The parts of the document that reading a level needs. */
export interface LevelReader {
  condition: (field: Field) => Condition | undefined;
  calendar: (field: Field) => string | undefined;
}

const readSelector = (field: Field): Selector | undefined => {
  const { value } = field;
  if (typeof value === 'string' && SELECTOR.test(value)) return value;
  return field.fault(`must be role:NAME or user:ADDRESS, not ${shown(value)}`);
};

/** A list of people and roles without repetitions. `why` says what an empty list would mean. */
const readSelectors = (field: Field, why: string): Selector[] => {
  const items = field.items('role:NAME or user:ADDRESS', MAX_APPROVERS, 'make a role of them');
  if (Array.isArray(field.value) && items.length === 0) field.fault(`is empty: ${why}`);
  const seen = new Set<string>();
  return items.flatMap((item) => {
    const selector = readSelector(item);
    if (selector === undefined) return [];
    if (seen.has(selector.toLowerCase())) item.fault(`${selector} is listed twice; one person counts once`);
    seen.add(selector.toLowerCase());
    return [selector];
  });
};

/** The largest number of people that a list can name. A role has no limit. */
const mostPeople = (selectors: Selector[]): number =>
  selectors.every((selector) => selector.startsWith('user:')) ? selectors.length : Infinity;

const readPath = (field: Field): PathSpec => {
  const approvers = readSelectors(
    field.at('approvers').required('name at least one role:NAME or user:ADDRESS'),
    'nobody could approve',
  );
  const need = field.at('approve');
  if (need.value === 'all') return { approvers, approve: 'all' };
  if (typeof need.value === 'string') need.fault(`must be a whole number from 1 or all, not ${shown(need.value)}`);
  const approve =
    typeof need.value === 'string'
      ? 1
      : (need.whole(1, MAX_NEED, 'a level that needs nobody would approve itself; or write all') ?? 1);
  const most = mostPeople(approvers);
  if (approvers.length > 0 && approve > most)
    need.fault(`asks for ${approve} approvals, but the list names only ${most}; name more people or ask for fewer`);
  return { approvers, approve };
};

const readPaths = (field: Field): PathSpec[] => {
  const paths = field.at('paths');
  if (!paths.present) return [readPath(field)];
  for (const key of ['approvers', 'approve'])
    if (field.at(key).present) field.at(key).fault('is written beside paths; write it inside a path');
  const items = paths.items('paths', MAX_PATHS, 'join some with a role');
  if (Array.isArray(paths.value) && items.length === 0) paths.fault('is empty: nobody could approve');
  return items.map((item) => {
    item.isSection(['approvers', 'approve'], 'approvers and approve');
    return readPath(item);
  });
};

const readEscalation = (field: Field): EscalationSpec => {
  field.isSection(['after', 'add', 'replace', 'extend'], 'after, add or replace, extend');
  const [add, replace] = [field.at('add'), field.at('replace')];
  if (add.present && replace.present) field.fault('has both add and replace; make two steps of it');
  const after = readDuration(field.at('after'));
  const extend = readDuration(field.at('extend'));
  if (!add.present && !replace.present && !field.at('extend').present)
    field.fault('changes nothing: give it add, replace or extend');
  return {
    ...(after && { after }),
    ...(add.present && { add: readSelectors(add, 'nobody would be added') }),
    ...(replace.present && { replace: readSelectors(replace, 'nobody would be left to approve') }),
    ...(extend && { extend }),
  };
};

const readReminder = (field: Field): TimingSpec['remind'] => {
  if (!field.isSection(['every', 'max'], 'every and max')) return undefined;
  const every = readDuration(field.at('every').required('how long between reminders, like 4bh'));
  const max = field.at('max').whole(1, 50, 'reminders must end') ?? 3;
  return every ? { every, max } : undefined;
};

const readTiming = (field: Field, calendar: string | undefined): TimingSpec => {
  field.isSection(['expire_in', 'on_expire', 'remind', 'escalate'], 'expire_in, on_expire, remind and escalate');
  const expire_in = readDuration(field.at('expire_in'));
  const on_expire = field.at('on_expire').oneOf(['expire', 'deny', 'escalate']) ?? 'expire';
  const remind = readReminder(field.at('remind'));
  const steps = field.at('escalate').items('escalations', MAX_LEVELS);
  const escalate = steps.map(readEscalation);
  const extending = steps.some((step) => step.at('extend').present);
  if (on_expire === 'escalate' && !extending)
    field
      .at('on_expire')
      .warn(
        'is escalate, but no escalation has extend, so the level expires; give one of them extend, like extend: 1bd',
      );
  if (field.at('on_expire').present && !field.at('expire_in').present)
    field.at('on_expire').warn('has no effect without expire_in');
  if (extending && !field.at('expire_in').present)
    field.at('escalate').warn('extends the level, which has no end of its own; add expire_in');
  return {
    ...(expire_in && { expire_in }),
    on_expire,
    ...(remind && { remind }),
    escalate,
    ...(calendar && { calendar }),
  };
};

const readComment = (field: Field): LevelSpec['comment'] => {
  field.isSection(['on_approve', 'on_deny'], 'on_approve and on_deny');
  return {
    on_approve: field.at('on_approve').oneOf(WORDS) ?? 'optional',
    on_deny: field.at('on_deny').oneOf(WORDS) ?? 'optional',
  };
};

export const readNotify = (field: Field): string[] | undefined => {
  if (!field.present) return undefined;
  const items = field.items('channels');
  if (Array.isArray(field.value) && items.length === 0)
    field.fault("is empty: nobody would be told; leave it out for each person's own channels");
  return items.flatMap((item) => {
    if (typeof item.value === 'string' && parseTarget(item.value) !== null) return [item.value];
    return (
      item.fault(`must be ${TARGETS.slice(0, -1).join(', ')} or ${TARGETS.at(-1)}, not ${shown(item.value)}`) ?? []
    );
  });
};

const warnOfDeny = (field: Field, deny: number, paths: PathSpec[]): void => {
  const most = paths.reduce((sum, path) => sum + mostPeople(path.approvers), 0);
  if (deny > most) field.at('deny').warn(`asks for ${deny} denials, but only ${most} can vote: no denial would end it`);
};

/** A level without its stage. The flow that uses it sets the stage. */
export const readLevel = (field: Field, name: string, reader: LevelReader): LevelDefinition => {
  const paths = readPaths(field);
  const deny = field.at('deny').whole(1, MAX_NEED, 'somebody must be able to say no') ?? 1;
  warnOfDeny(field, deny, paths);
  const when = reader.condition(field.at('when'));
  const notify = readNotify(field.at('notify'));
  const optional = (key: 'veto' | 'fallback'): Selector[] => readSelectors(field.at(key), 'remove it or name somebody');
  return {
    name,
    stage: 0,
    paths,
    deny,
    veto: optional('veto'),
    fallback: optional('fallback'),
    comment: readComment(field.at('comment')),
    assurance: field.at('assurance').oneOf(ASSURANCES) ?? 'link',
    timing: readTiming(field.at('timing'), reader.calendar(field.at('calendar'))),
    delegation: field.at('delegation').flag() ?? true,
    ...(notify && { notify }),
    ...(when && { when }),
  };
};
