/** How levels open and close, and how they end the approval. */
import { AgentWardenError } from '../errors';
import { effectiveVotes, isReachable, needOfAll, tally } from './counting';
import { escalateToPeople, joinFallback, unreachable } from './escalation';
import { fallbacksNeeded, firstImpossible } from './feasibility';
import { SYSTEM_ACTORS, type Actor, type Ending, type LevelStatus, type PersonId, type ReasonCode } from './glossary';
import { audience, targetsOf } from './deliveries';
import { isEnded, isUnfinished, openLevels, type Announcement, type Level, type Turn } from './state';

type LevelResult = { status: 'denied'; reason_code: ReasonCode } | { status: 'approved' } | 'open';

/** Closes the levels that are decided, opens the next stage when all open levels are approved, and ends the approval after the last. */
export function settle(turn: Turn): void {
  while (!isEnded(turn.state)) {
    for (const level of openLevels(turn)) {
      const result = resultOf(turn, level);
      if (result === 'open') continue;
      closeLevel(turn, level, result.status);
      if (result.status === 'denied') return endByVotes(turn, 'denied', result.reason_code);
    }
    if (openLevels(turn).length > 0) return;
    const done = turn.levels.every(({ state }) => state.status === 'approved' || state.status === 'skipped');
    const approved = turn.levels.some(({ state }) => state.status === 'approved');
    // If every level was skipped, nobody has approved: `openNextStage` finds no level and denies.
    if (done && approved) return endByVotes(turn, 'approved', 'quorum');
    openNextStage(turn);
  }
}

/** The result of a level. The first of these that holds decides: veto, deny threshold, quorum, out of reach. */
function resultOf(turn: Turn, level: Level): LevelResult {
  const { paths, denials, vetoed } = tally(level.state, effectiveVotes(turn, level));
  if (vetoed) return { status: 'denied', reason_code: 'veto' };
  if (denials >= Math.max(1, level.spec.deny)) return { status: 'denied', reason_code: 'deny_threshold' };
  if (paths.some(({ need, approvals }) => need > 0 && approvals >= need)) return { status: 'approved' };
  if (isReachable(turn, level)) return 'open';
  return joinFallback(turn, level) || escalateToPeople(turn, level)
    ? resultOf(turn, level)
    : { status: 'denied', reason_code: 'quorum_unreachable' };
}

/** Opens all levels of the next stage. Denies the approval instead if its unfinished levels cannot all be satisfied. */
function openNextStage(turn: Turn): void {
  const waiting = turn.levels.filter(({ state }) => state.status === 'waiting');
  const stage = Math.min(...waiting.map(({ spec }) => spec.stage));
  const opening = waiting.filter(({ spec }) => spec.stage === stage);
  const joining = opening.length === 0 ? null : fallbacksNeeded(turn, opening);
  if (joining === null) return denyAsImpossible(turn);
  for (const level of opening) openLevel(turn, level, joining.has(level));
}

function denyAsImpossible(turn: Turn): void {
  const impossible = firstImpossible(turn);
  if (impossible) {
    closeLevel(turn, impossible, 'denied');
    turn.alerts.push(impossible.spec.name);
  }
  endBySystem(turn, 'denied', 'no_eligible_approver');
}

function openLevel(turn: Turn, level: Level, withFallback: boolean): void {
  const { spec, state } = level;
  const instants = turn.facts.openings[spec.name];
  if (!instants) {
    throw new AgentWardenError(
      'unavailable',
      `Level "${spec.name}" cannot open because its deadlines are not in the facts. This is a bug: please report it.`,
    );
  }
  state.paths.forEach((path, index) => (path.need ||= needOfAll(turn, level, index)));
  if (withFallback) joinFallback(turn, level);
  Object.assign(state, { status: 'open', opened_at_ms: turn.at_ms, expires_at_ms: instants.expires_at_ms, instants });
  const request: Announcement = { kind: 'request', level, persons: audience(turn, level) };
  turn.announcements.push(request);
  if (targetsOf(turn, request).length === 0) unreachable(turn, level);
}

export function closeLevel(turn: Turn, { state }: Level, status: LevelStatus): void {
  state.status = status;
  state.closed_at_ms = turn.at_ms;
}

interface End {
  status: Ending;
  reason_code: ReasonCode;
  actor: Actor;
  decided_by: PersonId | null;
  comment: string | null;
}

/** Ends the approval. Open levels close as `open`, waiting levels as cancelled. */
export function end(
  turn: Turn,
  { status, reason_code, actor, decided_by, comment }: End,
  open: LevelStatus = 'cancelled',
): void {
  for (const level of turn.levels.filter(isUnfinished)) {
    closeLevel(turn, level, level.state.status === 'open' ? open : 'cancelled');
  }
  Object.assign(turn.state, { status, reason_code, decided_by, comment, decided_at_ms: turn.at_ms });
  turn.events.push({ type: 'approval.decided', actor, decision: status, reason_code });
}

/** Ends the approval after a level was decided. The voter of this turn is the decider, unless they voted for the opposite. */
function endByVotes(turn: Turn, status: 'approved' | 'denied', reason_code: ReasonCode): void {
  const { vote } = turn;
  if (vote === null || (vote.decision === 'approve') !== (status === 'approved')) {
    return endBySystem(turn, status, reason_code);
  }
  const actor: Actor = { type: 'user', id: vote.voter };
  end(turn, { status, reason_code, actor, decided_by: vote.voter, comment: vote.comment });
}

/** Ends the approval without a person as decider: a deadline passed, or nobody can be asked. */
export function endBySystem(turn: Turn, status: Ending, reason_code: ReasonCode, open?: LevelStatus): void {
  end(turn, { status, reason_code, actor: SYSTEM_ACTORS.approval, decided_by: null, comment: null }, open);
}
