/** Putting a vote among the others: the last word of its voter, and of its seat, at its level. */
import type { Seat } from './eligibility';
import type { Vote, VoteRequest } from './glossary';
import { isStanding, seatOf } from './state';

export interface Ballot extends Omit<VoteRequest, 'digest'> {
  id: string;
  level: string;
  at_ms: number;
  seat: Seat;
}

/** All votes, the new one last. Those that it replaces stay, marked with its id. */
export function cast(votes: readonly Vote[], ballot: Ballot): Vote[] {
  const vote = voteOf(ballot);
  return [
    ...votes.map((earlier) => (replaces(vote, earlier) ? { ...earlier, superseded_by: vote.id } : earlier)),
    vote,
  ];
}

export const replaces = (vote: Vote, earlier: Vote): boolean =>
  earlier.level === vote.level &&
  isStanding(earlier) &&
  (earlier.voter === vote.voter || seatOf(earlier) === seatOf(vote));

function voteOf({ id, level, voter, decision, comment, channel, assurance, ip, once, at_ms, seat }: Ballot): Vote {
  return {
    id,
    level,
    voter,
    ...(seat.person === voter ? {} : { seat_of: seat.person }),
    decision,
    comment,
    channel,
    assurance,
    ip,
    ...(once === undefined ? {} : { once }),
    at_ms,
    paths: seat.paths,
    veto: seat.veto,
    superseded_by: null,
  };
}
