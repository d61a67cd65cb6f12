/** At which level a vote is meant, when it does not say. */
import { cast } from './casting';
import { people, unfinished } from './counting';
import { seatFor, seatsOf, voteOn, type Seat } from './eligibility';
import { isPossible } from './feasibility';
import type { ApprovalState, LevelState, Refusal, Vote, VoteRequest } from './glossary';
import { isStanding, openLevels, specOf, type View } from './state';

/** Where a vote goes, or the earlier vote that it repeats, or why it goes nowhere. */
export type Route = { level: LevelState } | { repeats: Vote } | { refusal: Refusal };

/** A level at which the vote could count, and the seat that it would fill. */
interface Candidate {
  level: LevelState;
  seat: Seat;
}

/** The earliest standing vote of the same person with the same decision, at that level if one is named: its repetition is answered with it. */
export const sameVote = (
  state: Pick<ApprovalState, 'votes'>,
  { voter, decision, level }: VoteRequest,
): Vote | undefined =>
  state.votes.find(
    (vote) =>
      vote.voter === voter &&
      vote.decision === decision &&
      isStanding(vote) &&
      (level === undefined || vote.level === level),
  );

export const routeOf = (view: View, request: VoteRequest): Route =>
  request.level === undefined ? routeUnnamed(view, request) : routeNamed(view, request, request.level);

function routeNamed(view: View, request: VoteRequest, name: string): Route {
  const level = view.state.levels.find((candidate) => candidate.name === name);
  if (!level) {
    const known = view.state.levels.map((candidate) => candidate.name).join(', ');
    return refused('invalid_request', `This approval has no level "${name}". Name one of: ${known}.`, { level: name });
  }
  if (level.status === 'open') return { level };
  const repeats = level.status === 'waiting' ? undefined : sameVote(view.state, request);
  return repeats ? { repeats } : notNow(level);
}

/** Why a level that is not open takes no vote. */
function notNow({ name, status }: LevelState): { refusal: Refusal } {
  const facts = { level: name };
  return status === 'waiting'
    ? refused('level_not_open', `Level "${name}" opens when the levels before it are approved. Vote again then.`, facts)
    : refused('level_closed', `Level "${name}" is ${status}: no vote counts there any more.`, facts);
}

function routeUnnamed(view: View, request: VoteRequest): Route {
  const candidates = openLevels(view.state).flatMap((level) => {
    const seat = seatFor(view, level, request.voter, request.decision);
    return seat ? [{ level, seat }] : [];
  });
  const [first, ...others] = candidates;
  if (!first) {
    const repeats = sameVote(view.state, request);
    return repeats ? { repeats } : tooLateOrTooEarly(view, request);
  }
  if (view.snapshot.separation.same_person_across_levels === 'act_again') {
    if (others.length === 0) return { level: first.level };
    const levels = candidates.map(({ level }) => level.name);
    return refused('level_required', `You can vote at ${levels.join(', ')}. Name the level that you mean.`, { levels });
  }
  // Who already voted at an open level means that vote: to repeat it, or to change their mind.
  const present = candidates.find(({ level }) => voteOn(view, level.name, request.voter));
  if (present) return { level: present.level };
  if (request.decision === 'approve') return whereNeeded(view, request, candidates);
  return { level: (candidates.find(({ seat }) => seat.veto) ?? first).level };
}

/** An approver of a level that closed, or that waits, hears that and not that they are nobody here. */
function tooLateOrTooEarly(view: View, { voter }: VoteRequest): Route {
  const theirs = view.state.levels.filter(
    (level) => level.status !== 'open' && level.status !== 'skipped' && seatsOf(view, level, voter).length > 0,
  );
  const level =
    theirs.find(({ name }) => voteOn(view, name, voter)) ??
    theirs.find(({ status }) => status === 'waiting') ??
    theirs[0];
  return level ? notNow(level) : notEligible();
}

/** The first level at which this approval leaves the rest possible. What was impossible before is not this vote's doing. */
function whereNeeded(view: View, request: VoteRequest, candidates: Candidate[]): Route {
  const fitting = candidates.find((candidate) => isPossible(supposing(view, request, candidate)));
  if (fitting) return { level: fitting.level };
  const [first] = candidates;
  if (!isPossible(view)) return { level: first!.level };
  const needing = levelInNeed(view, request, candidates);
  return refused(
    'needed_elsewhere',
    `Your approval counts once, and ${needing ?? 'another level'} cannot do without it. Wait until you are asked there, or name the level that you mean.`,
    needing === undefined ? {} : { level: needing },
  );
}

/** The ground as it were if the vote counted there. */
function supposing(view: View, request: VoteRequest, { level, seat }: Candidate): View {
  const votes = cast(view.state.votes, { ...request, id: 'supposed', level: level.name, at_ms: 0, seat });
  return { ...view, state: { ...view.state, votes } };
}

/** The level that has a place for this person, and but for which the vote could count at the first candidate. */
function levelInNeed(view: View, request: VoteRequest, candidates: Candidate[]): string | undefined {
  const [first] = candidates;
  const supposed = supposing(view, request, first!);
  const others = unfinished(view).filter((level) => !candidates.some((candidate) => candidate.level === level));
  return others.find((level) => {
    const named = [...level.paths.flatMap((path) => path.approvers), ...specOf(view.snapshot, level.name).fallback];
    const pool = people(view.facts, named);
    const has = pool.includes(request.voter) || pool.includes(first!.seat.person);
    const rest = unfinished(view).filter((other) => other !== level);
    return has && isPossible(supposed, () => true, rest);
  })?.name;
}

/** Why an open level takes no vote of this kind: whoever approved at another level is not nobody here, and hears that. */
export function withoutSeat(view: View, level: LevelState, { voter }: VoteRequest): { refusal: Refusal } {
  const counted = view.state.votes.find(
    (vote) => vote.level !== level.name && vote.voter === voter && vote.decision === 'approve' && isStanding(vote),
  );
  if (!counted || seatsOf(view, level, voter).length === 0) return notEligible();
  const message = `Your approval counted at level "${counted.level}", and one person counts once. Somebody else has to decide at level "${level.name}".`;
  return refused('not_eligible', message, { level: level.name });
}

const notEligible = (): { refusal: Refusal } =>
  refused('not_eligible', 'You are not an approver of this request at a level that is open. Nothing was counted.');

const refused = (code: Refusal['code'], message: string, facts: Partial<Refusal> = {}): { refusal: Refusal } => ({
  refusal: { code, message, ...facts },
});
