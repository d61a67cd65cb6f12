/** The levels at which a signed-in person may vote now. */
import type { StoredApproval } from '../db/approvals';
import type { Person } from '../db/people';
import { standpointsOf } from '../db/standpoints';
import type { Deps } from './deps';

/** Names of the open levels where the person may vote. The workflow still judges the vote. */
export async function openLevelsFor(deps: Deps, approval: StoredApproval, person: Person): Promise<string[]> {
  if (person.roles.includes('auditor')) return [];
  const standpoints = await standpointsOf(deps.db, approval, person.id, deps.now());
  return standpoints.filter(({ decisions }) => decisions.length > 0).map(({ level }) => level);
}
