/** The audit: list its entries, verify the whole chain. */
import { findPerson } from '../db/people';
import type { Deps } from './deps';

export { listAudit, verifyAudit, type AuditEntry } from '../db/audit';

/** The id of an actor who is named by address or name. Entries hold ids, so without this a filter would find nothing. */
export async function actorId(
  { db, configuration }: Pick<Deps, 'db' | 'configuration'>,
  actor: string,
): Promise<string> {
  const found = (await findPerson(db, actor)) ?? (await configuration.cached()).agents_by_name.get(actor);
  return found?.id ?? actor;
}
