/** Whether a vote may count, at which level and in which seat; otherwise why not. The refusals come in a fixed order. */
import { eligiblePeople } from './counting';
import { seatFor, seatsOf, voteOn, type Seat } from './eligibility';
import { isPossible, unfinishedLevels } from './feasibility';
import { ASSURANCES } from './glossary';
import type { Advance, ApprovalState, Facts, Refusal, Snapshot, Vote, VoteRequest } from './glossary';
import { alreadyDecided } from './outcome';
import { isEnded, isInForce, openLevels, refuse, unchanged, viewOf, type Level, type View } from './state';
import { addVote, newVote, voteRepeatedBy, type AdmittedVote } from './votes';

/** Accepted votes per person and approval. Repeated votes are not counted. */
export const MAX_VOTES = 20;

export const DIGEST_MISMATCH: Refusal = {
  code: 'digest_mismatch',
  message:
    'This vote is for other content than this approval holds. Load the approval again and check what will run before you vote.',
};

/** The level that a vote goes to, or the earlier vote that it repeats, or why no level takes it. */
type LevelChoice = { level: Level } | { repeats: Vote } | Refused;

interface Refused {
  refusal: Refusal;
}

/** A level that could take the vote, and the seat that the vote would fill. */
interface Candidate {
  level: Level;
  seat: Seat;
}

/** Where the vote counts, or the answer to a vote that changes nothing: a repeated vote or a refusal. */
export function admitVote(
  snapshot: Snapshot,
  state: ApprovalState,
  facts: Facts,
  request: VoteRequest,
): AdmittedVote | { answer: Advance } {
  const repeated = (vote: Vote): { answer: Advance } => ({
    answer: { ...unchanged(state), vote: { counted: false, vote_id: vote.id, replaced: null } },
  });
  const refused = (refusal: Refusal): { answer: Advance } => ({ answer: refuse(state, refusal) });

  // A retry of an older request must not undo a vote that the person cast since.
  const sent = state.votes.find(
    ({ voter, once }) => voter === request.voter && once !== undefined && once === request.once,
  );
  if (sent) return repeated(sent);
  if (isEnded(state)) {
    const first = voteRepeatedBy(request, state);
    return first ? repeated(first) : refused(alreadyDecided(state));
  }
  if (request.digest !== snapshot.digest) return refused(DIGEST_MISMATCH);

  const view = viewOf(snapshot, state, facts);
  const choice = chooseLevel(view, request);
  if ('refusal' in choice) return refused(choice.refusal);
  if ('repeats' in choice) return repeated(choice.repeats);

  const { level } = choice;
  const earlier = voteOn(view, level, request.voter);
  if (earlier?.decision === request.decision) return repeated(earlier);
  const seat = seatFor(view, level, request.voter, request.decision);
  if (!seat) return refused(explainNoSeat(view, level, request).refusal);
  const refusal = checkDemands(state, level, request);
  return refusal ? refused(refusal) : { level, seat };
}

/** Refuses an eligible person's vote that lacks the level's assurance or comment, or that is one too many. */
function checkDemands(state: ApprovalState, { spec }: Level, request: VoteRequest): Refusal | null {
  const { voter, decision, comment, assurance } = request;
  if (ASSURANCES.indexOf(assurance) < ASSURANCES.indexOf(spec.assurance)) {
    const message = `Level "${spec.name}" requires the assurance ${spec.assurance}, and this vote has ${assurance}. Identify yourself that way and vote again.`;
    return { code: 'assurance_required', message, level: spec.name, have: assurance, need: spec.assurance };
  }
  const required =
    (decision === 'approve' && spec.comment.on_approve === 'required') ||
    (decision === 'deny' && spec.comment.on_deny === 'required');
  if (required && (comment ?? '').trim() === '') {
    const message = `Level "${spec.name}" requires a comment with this decision. Nothing was counted. Vote again with a comment.`;
    return { code: 'comment_required', message, level: spec.name };
  }
  if (state.votes.filter((vote) => vote.voter === voter).length >= MAX_VOTES) {
    const message = `You have voted ${MAX_VOTES} times on this approval, which is the limit. Your last vote stays in force.`;
    return { code: 'too_many_votes', message };
  }
  return null;
}

const chooseLevel = (view: View, request: VoteRequest): LevelChoice =>
  request.level === undefined ? chooseOpenLevel(view, request) : chooseNamedLevel(view, request, request.level);

function chooseNamedLevel(view: View, request: VoteRequest, name: string): LevelChoice {
  const level = view.levels.find(({ spec }) => spec.name === name);
  if (!level) {
    const known = view.levels.map(({ spec }) => spec.name).join(', ');
    return refused('invalid_request', `This approval has no level "${name}". Name one of: ${known}.`, { level: name });
  }
  if (level.state.status === 'open') return { level };
  const repeats = level.state.status === 'waiting' ? undefined : voteRepeatedBy(request, view.state);
  return repeats ? { repeats } : explainNotOpen(level);
}

