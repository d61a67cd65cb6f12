/** What happens when time passes. The instants were computed when a level opened; this file only compares them. */
import { approvedElsewhere, effectiveVotes } from './counting';
import { endAfter, escalate, unusedEscalations } from './escalation';
import { SYSTEM_ACTORS, type ApprovalState, type Snapshot } from './glossary';
import { closeLevel, endBySystem } from './levels';
import { audience } from './deliveries';
import { isEnded, levelsOf, openLevels, seatOf, type Level, type Turn, type View } from './state';

/** Deadlines at the same instant run in this order. */
const ORDER = ['ttl', 'end', 'escalation', 'reminder'] as const;

interface Deadline {
  at_ms: number;
  kind: (typeof ORDER)[number];
  /** Null for the ttl, which ends the whole approval. */
  level: Level | null;
  /** Index of the escalation; 0 for other kinds. */
  index: number;
}

/** All deadlines of a pending approval that have not run yet, soonest first. */
function deadlines({ levels }: Pick<View, 'levels'>, { expires_at_ms }: Snapshot): Deadline[] {
  const all: Deadline[] = [{ at_ms: expires_at_ms, kind: 'ttl', level: null, index: 0 }];
  for (const level of openLevels({ levels })) {
    const { state } = level;
    if (state.expires_at_ms !== null) all.push({ at_ms: state.expires_at_ms, kind: 'end', level, index: 0 });
    state.instants?.escalations.forEach(({ at_ms }, index) => {
      if (at_ms !== null && !state.escalations_done.includes(index))
        all.push({ at_ms, kind: 'escalation', level, index });
    });
    const reminder_ms = state.instants?.reminders_ms[state.reminders_done];
    if (reminder_ms !== undefined) all.push({ at_ms: reminder_ms, kind: 'reminder', level, index: 0 });
  }
  return all.toSorted((a, b) => a.at_ms - b.at_ms || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/**
 * The next instant at which the command `clock` changes something. Null after the end, and before the approval opened:
 * `opened` must be the first command, even if the ttl has already passed.
 */
export function nextDeadline(state: ApprovalState, snapshot: Snapshot): number | null {
  if (state.version === 0 || isEnded(state)) return null;
  return deadlines({ levels: levelsOf(snapshot, state) }, snapshot)[0]?.at_ms ?? null;
}

/** Runs every deadline that has passed, in order. A level reminds once, even if several reminders were missed. */
export function runDeadlines(turn: Turn): void {
  while (!isEnded(turn.state)) {
    const [next] = deadlines(turn, turn.snapshot);
    if (!next || next.at_ms > turn.at_ms) return;
    if (next.kind === 'ttl') endBySystem(turn, 'expired', 'request_ttl', 'expired');
    else if (next.kind === 'end') timeOut(turn, next.level!);
    else if (next.kind === 'escalation') escalate(turn, next.level!, next.index);
    else remind(turn, next.level!);
  }
}

function timeOut(turn: Turn, level: Level): void {
  const { on_expire } = level.spec.timing;
  if (on_expire === 'escalate' && escalateToLaterEnd(turn, level)) return;
  const status = on_expire === 'deny' ? 'denied' : 'expired';
  closeLevel(turn, level, status);
  endBySystem(turn, status, 'level_timeout');
}

/** Runs the unused escalations up to the first that moves the level's end. Runs none if no escalation moves it. */
function escalateToLaterEnd(turn: Turn, level: Level): boolean {
  const unused = unusedEscalations(level);
  const last = unused.find((index) => endAfter(level, index)! > level.state.expires_at_ms!);
  if (last === undefined) return false;
  for (const index of unused.filter((index) => index <= last)) escalate(turn, level, index);
  return true;
}

/** Writes to everybody at the level who can still vote there and has not. */
function remind(turn: Turn, level: Level): void {
  const missed = level.state.instants!.reminders_ms.filter((at_ms) => at_ms <= turn.at_ms);
  level.state.reminders_done = missed.length;
  const voted = effectiveVotes(turn, level).flatMap((vote) => [vote.voter, seatOf(vote)]);
  const done = new Set([...voted, ...approvedElsewhere(turn, level)]);
  const persons = audience(turn, level).filter((person) => !done.has(person));
  turn.events.push({ type: 'approval.reminded', actor: SYSTEM_ACTORS.approval, level: level.spec.name });
  if (persons.length > 0) turn.announcements.push({ kind: 'reminder', level, persons });
}
