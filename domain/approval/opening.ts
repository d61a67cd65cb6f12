/** Levels open stage by stage; one that nobody can satisfy ends the request before anybody is asked in vain. */
import { AgentWardenError } from '../errors';
import { allOf } from './counting';
import { closeLevel, endBySystem } from './ending';
import { joinFallback, unreachable } from './escalation';
import { fallbacksNeeded, firstImpossible } from './feasibility';
import type { LevelState } from './glossary';
import { audience, targetsOf } from './sends';
import type { Asking, Turn } from './turn';

/** Opens all levels of the next stage, or ends the approval as denied when what is left of it cannot be satisfied. */
export function openNextStage(turn: Turn): void {
  const waiting = turn.state.levels.filter((level) => level.status === 'waiting');
  const stage = Math.min(...waiting.map((level) => level.stage));
  const opening = waiting.filter((level) => level.stage === stage);
  const joining = opening.length === 0 ? null : fallbacksNeeded(turn, opening);
  if (joining === null) return nobodyCan(turn);
  for (const level of opening) open(turn, level, joining.has(level.name));
}

function nobodyCan(turn: Turn): void {
  const impossible = firstImpossible(turn);
  if (impossible) {
    closeLevel(turn, impossible, 'denied');
    turn.alerts.push(impossible.name);
  }
  endBySystem(turn, 'denied', 'no_eligible_approver');
}

function open(turn: Turn, level: LevelState, withFallback: boolean): void {
  const instants = turn.facts.openings[level.name];
  if (!instants) {
    throw new AgentWardenError(
      'unavailable',
      `Level "${level.name}" cannot open because its instants were not looked up. Try again; if it stays so, report it.`,
    );
  }
  level.paths.forEach((path, index) => (path.need ||= allOf(turn, level, index)));
  if (withFallback) joinFallback(turn, level);
  Object.assign(level, { status: 'open', opened_at_ms: turn.at_ms, expires_at_ms: instants.expires_at_ms, instants });
  const asking: Asking = { kind: 'request', level: level.name, persons: audience(turn, level) };
  turn.asking.push(asking);
  if (targetsOf(turn, asking).length === 0) unreachable(turn, level);
}
