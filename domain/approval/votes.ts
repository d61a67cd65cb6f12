/** Recording a vote: it becomes the last word of its voter, and of its seat, at its level. */
import type { Seat } from './eligibility';
import type { ApprovalState, Vote, VoteAnswer, VoteRequest } from './glossary';
import { isInForce, seatOf, type Level, type Turn } from './state';

/** A vote that may be recorded, with the level and the seat in which it counts. */
export interface AdmittedVote {
  level: Level;
  seat: Seat;
}

/**
 * The first vote in force of the same person with the same decision, at the requested level if one is named. Such a
 * request repeats that vote, so it is answered with it.
 */
export const voteRepeatedBy = (
  { voter, decision, level }: VoteRequest,
  { votes }: Pick<ApprovalState, 'votes'>,
): Vote | undefined =>
  votes.find(
    (vote) =>
      vote.voter === voter &&
      vote.decision === decision &&
      isInForce(vote) &&
      (level === undefined || vote.level === level),
  );

/** Records the vote. Answers with the vote that it replaces: the voter's own before another voter's in the same seat. */
export function recordVote(turn: Turn, request: VoteRequest, admitted: AdmittedVote): VoteAnswer {
  const { state, snapshot, at_ms } = turn;
  const id = `vot_${snapshot.approval_id.replace(/^apr_/, '')}_${state.votes.length + 1}`;
  const vote = newVote(id, request, admitted, at_ms);
  const replaced = state.votes.filter((earlier) => replaces(vote, earlier));
  state.votes = addVote(state.votes, vote);
  turn.vote = vote;
  turn.events.push({
    type: 'approval.voted',
    actor: { type: 'user', id: vote.voter },
    level: vote.level,
    vote_id: id,
    decision: vote.decision,
  });
  const own = replaced.find((earlier) => earlier.voter === vote.voter);
  return { counted: true, vote_id: id, replaced: (own ?? replaced[0])?.id ?? null };
}

/** All votes with the new one last. The votes that it replaces stay, marked with its id. */
export const addVote = (votes: readonly Vote[], vote: Vote): Vote[] => [
  ...votes.map((earlier) => (replaces(vote, earlier) ? { ...earlier, superseded_by: vote.id } : earlier)),
  vote,
];

const replaces = (vote: Vote, earlier: Vote): boolean =>
  earlier.level === vote.level &&
  isInForce(earlier) &&
  (earlier.voter === vote.voter || seatOf(earlier) === seatOf(vote));

export function newVote(id: string, request: VoteRequest, { level, seat }: AdmittedVote, at_ms: number): Vote {
  const { voter, decision, comment, channel, assurance, ip, once } = request;
  return {
    id,
    level: level.spec.name,
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
