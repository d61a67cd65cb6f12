/** Who is written to, and where. */
import { approversOf, withDelegates } from './eligibility';
import { people } from './counting';
import type { Facts, LevelState, NotifyTarget, PersonId, Send } from './glossary';
import { ADMINS, isEnded, specOf } from './state';
import type { Asking, Turn } from './turn';

type Target = Pick<Send, 'person' | 'channel' | 'then'>;

const isPlace = (target: NotifyTarget): boolean => target.includes(':');

const idOf = (turn: Turn): string => `dlv_${turn.snapshot.approval_id.replace(/^apr_/, '')}_${turn.state.sends}`;

function send(turn: Turn, kind: Send['kind'], level: string | null, target: Target): Send {
  turn.state.sends += 1;
  return { delivery_id: idOf(turn), kind, level, ...target };
}

/** The first of a person's channels, with the others to be tried in turn. Nobody without a channel can be written to. */
function byOwnChannels(facts: Facts, person: PersonId): Target[] {
  const [channel, ...then] = facts.channels[person] ?? [];
  return channel === undefined ? [] : [{ person, channel, then }];
}

/** A level's own `notify` is followed to the letter: its places, and each of its channels for each person, all at once. */
export function targetsOf(turn: Turn, { kind, level, persons }: Asking): Target[] {
  const { notify } = specOf(turn.snapshot, level);
  if (!notify) return persons.flatMap((person) => byOwnChannels(turn.facts, person));
  const channels = notify.filter((target) => !isPlace(target));
  const places = notify.filter(isPlace).map((channel): Target => ({ person: null, channel, then: [] }));
  const personal = persons.flatMap((person) => channels.map((channel): Target => ({ person, channel, then: [] })));
  if (kind !== 'escalation') return [...places, ...personal];
  // The place was told when the level opened; those who join later are told in person.
  return channels.length > 0 ? personal : persons.flatMap((person) => byOwnChannels(turn.facts, person));
}

/** Those who are asked when a level opens: its pool and the delegates of those who are away. */
export const audience = (turn: Turn, level: LevelState): PersonId[] =>
  withDelegates(turn, level, approversOf(turn, level));

/** The messages of this event. An ended approval asks nobody any more and tells everybody who was asked. */
export function messagesOf(turn: Turn): Send[] {
  const alerts = turn.alerts.flatMap((level) =>
    people({ ...turn.facts, excluded: [] }, [ADMINS])
      .flatMap((person) => byOwnChannels(turn.facts, person))
      .map((target) => send(turn, 'alert', level, target)),
  );
  return isEnded(turn.state)
    ? [...alerts, ...outcomes(turn)]
    : [...turn.asking.flatMap((asking) => ask(turn, asking)), ...alerts];
}

function ask(turn: Turn, asking: Asking): Send[] {
  const { level, kind } = asking;
  return targetsOf(turn, asking).map((target) => {
    const { person, channel } = target;
    if (kind !== 'reminder') turn.state.asked.push({ person, level, channel });
    return send(turn, kind, level, target);
  });
}

/** By the channel by which they were asked, once per person and channel; the person's others serve where that one fails. */
function outcomes(turn: Turn): Send[] {
  const { facts, state, snapshot } = turn;
  const told = new Set<string>();
  return state.asked.flatMap(({ person, level, channel }) => {
    const key = `${person ?? ''} ${channel}`;
    if (told.has(key) || (person !== null && facts.inactive.includes(person))) return [];
    told.add(key);
    const others = person === null || specOf(snapshot, level).notify ? [] : (facts.channels[person] ?? []);
    return [send(turn, 'outcome', null, { person, channel, then: others.filter((other) => other !== channel) })];
  });
}
