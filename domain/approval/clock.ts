/** What the passing of time does. All instants were computed when the level opened; here they are only compared. */
import { closeLevel, endBySystem } from './ending';
import { effectiveVotes, takenElsewhere } from './counting';
import { endAfter, escalate, unusedEscalations } from './escalation';
import type { ApprovalState, LevelState, Snapshot } from './glossary';
import { audience } from './sends';
import { isEnded, openLevels, seatOf, specOf } from './state';
import { SYSTEM_ACTORS } from './actors';
import type { Turn } from './turn';

/** At equal times the request's end comes first, and a reminder last. */
const ORDER = ['ttl', 'end', 'escalation', 'reminder'] as const;

interface Due {
  at_ms: number;
  what: (typeof ORDER)[number];
  level: LevelState | null;
  /** Of an escalation. */
  index: number;
}

/** All that the clock has still to do, in the order in which it is due. */
function agenda(state: ApprovalState, snapshot: Snapshot): Due[] {
  if (isEnded(state)) return [];
  const due: Due[] = [{ at_ms: snapshot.expires_at_ms, what: 'ttl', level: null, index: 0 }];
  for (const level of openLevels(state)) {
    if (level.expires_at_ms !== null) due.push({ at_ms: level.expires_at_ms, what: 'end', level, index: 0 });
    level.instants?.escalations.forEach(({ at_ms }, index) => {
      if (at_ms !== null && !level.escalations_done.includes(index))
        due.push({ at_ms, what: 'escalation', level, index });
    });
    const reminder = level.instants?.reminders_ms[level.reminders_done];
    if (reminder !== undefined) due.push({ at_ms: reminder, what: 'reminder', level, index: 0 });
  }
  return due.toSorted((a, b) => a.at_ms - b.at_ms || ORDER.indexOf(a.what) - ORDER.indexOf(b.what));
}

/** The next instant at which a clock event would change something; null after the end, and before the opening, which comes first however late it is. */
export const nextDeadline = (state: ApprovalState, snapshot: Snapshot): number | null =>
  state.version === 0 ? null : (agenda(state, snapshot)[0]?.at_ms ?? null);

/** Does all that is due, in its order. However late the clock is, each level reminds at most once. */
export function tick(turn: Turn): void {
  for (;;) {
    const [next] = agenda(turn.state, turn.snapshot);
    if (!next || next.at_ms > turn.at_ms) return;
    if (next.what === 'ttl') endBySystem(turn, 'expired', 'request_ttl', 'expired');
    else if (next.what === 'end') timeOut(turn, next.level!);
    else if (next.what === 'escalation') escalate(turn, next.level!, next.index);
    else remind(turn, next.level!);
  }
}

function timeOut(turn: Turn, level: LevelState): void {
  const { on_expire } = specOf(turn.snapshot, level.name).timing;
  if (on_expire === 'escalate' && escalateToLaterEnd(turn, level)) return;
  const status = on_expire === 'deny' ? 'denied' : 'expired';
  closeLevel(turn, level, status);
  endBySystem(turn, status, 'level_timeout');
}

/** Runs the unused escalations up to the first that moves the level's end; none that does: runs none. */
function escalateToLaterEnd(turn: Turn, level: LevelState): boolean {
  const unused = unusedEscalations(turn, level);
  const last = unused.find((index) => endAfter(turn, level, index)! > level.expires_at_ms!);
  if (last === undefined) return false;
  for (const index of unused.filter((index) => index <= last)) escalate(turn, level, index);
  return true;
}

function remind(turn: Turn, level: LevelState): void {
  const missed = level.instants!.reminders_ms.filter((at_ms) => at_ms <= turn.at_ms);
  level.reminders_done = missed.length;
  const voted = effectiveVotes(turn, level).flatMap((vote) => [vote.voter, seatOf(vote)]);
  const done = new Set([...voted, ...takenElsewhere(turn, level)]);
  const persons = audience(turn, level).filter((person) => !done.has(person));
  turn.happenings.push({ type: 'approval.reminded', actor: SYSTEM_ACTORS.approval, level: level.name });
  if (persons.length > 0) turn.asking.push({ kind: 'reminder', level: level.name, persons });
}
