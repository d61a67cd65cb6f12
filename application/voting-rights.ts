/** The levels at which a signed-in person may vote now. */
import type { StoredApproval } from '../db/approvals';
import type { Person } from '../db/people';
import { votingRightsOf } from '../db/voting-rights';
import type { Deps } from './deps';

/** Names of the open levels where the person may vote. The workflow checks the vote again. */
export async function openLevelsFor(deps: Deps, approval: StoredApproval, person: Person): Promise<string[]> {
  if (person.roles.includes('auditor')) return [];
  const rights = await votingRightsOf(deps.db, approval, person.id, deps.now());
  return rights.filter(({ decisions }) => decisions.length > 0).map(({ level }) => level);
}
