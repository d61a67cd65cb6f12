/** Finds the levels at which a person may vote now, by the rules of the workflow. Pages and messages show them. */
import {
  peopleToResolve,
  selectorsToResolve,
  votingRights,
  type PersonId,
  type VotingRights,
} from '../domain/approval';
import type { StoredApproval } from './approvals';
import { namesOf } from './contacts';
import { membership } from './membership';
import type { Db } from './pool';

export async function votingRightsOf(
  db: Db,
  { snapshot, state }: StoredApproval,
  person: PersonId,
  at_ms: number,
): Promise<VotingRights[]> {
  const found = await membership(db, {
    selectors: selectorsToResolve(state, snapshot),
    excluded: snapshot.separation.excluded,
    persons: [...peopleToResolve(state), person],
    at_ms,
  });
  return votingRights(state, snapshot, { ...found, openings: {} }, person);
}

/** Name of the person whose seat this person would take at the level; null if the seat is their own. */
export async function delegatorName(
  db: Db,
  approval: StoredApproval,
  { person, level, at_ms }: { person: PersonId; level: string | null; at_ms: number },
): Promise<string | null> {
  const rights = await votingRightsOf(db, approval, person, at_ms);
  const here = rights.find((right) => right.level === level && right.decisions.length > 0);
  if (here?.seat_of === undefined) return null;
  return (await namesOf(db, [here.seat_of]))[here.seat_of] ?? null;
}
