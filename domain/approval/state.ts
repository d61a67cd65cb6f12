/** The state of an approval: how it begins, what the rules may read of it, and how one command changes a copy of it. */
import type {
  Advance,
  ApprovalEvent,
  ApprovalState,
  Facts,
  LevelSpec,
  LevelState,
  PersonId,
  Refusal,
  Selector,
  Snapshot,
  Vote,
} from './glossary';

/** The part of a snapshot that the counting rules need. A check uses them before a snapshot exists. */
export interface Terms {
  levels: LevelSpec[];
  separation: Pick<Snapshot['separation'], 'same_person_across_levels'>;
}

/** One level: what the policy demands, and how far the approval has come. */
export interface Level {
  spec: LevelSpec;
  state: LevelState;
}

/** Everything that a rule may read. */
export interface View {
  snapshot: Pick<Terms, 'separation'>;
  levels: readonly Level[];
  state: Pick<ApprovalState, 'votes'>;
  facts: Pick<Facts, 'members' | 'excluded' | 'delegates' | 'inactive'>;
}

/** People to write to about a level. */
export interface Announcement {
  kind: 'request' | 'escalation' | 'reminder';
  level: Level;
  persons: PersonId[];
}

/**
 * One command in progress: a copy of the state for the rules to change, and the results that they collect.
 * Announcements become deliveries at the end of the turn (`deliveries.ts`), so nobody is asked about an approval that the
 * same command has just ended.
 */
export interface Turn extends View {
  readonly snapshot: Snapshot;
  readonly facts: Facts;
  readonly at_ms: number;
  readonly state: ApprovalState;
  readonly events: ApprovalEvent[];
  readonly announcements: Announcement[];
  /** Names of levels that nobody can be asked about. Admins get an alert for each. */
  readonly alerts: string[];
  /** The vote that this command recorded. */
  vote: Vote | null;
}

/** The role whose members get the alerts. */
export const ADMINS: Selector = 'role:admin';

export function initialState(terms: Pick<Terms, 'levels'>): ApprovalState {
  return {
    status: 'pending',
    reason_code: null,
    version: 0,
    levels: terms.levels.map(initialLevel),
    votes: [],
    decided_at_ms: null,
    decided_by: null,
    comment: null,
    warnings: [],
    sends: 0,
    asked: [],
  };
}

const initialLevel = (spec: LevelSpec): LevelState => ({
  name: spec.name,
  stage: spec.stage,
  status: spec.skipped ? 'skipped' : 'waiting',
  paths: spec.paths.map(({ approvers, approve }) => ({
    approvers: [...approvers],
    need: typeof approve === 'number' && approve > 0 ? approve : 0,
  })),
  opened_at_ms: null,
  expires_at_ms: null,
  closed_at_ms: null,
  instants: null,
  reminders_done: 0,
  escalations_done: [],
  fallback_joined: false,
});

/** Pairs each level's state with its specification. Both lists are in stage order. */
export const levelsOf = ({ levels }: Pick<Terms, 'levels'>, state: Pick<ApprovalState, 'levels'>): Level[] =>
  state.levels.map((level, index) => {
    const spec = levels[index];
    if (spec?.name !== level.name) {
      throw new RangeError(
        `The snapshot has no level "${level.name}": state and snapshot belong to different approvals.`,
      );
    }
    return { spec, state: level };
  });

export const viewOf = (snapshot: Terms, state: ApprovalState, facts: View['facts']): View => ({
  snapshot,
  levels: levelsOf(snapshot, state),
  state,
  facts,
});

export function begin(snapshot: Snapshot, before: ApprovalState, facts: Facts, at_ms: number): Turn {
  const state = copyOf(before);
  const levels = levelsOf(snapshot, state);
  return { snapshot, levels, facts, at_ms, state, events: [], announcements: [], alerts: [], vote: null };
}

/** Copies everything that the rules change in place. */
const copyOf = (state: ApprovalState): ApprovalState => ({
  ...state,
  levels: state.levels.map((level) => ({
    ...level,
    paths: level.paths.map((path) => ({ ...path })),
    escalations_done: [...level.escalations_done],
  })),
  votes: state.votes.map((vote) => ({ ...vote })),
  warnings: [...state.warnings],
  asked: [...state.asked],
});

/** The command changed nothing. Returns the same state object, which tells the workflow to record nothing. */
export const unchanged = (state: ApprovalState): Advance => ({ state, events: [], deliveries: [] });

export const refuse = (state: ApprovalState, refusal: Refusal): Advance => ({ ...unchanged(state), refusal });

export const isEnded = (state: Pick<ApprovalState, 'status'>): boolean => state.status !== 'pending';

export const isUnfinished = ({ state }: Level): boolean => state.status === 'waiting' || state.status === 'open';

export const openLevels = ({ levels }: Pick<View, 'levels'>): Level[] =>
  levels.filter(({ state }) => state.status === 'open');

/** The person whose seat the vote fills: the voter, or whoever delegated to the voter. */
export const seatOf = (vote: Pick<Vote, 'voter' | 'seat_of'>): PersonId => vote.seat_of ?? vote.voter;

/** Whether no later vote of the same voter or seat has replaced this one. */
export const isInForce = (vote: Vote): boolean => vote.superseded_by === null;

/**
 * Selectors whose members the next command may need: `Facts.members` must cover them. Closed levels stay in the list
 * while the approval is pending, so that a late approver is told that the level closed instead of "not an approver".
 */
export function selectorsToResolve(state: ApprovalState, snapshot: Terms): Selector[] {
  const named = levelsOf(snapshot, state).flatMap((level) => {
    const { spec } = level;
    const seated = [...level.state.paths.flatMap((path) => path.approvers), ...spec.veto];
    if (!isUnfinished(level)) return isEnded(state) || level.state.status === 'skipped' ? [] : seated;
    const escalated = spec.timing.escalate.flatMap(({ add = [], replace = [] }) => [...add, ...replace]);
    return [...seated, ...spec.fallback, ...escalated];
  });
  return [...new Set([...named, ADMINS])];
}

/** Earlier voters, their seats and everybody who was asked: facts about them are needed even if they left every role. */
export function peopleToResolve(state: ApprovalState): PersonId[] {
  const voted = state.votes.flatMap((vote) => [vote.voter, seatOf(vote)]);
  const asked = state.asked.flatMap(({ person }) => (person === null ? [] : [person]));
  return [...new Set([...voted, ...asked])];
}
