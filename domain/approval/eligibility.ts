/** Who may vote at which level, and in whose seat. */
import { approvedElsewhere, eligiblePeople, isBarred } from './counting';
import { VOTE_DECISIONS } from './glossary';
import type {
  ApprovalState,
  Assurance,
  Facts,
  LevelStatus,
  PersonId,
  Refusal,
  Snapshot,
  Vote,
  VoteDecision,
} from './glossary';
import { isEnded, isInForce, seatOf, viewOf, type Level, type View } from './state';

/** A seat at a level that a person may vote in: their own, or that of somebody who delegated to them. */
export interface Seat {
  person: PersonId;
  /** Indices of the paths whose approvers include the seat. Empty: the seat has only a veto. */
  paths: number[];
  veto: boolean;
}

/** The person's vote in force at the level. */
export const voteOn = ({ state }: View, level: Level, person: PersonId): Vote | undefined =>
  state.votes.find((vote) => vote.level === level.spec.name && vote.voter === person && isInForce(vote));

/** The seat in which the person's decision would count, or null. Does not ask whether the level is open. */
export function seatFor(view: View, level: Level, person: PersonId, decision: VoteDecision): Seat | null {
  const elsewhere = approvedElsewhere(view, level);
  // An approval counts at one level only, and only an approver can pass. A denial always counts.
  const counts = (seat: Seat): boolean =>
    decision === 'deny' || (seat.paths.length > 0 && !elsewhere.has(person) && !elsewhere.has(seat.person));
  const seats = seatsOf(view, level, person).filter(counts);
  const earlier = voteOn(view, level, person);
  const used = new Set(
    view.state.votes.filter((vote) => vote.level === level.spec.name && isInForce(vote)).map(seatOf),
  );
  return (
    (decision === 'deny' ? seats.find((seat) => seat.veto) : undefined) ??
    seats.find((seat) => earlier && seatOf(earlier) === seat.person) ??
    seats.find((seat) => !used.has(seat.person)) ??
    seats[0] ??
    null
  );
}

/**
 * The seats that a person may vote in. An approver of the level approves in their own seat and uses only the veto of
 * people who delegated to them. Anybody else uses the delegated seats in full. A delegation cannot be passed on.
 */
export function seatsOf(view: View, level: Level, person: PersonId): Seat[] {
  if (isBarred(view.facts, person)) return [];
  const own = seatAt(view, level, person);
  const seats = own ? [own] : [];
  if (!level.spec.delegation) return seats;
  const delegators = Object.keys(view.facts.delegates).filter((who) => view.facts.delegates[who] === person);
  const delegated = delegators.flatMap((who) => seatAt(view, level, who) ?? []);
  const isApprover = own !== null && own.paths.length > 0;
  const usable = isApprover ? delegated.filter((seat) => seat.veto).map((seat) => ({ ...seat, paths: [] })) : delegated;
  return [...seats, ...usable];
}

function seatAt({ facts }: View, { spec, state }: Level, person: PersonId): Seat | null {
  const paths = state.paths.flatMap(({ approvers }, index) =>
    eligiblePeople(facts, approvers).includes(person) ? [index] : [],
  );
  const veto = eligiblePeople(facts, spec.veto).includes(person);
  return paths.length > 0 || veto ? { person, paths, veto } : null;
}

/** Everybody whom the level's paths name, without delegates. */
export const approversOf = (view: View, { state }: Level): PersonId[] =>
  eligiblePeople(
    view.facts,
    state.paths.flatMap((path) => path.approvers),
  );

/** These people and, where the level allows delegation, their delegates. */
export function withDelegates(view: View, level: Level, persons: readonly PersonId[]): PersonId[] {
  if (!level.spec.delegation) return [...persons];
  const delegates = persons.flatMap((person) => view.facts.delegates[person] ?? []);
  return [...new Set([...persons, ...delegates.filter((person) => !isBarred(view.facts, person))])];
}

/** The rights of a person at one level now. */
export interface VotingRights {
  level: string;
  /** Decisions that `advance` would accept now. Assurance and comment are not checked. */
  decisions: VoteDecision[];
  /** Why `decisions` is empty; null when it is not. */
  why_not: Refusal['code'] | null;
  /** The delegator whose seat the vote would fill. Absent: the person's own seat. */
  seat_of?: PersonId;
  /** The assurance that the level requires of a vote. */
  assurance: Assurance;
  /** The person's vote in force at the level. */
  voted: { id: string; decision: VoteDecision } | null;
}

/** The rights of a person now, for each level. Pages and lists use it. It always agrees with `advance`. */
export function votingRights(state: ApprovalState, snapshot: Snapshot, facts: Facts, person: PersonId): VotingRights[] {
  const view = viewOf(snapshot, state, facts);
  return view.levels.map((level) => {
    const earlier = voteOn(view, level, person);
    const seats = VOTE_DECISIONS.map((decision) => ({ decision, seat: seatFor(view, level, person, decision) }));
    const open = !isEnded(state) && level.state.status === 'open';
    const decisions = open ? seats.flatMap(({ decision, seat }) => (seat ? [decision] : [])) : [];
    const seat = seats.find(({ seat }) => seat !== null)?.seat;
    return {
      level: level.spec.name,
      decisions,
      why_not: decisions.length > 0 ? null : whyNot(state, level.state.status),
      ...(seat && seat.person !== person ? { seat_of: seat.person } : {}),
      assurance: level.spec.assurance,
      voted: earlier ? { id: earlier.id, decision: earlier.decision } : null,
    };
  });
}

function whyNot(state: ApprovalState, status: LevelStatus): Refusal['code'] {
  if (isEnded(state)) return 'already_decided';
  if (status === 'open') return 'not_eligible';
  return status === 'waiting' ? 'level_not_open' : 'level_closed';
}
