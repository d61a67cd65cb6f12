/** Help for a level whose own approvers are not enough: the fallback joins, and escalations add or replace people or move the level's end. */
import { needOfAll } from './counting';
import { approversOf, withDelegates } from './eligibility';
import { SYSTEM_ACTORS, type EscalationSpec, type PathState, type PersonId, type Selector } from './glossary';
import type { Level, Turn } from './state';

/** Adds the fallback to the first path, once. Returns whether it joined now. */
export function joinFallback(turn: Turn, level: Level): boolean {
  const { fallback } = level.spec;
  if (level.state.fallback_joined || fallback.length === 0) return false;
  level.state.fallback_joined = true;
  addPeople(turn, level, fallback);
  return true;
}

/** Indices of the escalations that have not run, in the policy's order. */
export const unusedEscalations = ({ spec, state }: Level): number[] =>
  spec.timing.escalate.flatMap((_, index) => (state.escalations_done.includes(index) ? [] : [index]));

/** Runs the next unused escalation that brings people, before its time. Returns whether there was one. */
export function escalateToPeople(turn: Turn, level: Level): boolean {
  const next = unusedEscalations(level).find((index) => changesPeople(level.spec.timing.escalate[index]!));
  if (next !== undefined) escalate(turn, level, next);
  return next !== undefined;
}

const changesPeople = ({ add = [], replace = [] }: EscalationSpec): boolean => add.length + replace.length > 0;

/** Runs one escalation. It keeps all votes, never lowers a need, and never moves the level's end forward in time. */
export function escalate(turn: Turn, level: Level, index: number): void {
  const { add, replace } = level.spec.timing.escalate[index]!;
  level.state.expires_at_ms = endAfter(level, index);
  level.state.escalations_done.push(index);
  if (replace) replacePeople(turn, level, replace);
  if (add) addPeople(turn, level, add);
  if (!replace && !add) announce(turn, level, []);
}

/** The level's end after that escalation; null for a level without an end. */
export function endAfter({ spec, state }: Level, index: number): number | null {
  const { extend } = spec.timing.escalate[index]!;
  const moved_ms = state.instants?.escalations[index]?.expires_at_ms ?? null;
  if (extend === undefined || moved_ms === null || state.expires_at_ms === null) return state.expires_at_ms;
  return Math.max(state.expires_at_ms, moved_ms);
}

function addPeople(turn: Turn, level: Level, selectors: Selector[]): void {
  changePaths(turn, level, ([first, ...others]) => [
    { ...first!, approvers: [...new Set([...first!.approvers, ...selectors])] },
    ...others,
  ]);
}

/** Keeps only the first path, with other approvers and the same need. */
function replacePeople(turn: Turn, level: Level, selectors: Selector[]): void {
  changePaths(turn, level, ([first]) => [{ ...first!, approvers: [...selectors] }]);
}

function changePaths(turn: Turn, level: Level, change: (paths: PathState[]) => PathState[]): void {
  const before = new Set(approversOf(turn, level));
  level.state.paths = change(level.state.paths);
  // An `all` that stood for nobody now stands for the people who join.
  level.state.paths[0]!.need ||= needOfAll(turn, level, 0);
  if (level.state.status !== 'open') return;
  const newcomers = approversOf(turn, level).filter((person) => !before.has(person));
  announce(turn, level, newcomers);
}

/** Writes to the newcomers whom this level has not asked before, neither in an earlier turn nor in this one. */
function announce(turn: Turn, level: Level, newcomers: PersonId[]): void {
  const asked = new Set<PersonId | null>([
    ...turn.state.asked.flatMap((asked) => (asked.level === level.spec.name ? [asked.person] : [])),
    ...turn.announcements.flatMap((earlier) => (earlier.level === level ? earlier.persons : [])),
  ]);
  const persons = withDelegates(turn, level, newcomers).filter((person) => !asked.has(person));
  turn.events.push({ type: 'approval.escalated', actor: SYSTEM_ACTORS.approval, level: level.spec.name });
  if (persons.length > 0) turn.announcements.push({ kind: 'escalation', level, persons });
}

/** No approver of the level could be reached: alerts the admins and runs the level's next escalation. */
export function unreachable(turn: Turn, level: Level): void {
  if (!turn.state.warnings.includes('delivery_failed')) turn.state.warnings.push('delivery_failed');
  turn.events.push({ type: 'approval.unreachable', actor: SYSTEM_ACTORS.approval, level: level.spec.name });
  turn.alerts.push(level.spec.name);
  const [next] = unusedEscalations(level);
  if (next !== undefined) escalate(turn, level, next);
}
