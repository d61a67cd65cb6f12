/** Help for a level that its own people do not carry: the fallback joins, escalations add or replace people or move its end. */
import { allOf } from './counting';
import { approversOf, withDelegates } from './eligibility';
import type { EscalationSpec, LevelState, PathState, PersonId, Selector } from './glossary';
import { specOf } from './state';
import { SYSTEM_ACTORS } from './actors';
import type { Turn } from './turn';

/** Whether the fallback joined now; it does so once. */
export function joinFallback(turn: Turn, level: LevelState): boolean {
  const { fallback } = specOf(turn.snapshot, level.name);
  if (level.fallback_joined || fallback.length === 0) return false;
  level.fallback_joined = true;
  addPeople(turn, level, fallback);
  return true;
}

/** Indices of the escalations that did not run yet, in the policy's order. */
export const unusedEscalations = (turn: Turn, level: LevelState): number[] =>
  specOf(turn.snapshot, level.name).timing.escalate.flatMap((_, index) =>
    level.escalations_done.includes(index) ? [] : [index],
  );

export const changesPeople = ({ add = [], replace = [] }: EscalationSpec): boolean => add.length + replace.length > 0;

/** Runs one escalation. Approvals that counted still count and no need is lowered; the end only ever moves back. */
export function escalate(turn: Turn, level: LevelState, index: number): void {
  const { add, replace } = specOf(turn.snapshot, level.name).timing.escalate[index]!;
  level.expires_at_ms = endAfter(turn, level, index);
  level.escalations_done.push(index);
  if (replace) replacePeople(turn, level, replace);
  if (add) addPeople(turn, level, add);
  if (!replace && !add) announce(turn, level, []);
}

/** The level's end once that escalation ran; null: it has none. */
export function endAfter(turn: Turn, level: LevelState, index: number): number | null {
  const { extend } = specOf(turn.snapshot, level.name).timing.escalate[index]!;
  const moved_ms = level.instants?.escalations[index]?.expires_at_ms ?? null;
  if (extend === undefined || moved_ms === null || level.expires_at_ms === null) return level.expires_at_ms;
  return Math.max(level.expires_at_ms, moved_ms);
}

function addPeople(turn: Turn, level: LevelState, selectors: Selector[]): void {
  changePaths(turn, level, ([first, ...others]) => [
    { ...first!, approvers: [...new Set([...first!.approvers, ...selectors])] },
    ...others,
  ]);
}

/** The first path alone goes on, with other people and its old need. */
function replacePeople(turn: Turn, level: LevelState, selectors: Selector[]): void {
  changePaths(turn, level, ([first]) => [{ ...first!, approvers: [...selectors] }]);
}

function changePaths(turn: Turn, level: LevelState, change: (paths: PathState[]) => PathState[]): void {
  const before = new Set(approversOf(turn, level));
  level.paths = change(level.paths);
  // An `all` that was fixed at nobody is fixed at those who come now.
  level.paths[0]!.need ||= allOf(turn, level, 0);
  if (level.status === 'open')
    announce(
      turn,
      level,
      approversOf(turn, level).filter((person) => !before.has(person)),
    );
}

/** Tells those who came, unless this level asked them before: earlier, or a moment ago by another help of the same event. */
function announce(turn: Turn, level: LevelState, newcomers: PersonId[]): void {
  const asked = new Set<PersonId | null>([
    ...turn.state.asked.flatMap((asked) => (asked.level === level.name ? [asked.person] : [])),
    ...turn.asking.flatMap((asking) => (asking.level === level.name ? asking.persons : [])),
  ]);
  const persons = withDelegates(turn, level, newcomers).filter((person) => !asked.has(person));
  turn.happenings.push({ type: 'approval.escalated', actor: SYSTEM_ACTORS.approval, level: level.name });
  if (persons.length > 0) turn.asking.push({ kind: 'escalation', level: level.name, persons });
}

/** Nobody of a level could be reached: its next escalation runs and the admins are told. */
export function unreachable(turn: Turn, level: LevelState): void {
  if (!turn.state.warnings.includes('delivery_failed')) turn.state.warnings.push('delivery_failed');
  turn.happenings.push({ type: 'approval.unreachable', actor: SYSTEM_ACTORS.approval, level: level.name });
  turn.alerts.push(level.name);
  const [next] = unusedEscalations(turn, level);
  if (next !== undefined) escalate(turn, level, next);
}
