/** How a level ends, recomputed after every accepted event, and what follows for the approval. */
import { effectiveVotes, isReachable, standing } from './counting';
import { closeLevel, endByVotes } from './ending';
import { changesPeople, escalate, joinFallback, unusedEscalations } from './escalation';
import type { LevelState, ReasonCode } from './glossary';
import { openNextStage } from './opening';
import { isEnded, openLevels, specOf } from './state';
import type { Turn } from './turn';

type Verdict = { ends: 'denied'; reason_code: ReasonCode } | { ends: 'approved' } | 'open';

/** Judges all open levels, opens the next stage when all are approved, and ends the approval when there is none. */
export function settle(turn: Turn): void {
  while (!isEnded(turn.state)) {
    for (const level of openLevels(turn.state)) {
      const verdict = judge(turn, level);
      if (verdict === 'open') continue;
      closeLevel(turn, level, verdict.ends);
      if (verdict.ends === 'denied') return endByVotes(turn, 'denied', verdict.reason_code);
    }
    if (openLevels(turn.state).length > 0) return;
    const done = turn.state.levels.every((level) => level.status === 'approved' || level.status === 'skipped');
    const some = turn.state.levels.some((level) => level.status === 'approved');
    // Where all levels were skipped there is no approval to be had: `openNextStage` finds nobody and denies.
    if (done && some) return endByVotes(turn, 'approved', 'quorum');
    openNextStage(turn);
  }
}

/** The five steps, in the policy's order. */
function judge(turn: Turn, level: LevelState): Verdict {
  const { paths, denials, vetoed } = standing(level, effectiveVotes(turn, level));
  if (vetoed) return { ends: 'denied', reason_code: 'veto' };
  if (denials >= Math.max(1, specOf(turn.snapshot, level.name).deny))
    return { ends: 'denied', reason_code: 'deny_threshold' };
  if (paths.some(({ need, approvals }) => need > 0 && approvals >= need)) return { ends: 'approved' };
  if (isReachable(turn, level)) return 'open';
  return joinFallback(turn, level) || escalateToPeople(turn, level)
    ? judge(turn, level)
    : { ends: 'denied', reason_code: 'quorum_unreachable' };
}

/** Runs the next unused escalation that brings people, before its time. */
function escalateToPeople(turn: Turn, level: LevelState): boolean {
  const { escalate: specs } = specOf(turn.snapshot, level.name).timing;
  const next = unusedEscalations(turn, level).find((index) => changesPeople(specs[index]!));
  if (next !== undefined) escalate(turn, level, next);
  return next !== undefined;
}
