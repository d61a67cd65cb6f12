/** Where an approval begins, and the few questions that everybody asks about its state. */
import type { ApprovalState, Facts, LevelSpec, LevelState, PersonId, Selector, Snapshot, Vote } from './glossary';

/** The part of a snapshot that counting needs: the check has it before there is a snapshot. */
export interface Terms {
  levels: LevelSpec[];
  separation: Pick<Snapshot['separation'], 'same_person_across_levels'>;
}

/** The whole ground on which a rule judges. */
export interface View {
  snapshot: Terms;
  state: Pick<ApprovalState, 'levels' | 'votes'>;
  facts: Pick<Facts, 'members' | 'excluded' | 'delegates' | 'inactive'>;
}

/** Whose members are told when nobody can be asked. */
export const ADMINS: Selector = 'role:admin';

export function initialState(snapshot: Terms): ApprovalState {
  return {
    status: 'pending',
    reason_code: null,
    version: 0,
    levels: snapshot.levels.map(initialLevel),
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

/** So deep that a rule may change every level and vote of it without touching the original. */
export const copyOf = (state: ApprovalState): ApprovalState => ({
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

export const isEnded = (state: Pick<ApprovalState, 'status'>): boolean => state.status !== 'pending';

export const isUnfinished = (level: LevelState): boolean => level.status === 'waiting' || level.status === 'open';

export const openLevels = ({ levels }: Pick<ApprovalState, 'levels'>): LevelState[] =>
  levels.filter((level) => level.status === 'open');

export function specOf(snapshot: Terms, name: string): LevelSpec {
  const spec = snapshot.levels.find((level) => level.name === name);
  if (!spec)
    throw new RangeError(`The snapshot has no level "${name}": state and snapshot are not of the same approval.`);
  return spec;
}

export const seatOf = (vote: Pick<Vote, 'voter' | 'seat_of'>): PersonId => vote.seat_of ?? vote.voter;

/** The last word of its voter and of its seat on that level. */
export const isStanding = (vote: Vote): boolean => vote.superseded_by === null;

/**
 * Everything that `Facts.members` must cover: all that unfinished levels name or may come to name, the admins, and, as long
 * as votes come, who had a seat at a level that closed: they hear that it did, and not that they are nobody here.
 */
export function selectorsInPlay(state: ApprovalState, snapshot: Terms): Selector[] {
  const named = state.levels.flatMap((level) => {
    const spec = specOf(snapshot, level.name);
    const seated = [...level.paths.flatMap((path) => path.approvers), ...spec.veto];
    if (!isUnfinished(level)) return isEnded(state) || level.status === 'skipped' ? [] : seated;
    const helpers = spec.timing.escalate.flatMap(({ add = [], replace = [] }) => [...add, ...replace]);
    return [...seated, ...spec.fallback, ...helpers];
  });
  return [...new Set([...named, ADMINS])];
}

/** Everybody whose being active, and whose channels, matter although no selector may name them any more. */
export function peopleInPlay(state: ApprovalState): PersonId[] {
  const voted = state.votes.flatMap((vote) => [vote.voter, seatOf(vote)]);
  const asked = state.asked.flatMap(({ person }) => (person === null ? [] : [person]));
  return [...new Set([...voted, ...asked])];
}