function explainNotOpen({ spec: { name }, state: { status } }: Level): Refused {
  const facts = { level: name };
  return status === 'waiting'
    ? refused('level_not_open', `Level "${name}" opens when the levels before it are approved. Vote again then.`, facts)
    : refused('level_closed', `Level "${name}" is already ${status} and takes no more votes.`, facts);
}

/** Chooses among the open levels for a vote that names none. */
function chooseOpenLevel(view: View, request: VoteRequest): LevelChoice {
  const candidates = openLevels(view).flatMap((level) => {
    const seat = seatFor(view, level, request.voter, request.decision);
    return seat ? [{ level, seat }] : [];
  });
  const [first, ...others] = candidates;
  if (!first) {
    const repeats = voteRepeatedBy(request, view.state);
    return repeats ? { repeats } : explainNoOpenLevel(view, request);
  }
  if (view.snapshot.separation.same_person_across_levels === 'act_again') {
    if (others.length === 0) return { level: first.level };
    const levels = candidates.map(({ level }) => level.spec.name);
    return refused('level_required', `You can vote at ${levels.join(', ')}. Name the level that you mean.`, { levels });
  }
  // A person who already voted at an open level repeats or changes that vote.
  const voted = candidates.find(({ level }) => voteOn(view, level, request.voter));
  if (voted) return { level: voted.level };
  if (request.decision === 'approve') return chooseWhereNeeded(view, request, candidates);
  return { level: (candidates.find(({ seat }) => seat.veto) ?? first).level };
}

/** Tells an approver of a closed or waiting level so, instead of "not an approver". */
function explainNoOpenLevel(view: View, { voter }: VoteRequest): Refused {
  const own = view.levels.filter(
    (level) =>
      level.state.status !== 'open' && level.state.status !== 'skipped' && seatsOf(view, level, voter).length > 0,
  );
  const level =
    own.find((candidate) => voteOn(view, candidate, voter)) ??
    own.find(({ state }) => state.status === 'waiting') ??
    own[0];
  return level ? explainNotOpen(level) : notEligible();
}

/** The first candidate at which this approval leaves the rest possible. If the rest is impossible anyway, the first one. */
function chooseWhereNeeded(view: View, request: VoteRequest, candidates: Candidate[]): LevelChoice {
  const fitting = candidates.find((candidate) => isPossible(assumeVote(view, request, candidate)));
  if (fitting) return { level: fitting.level };
  const [first] = candidates;
  if (!isPossible(view)) return { level: first!.level };
  const needing = levelInNeed(view, request, candidates);
  return refused(
    'needed_elsewhere',
    `Your approval counts at one level only, and ${needing === undefined ? 'another level' : `level "${needing}"`} needs it. Wait until you are asked there, or name the level that you mean.`,
    needing === undefined ? {} : { level: needing },
  );
}

/** The view as if the vote had been recorded there. */
function assumeVote(view: View, request: VoteRequest, candidate: Candidate): View {
  const votes = addVote(view.state.votes, newVote('supposed', request, candidate, 0));
  return { ...view, state: { votes } };
}

/** The level that needs this person: they may vote there, and without that level the vote could count at the first candidate. */
function levelInNeed(view: View, request: VoteRequest, candidates: Candidate[]): string | undefined {
  const [first] = candidates;
  const assumed = assumeVote(view, request, first!);
  const others = unfinishedLevels(view).filter((level) => !candidates.some((candidate) => candidate.level === level));
  return others.find((level) => {
    const named = [...level.state.paths.flatMap((path) => path.approvers), ...level.spec.fallback];
    const pool = eligiblePeople(view.facts, named);
    const mayVote = pool.includes(request.voter) || pool.includes(first!.seat.person);
    const rest = unfinishedLevels(view).filter((other) => other !== level);
    return mayVote && isPossible(assumed, () => true, rest);
  })?.spec.name;
}

/** Why an open level does not take the vote: the person approved at another level, or is no approver here. */
function explainNoSeat(view: View, level: Level, { voter }: VoteRequest): Refused {
  const { name } = level.spec;
  const elsewhere = view.state.votes.find(
    (vote) => vote.level !== name && vote.voter === voter && vote.decision === 'approve' && isInForce(vote),
  );
  if (!elsewhere || seatsOf(view, level, voter).length === 0) return notEligible();
  const message = `You approved at level "${elsewhere.level}", and one person approves at one level only. Somebody else has to decide at level "${name}".`;
  return refused('not_eligible', message, { level: name });
}

const notEligible = (): Refused =>
  refused('not_eligible', 'You are not an approver at any open level of this approval. Nothing was counted.');

const refused = (code: Refusal['code'], message: string, facts: Partial<Refusal> = {}): Refused => ({
  refusal: { code, message, ...facts },
});
