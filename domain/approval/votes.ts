/** From a wish to a vote that counts: every reason to refuse it, in a fixed order. */
import { cast, replaces } from './casting';
import { seatFor, voteOn, type Seat } from './eligibility';
import { ASSURANCES } from './glossary';
import type { Advance, ApprovalState, Facts, LevelState, Refusal, Snapshot, Vote, VoteRequest } from './glossary';
import { routeOf, sameVote, withoutSeat } from './route';
import { isEnded, specOf } from './state';
import { refuse, unchanged, type Turn } from './turn';

/** Accepted votes per person and approval; repeats are not counted. */
export const MOST_VOTES = 20;

/** Where a vote counts. */
interface Place {
  level: LevelState;
  seat: Seat;
}

/** Either the place at which this vote counts, or the answer to it, which leaves everything as it is. */
export function admit(snapshot: Snapshot, state: ApprovalState, facts: Facts, request: VoteRequest): Place | Advance {
  const repeated = (vote: Vote): Advance => ({
    ...unchanged(state),
    vote: { counted: false, vote_id: vote.id, replaced: null },
  });
  // Sent again after the mind was changed, it must not change it back.
  const sent = state.votes.find(
    ({ voter, once }) => voter === request.voter && once !== undefined && once === request.once,
  );
  if (sent) return repeated(sent);
  if (isEnded(state)) {
    const first = sameVote(state, request);
    return first ? repeated(first) : refuse(state, alreadyDecided(state));
  }
  if (request.digest !== snapshot.digest) return refuse(state, WRONG_BYTES);

  const view = { snapshot, state, facts };
  const route = routeOf(view, request);
  if ('refusal' in route) return refuse(state, route.refusal);
  if ('repeats' in route) return repeated(route.repeats);

  const { level } = route;
  const present = voteOn(view, level.name, request.voter);
  if (present?.decision === request.decision) return repeated(present);
  const seat = seatFor(view, level, request.voter, request.decision);
  if (!seat) return refuse(state, withoutSeat(view, level, request).refusal);
  const refusal = shortcoming(snapshot, state, level, request);
  return refusal ? refuse(state, refusal) : { level, seat };
}

/** What an eligible person's vote lacks at that level. */
function shortcoming(
  snapshot: Snapshot,
  state: ApprovalState,
  { name }: LevelState,
  { voter, decision, comment, assurance }: VoteRequest,
): Refusal | null {
  const spec = specOf(snapshot, name);
  if (ASSURANCES.indexOf(assurance) < ASSURANCES.indexOf(spec.assurance)) {
    const message = `Level "${name}" wants to know who you are by ${spec.assurance}; this vote came by ${assurance}. Vote again that way.`;
    return { code: 'assurance_required', message, level: name, have: assurance, need: spec.assurance };
  }
  const wanted =
    (decision === 'approve' && spec.comment.on_approve === 'required') ||
    (decision === 'deny' && spec.comment.on_deny === 'required');
  if (wanted && (comment ?? '').trim() === '') {
    const message = `Level "${name}" wants a comment with this decision. Nothing was counted; vote again with one.`;
    return { code: 'comment_required', message, level: name };
  }
  if (state.votes.filter((vote) => vote.voter === voter).length >= MOST_VOTES) {
    const message = `You voted ${MOST_VOTES} times here; that is the most that is taken. Your last vote stands.`;
    return { code: 'too_many_votes', message };
  }
  return null;
}

/** Casts an admitted vote. Answers with the id of the vote that it replaces: the person's own before another's in that seat. */
export function castVote(turn: Turn, request: VoteRequest, { level, seat }: Place): Advance['vote'] {
  const { state, snapshot, at_ms } = turn;
  const id = `vot_${snapshot.approval_id.replace(/^apr_/, '')}_${state.votes.length + 1}`;
  const before = state.votes;
  state.votes = cast(before, { ...request, id, level: level.name, at_ms, seat });
  const vote = state.votes.at(-1)!;
  turn.vote = vote;
  turn.happenings.push({
    type: 'approval.voted',
    actor: { type: 'user', id: vote.voter },
    level: level.name,
    vote_id: id,
    decision: vote.decision,
  });
  const replaced = before.filter((earlier) => replaces(vote, earlier));
  const own = replaced.find((earlier) => earlier.voter === vote.voter);
  return { counted: true, vote_id: id, replaced: (own ?? replaced[0])?.id ?? null };
}

export const alreadyDecided = ({ status }: ApprovalState): Refusal => ({
  code: 'already_decided',
  message: `This approval has ended: it is ${status}. Nothing was changed.`,
});

export const WRONG_BYTES: Refusal = {
  code: 'digest_mismatch',
  message:
    'This vote is for other bytes than this approval holds. Load it again and look at what will run before you vote.',
};
