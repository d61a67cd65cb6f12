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
import { shown, type Place } from './place';
import type { LevelDefinition } from './types';

export const MAX_LEVELS = 10;
const MAX_PATHS = 5;
const MAX_APPROVERS = 50;
const MAX_NEED = 100;
const SELECTOR = /^(role:[^\s:]{1,64}|user:[^\s@]{1,64}@[^\s@]{1,190}|user:usr_[A-Za-z0-9_-]{1,64})$/;
/** What `notify` can list, for messages: `email`, `slack`, `slack:#channel`. */
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

/** What reading a level needs from the rest of the document. */
export interface LevelReader {
  condition: (place: Place) => Condition | undefined;
  calendar: (place: Place) => string | undefined;
}

const readSelector = (place: Place): Selector | undefined => {
  const { value } = place;
  if (typeof value === 'string' && SELECTOR.test(value)) return value;
  return place.fault(`must be role:NAME or user:ADDRESS, not ${shown(value)}`);
};

/** A list of people and roles, none twice; `why` says what an empty one would mean. */
const readSelectors = (place: Place, why: string): Selector[] => {
  const items = place.items('role:NAME or user:ADDRESS', MAX_APPROVERS, 'make a role of them');
  if (Array.isArray(place.value) && items.length === 0) place.fault(`is empty: ${why}`);
  const seen = new Set<string>();
  return items.flatMap((item) => {
    const selector = readSelector(item);
    if (selector === undefined) return [];
    if (seen.has(selector.toLowerCase())) item.fault(`${selector} stands twice; one person counts once`);
    seen.add(selector.toLowerCase());
    return [selector];
  });
};

/** The most people that a list can ever give; roles have no limit. */
const mostPeople = (selectors: Selector[]): number =>
  selectors.every((selector) => selector.startsWith('user:')) ? selectors.length : Infinity;

const readPath = (place: Place): PathSpec => {
  const approvers = readSelectors(
    place.at('approvers').required('name at least one role:NAME or user:ADDRESS'),
    'nobody could approve',
  );
  const need = place.at('approve');
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

const readPaths = (place: Place): PathSpec[] => {
  const paths = place.at('paths');
  if (!paths.present) return [readPath(place)];
  for (const key of ['approvers', 'approve'])
    if (place.at(key).present) place.at(key).fault('stands beside paths; write it inside a path');
  const items = paths.items('paths', MAX_PATHS, 'join some with a role');
  if (Array.isArray(paths.value) && items.length === 0) paths.fault('is empty: nobody could approve');
  return items.map((item) => {
    item.isSection(['approvers', 'approve'], 'approvers and approve');
    return readPath(item);
  });
};

const readEscalation = (place: Place): EscalationSpec => {
  place.isSection(['after', 'add', 'replace', 'extend'], 'after, add or replace, extend');
  const [add, replace] = [place.at('add'), place.at('replace')];
  if (add.present && replace.present) place.fault('has both add and replace; make two steps of it');
  const after = readDuration(place.at('after'));
  const extend = readDuration(place.at('extend'));
  if (!add.present && !replace.present && !place.at('extend').present)
    place.fault('changes nothing: give it add, replace or extend');
  return {
    ...(after && { after }),
    ...(add.present && { add: readSelectors(add, 'nobody would be added') }),
    ...(replace.present && { replace: readSelectors(replace, 'nobody would be left to approve') }),
    ...(extend && { extend }),
  };
};

const readReminder = (place: Place): TimingSpec['remind'] => {
  if (!place.isSection(['every', 'max'], 'every and max')) return undefined;
  const every = readDuration(place.at('every').required('how long between reminders, like 4bh'));
  const max = place.at('max').whole(1, 50, 'reminders must end') ?? 3;
  return every ? { every, max } : undefined;
};

const readTiming = (place: Place, calendar: string | undefined): TimingSpec => {
  place.isSection(['expire_in', 'on_expire', 'remind', 'escalate'], 'expire_in, on_expire, remind and escalate');
  const expire_in = readDuration(place.at('expire_in'));
  const on_expire = place.at('on_expire').oneOf(['expire', 'deny', 'escalate']) ?? 'expire';
  const remind = readReminder(place.at('remind'));
  const steps = place.at('escalate').items('escalations', MAX_LEVELS);
  const escalate = steps.map(readEscalation);
  const extending = steps.some((step) => step.at('extend').present);
  if (on_expire === 'escalate' && !extending)
    place
      .at('on_expire')
      .warn(
        'is escalate, but no escalation has extend, so the level expires; give one of them extend, like extend: 1bd',
      );
  if (place.at('on_expire').present && !place.at('expire_in').present)
    place.at('on_expire').warn('has no effect without expire_in');
  if (extending && !place.at('expire_in').present)
    place.at('escalate').warn('extends the level, which has no end of its own; add expire_in');
  return {
    ...(expire_in && { expire_in }),
    on_expire,
    ...(remind && { remind }),
    escalate,
    ...(calendar && { calendar }),
  };
};

const readComment = (place: Place): LevelSpec['comment'] => {
  place.isSection(['on_approve', 'on_deny'], 'on_approve and on_deny');
  return {
    on_approve: place.at('on_approve').oneOf(WORDS) ?? 'optional',
    on_deny: place.at('on_deny').oneOf(WORDS) ?? 'optional',
  };
};

export const readNotify = (place: Place): string[] | undefined => {
  if (!place.present) return undefined;
  const items = place.items('channels');
  if (Array.isArray(place.value) && items.length === 0)
    place.fault("is empty: nobody would be told; leave it out for each person's own channels");
  return items.flatMap((item) => {
    if (typeof item.value === 'string' && parseTarget(item.value) !== null) return [item.value];
    return (
      item.fault(`must be ${TARGETS.slice(0, -1).join(', ')} or ${TARGETS.at(-1)}, not ${shown(item.value)}`) ?? []
    );
  });
};

const warnOfDeny = (place: Place, deny: number, paths: PathSpec[]): void => {
  const most = paths.reduce((sum, path) => sum + mostPeople(path.approvers), 0);
  if (deny > most) place.at('deny').warn(`asks for ${deny} denials, but only ${most} can vote: no denial would end it`);
};

/** A level without its place in a flow: stage 0, for whoever uses it to set. */
export const readLevel = (place: Place, name: string, reader: LevelReader): LevelDefinition => {
  const paths = readPaths(place);
  const deny = place.at('deny').whole(1, MAX_NEED, 'somebody must be able to say no') ?? 1;
  warnOfDeny(place, deny, paths);
  const when = reader.condition(place.at('when'));
  const notify = readNotify(place.at('notify'));
  const optional = (key: 'veto' | 'fallback'): Selector[] => readSelectors(place.at(key), 'remove it or name somebody');
  return {
    name,
    stage: 0,
    paths,
    deny,
    veto: optional('veto'),
    fallback: optional('fallback'),
    comment: readComment(place.at('comment')),
    assurance: place.at('assurance').oneOf(ASSURANCES) ?? 'link',
    timing: readTiming(place.at('timing'), reader.calendar(place.at('calendar'))),
    delegation: place.at('delegation').flag() ?? true,
    ...(notify && { notify }),
    ...(when && { when }),
  };
};
