/** Where a person may vote now, and in whose seat: asked of the same rules as the workflow's, for what faces say. */
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

export async function standpointsOf(
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

/** Name of the person in whose place this one votes at an open level; null when it is their own. */
export async function standsInFor(
  db: Db,
  approval: StoredApproval,
  { person, level, at_ms }: { person: PersonId; level: string | null; at_ms: number },
): Promise<string | null> {
  const standpoints = await standpointsOf(db, approval, person, at_ms);
  const here = standpoints.find((standpoint) => standpoint.level === level && standpoint.decisions.length > 0);
  if (here?.seat_of === undefined) return null;
  return (await namesOf(db, [here.seat_of]))[here.seat_of] ?? null;
}
