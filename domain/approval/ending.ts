/** The end of a level and of an approval. What has ended never changes again. */
import type { Actor, Ending, LevelState, LevelStatus, PersonId, ReasonCode } from './glossary';
import { isUnfinished } from './state';
import { SYSTEM_ACTORS } from './actors';
import type { Turn } from './turn';

export function closeLevel(turn: Turn, level: LevelState, status: LevelStatus): void {
  level.status = status;
  level.closed_at_ms = turn.at_ms;
}

interface Outcome {
  status: Ending;
  reason_code: ReasonCode;
  actor: Actor;
  decided_by: PersonId | null;
  comment: string | null;
}

/** Levels that are still unfinished are closed as `rest`. */
export function end(turn: Turn, outcome: Outcome, rest: LevelStatus = 'cancelled'): void {
  const { status, reason_code, actor, decided_by, comment } = outcome;
  for (const level of turn.state.levels.filter(isUnfinished)) {
    closeLevel(turn, level, level.status === 'open' ? rest : 'cancelled');
  }
  Object.assign(turn.state, { status, reason_code, decided_by, comment, decided_at_ms: turn.at_ms });
  turn.happenings.push({ type: 'approval.decided', actor, decision: status, reason_code });
}

/** A level ends the approval. Its decider is the present voter, unless they wished for the opposite or there is none. */
export function endByVotes(turn: Turn, status: 'approved' | 'denied', reason_code: ReasonCode): void {
  const { vote } = turn;
  if (vote === null || (vote.decision === 'approve') !== (status === 'approved')) {
    return endBySystem(turn, status, reason_code);
  }
  const actor: Actor = { type: 'user', id: vote.voter };
  end(turn, { status, reason_code, actor, decided_by: vote.voter, comment: vote.comment });
}

/** A clock, or that there is nobody to ask, ends it: no person decided. */
export function endBySystem(turn: Turn, status: Ending, reason_code: ReasonCode, rest?: LevelStatus): void {
  end(turn, { status, reason_code, actor: SYSTEM_ACTORS.approval, decided_by: null, comment: null }, rest);
}
