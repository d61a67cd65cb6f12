/** To whom, and on which channels, the messages of one command go. */
import { eligiblePeople } from './counting';
import { approversOf, withDelegates } from './eligibility';
import type { Facts, Delivery, NotifyTarget, PersonId } from './glossary';
import { ADMINS, isEnded, type Announcement, type Level, type Turn } from './state';

type Target = Pick<Delivery, 'person' | 'channel' | 'then'>;

/** A channel of a team, such as `slack:#refunds`, instead of a channel of a person. */
const isShared = (target: NotifyTarget): boolean => target.includes(':');

const nextId = (turn: Turn): string => `dlv_${turn.snapshot.approval_id.replace(/^apr_/, '')}_${turn.state.sends}`;

function deliveryTo(turn: Turn, kind: Delivery['kind'], level: string | null, target: Target): Delivery {
  turn.state.sends += 1;
  return { delivery_id: nextId(turn), kind, level, ...target };
}

/** The person's first channel, with the others to try when it fails. Empty if the person has no channel. */
function byOwnChannels(facts: Facts, person: PersonId): Target[] {
  const [channel, ...then] = facts.channels[person] ?? [];
  return channel === undefined ? [] : [{ person, channel, then }];
}

/** Where an announcement goes. A level with `notify` uses exactly those: its shared channels once, and each personal channel for each person. */
export function targetsOf(turn: Turn, { kind, level, persons }: Announcement): Target[] {
  const { notify } = level.spec;
  if (!notify) return persons.flatMap((person) => byOwnChannels(turn.facts, person));
  const personalChannels = notify.filter((target) => !isShared(target));
  const shared = notify.filter(isShared).map((channel): Target => ({ person: null, channel, then: [] }));
  const personal = persons.flatMap((person) =>
    personalChannels.map((channel): Target => ({ person, channel, then: [] })),
  );
  if (kind !== 'escalation') return [...shared, ...personal];
  // The shared channel got the request when the level opened. People who join later get a message of their own.
  return personalChannels.length > 0 ? personal : persons.flatMap((person) => byOwnChannels(turn.facts, person));
}

/** Everybody who is asked when a level opens: its approvers, and the delegates of those who are away. */
export const audience = (turn: Turn, level: Level): PersonId[] => withDelegates(turn, level, approversOf(turn, level));

/** The deliveries of this command. An approval that has ended asks nobody: it tells its outcome to everybody who was asked. */
export function deliveriesOf(turn: Turn): Delivery[] {
  const alerts = turn.alerts.flatMap((level) =>
    eligiblePeople({ ...turn.facts, excluded: [] }, [ADMINS])
      .flatMap((person) => byOwnChannels(turn.facts, person))
      .map((target) => deliveryTo(turn, 'alert', level, target)),
  );
  return isEnded(turn.state)
    ? [...alerts, ...outcomes(turn)]
    : [...turn.announcements.flatMap((announcement) => announced(turn, announcement)), ...alerts];
}

function announced(turn: Turn, announcement: Announcement): Delivery[] {
  const { level, kind } = announcement;
  return targetsOf(turn, announcement).map((target) => {
    const { person, channel } = target;
    if (kind !== 'reminder') turn.state.asked.push({ person, level: level.spec.name, channel });
    return deliveryTo(turn, kind, level.spec.name, target);
  });
}

/** One outcome per person and channel that got a request. If that channel fails, the person's other channels are tried. */
function outcomes(turn: Turn): Delivery[] {
  const { facts, state, levels } = turn;
  const withNotify = new Set(levels.flatMap(({ spec }) => (spec.notify ? [spec.name] : [])));
  const told = new Set<string>();
  return state.asked.flatMap(({ person, level, channel }) => {
    const key = `${person ?? ''} ${channel}`;
    if (told.has(key) || (person !== null && facts.inactive.includes(person))) return [];
    told.add(key);
    const others = person === null || withNotify.has(level) ? [] : (facts.channels[person] ?? []);
    return [deliveryTo(turn, 'outcome', null, { person, channel, then: others.filter((other) => other !== channel) })];
  });
}
