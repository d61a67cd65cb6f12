/** Who may vote where, and in whose seat. */
import { isBarred, people, takenElsewhere } from './counting';
import type { LevelState, PersonId, Vote, VoteDecision } from './glossary';
import { isStanding, seatOf, specOf, type View } from './state';

/** A place at a level that a person may vote in: their own, or that of somebody who delegated to them. */
export interface Seat {
  person: PersonId;
  /** Indices of the paths that have it. Empty: it is in `veto` only. */
  paths: number[];
  veto: boolean;
}

/** The person's vote on a level that stands, if any. */
export const voteOn = ({ state }: View, level: string, person: PersonId): Vote | undefined =>
  state.votes.find((vote) => vote.level === level && vote.voter === person && isStanding(vote));

/** The seat in which this decision of this person would count, or null. Says nothing about whether the level is open. */
export function seatFor(view: View, level: LevelState, person: PersonId, decision: VoteDecision): Seat | null {
  const taken = takenElsewhere(view, level);
  // An approval counts in one level only, and only an approver has a seat to give up; a denial is always heard.
  const counts = (seat: Seat): boolean =>
    decision === 'deny' || (seat.paths.length > 0 && !taken.has(person) && !taken.has(seat.person));
  const seats = seatsOf(view, level, person).filter(counts);
  const present = voteOn(view, level.name, person);
  const used = new Set(view.state.votes.filter((vote) => vote.level === level.name && isStanding(vote)).map(seatOf));
  return (
    (decision === 'deny' ? seats.find((seat) => seat.veto) : undefined) ??
    seats.find((seat) => present && seatOf(present) === seat.person) ??
    seats.find((seat) => !used.has(seat.person)) ??
    seats[0] ??
    null
  );
}

/**
 * A member of the pool approves in the own seat alone, and has only the veto of those who delegated to them; others have
 * their whole seats. Depth one.
 */
export function seatsOf(view: View, level: LevelState, person: PersonId): Seat[] {
  if (isBarred(view.facts, person)) return [];
  const own = seatAt(view, level, person);
  const seats = own ? [own] : [];
  if (!specOf(view.snapshot, level.name).delegation) return seats;
  const delegators = Object.keys(view.facts.delegates).filter((who) => view.facts.delegates[who] === person);
  const lent = delegators.flatMap((who) => seatAt(view, level, who) ?? []);
  const isMember = own !== null && own.paths.length > 0;
  return [...seats, ...(isMember ? lent.filter((seat) => seat.veto).map((seat) => ({ ...seat, paths: [] })) : lent)];
}

function seatAt({ snapshot, facts }: View, level: LevelState, person: PersonId): Seat | null {
  const paths = level.paths.flatMap((path, index) => (people(facts, path.approvers).includes(person) ? [index] : []));
  const veto = people(facts, specOf(snapshot, level.name).veto).includes(person);
  return paths.length > 0 || veto ? { person, paths, veto } : null;
}

/** Everybody who could approve at a level: its pool, and the delegates of those in it. */
export function approversOf(view: View, level: LevelState): PersonId[] {
  return people(
    view.facts,
    level.paths.flatMap((path) => path.approvers),
  );
}

/** The people themselves and, where the level allows it, those who vote for them while they are away. */
export function withDelegates(view: View, level: LevelState, persons: readonly PersonId[]): PersonId[] {
  if (!specOf(view.snapshot, level.name).delegation) return [...persons];
  const delegates = persons.flatMap((person) => view.facts.delegates[person] ?? []);
  return [...new Set([...persons, ...delegates.filter((person) => !isBarred(view.facts, person))])];
}
