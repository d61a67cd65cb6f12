/** Where a signed-in person may vote now: asked of the same rules as the workflow's, for what a page shows. */
import { membership } from '../db/membership';
import type { StoredApproval } from '../db/approvals';
import type { Person } from '../db/people';
import { can, peopleInPlay, selectorsInPlay } from '../domain/approval';
import type { Deps } from './deps';

/** Names of the open levels where the person may vote. The workflow has the last word. */
export async function openLevelsFor(
  deps: Deps,
  { snapshot, state }: StoredApproval,
  person: Person,
): Promise<string[]> {
  if (person.roles.includes('auditor')) return [];
  const found = await membership(deps.db, {
    selectors: selectorsInPlay(state, snapshot),
    excluded: snapshot.separation.excluded,
    persons: [...peopleInPlay(state), person.id],
    at_ms: deps.now(),
  });
  return can(state, snapshot, { ...found, openings: {} }, person.id)
    .filter(({ decisions }) => decisions.length > 0)
    .map(({ level }) => level);
}
