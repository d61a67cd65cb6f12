import { SYSTEM_ACTORS } from '../domain/approval';
import { appendAudit } from './audit';
import { createPerson, findPerson } from './people';
import { inTransaction, type Db } from './pool';

/** Any number that no other use of advisory locks in this database has: several processes may start at once. */
const LOCK = 4_178_090_452;

/**
 * The person of `ADMIN_EMAIL`, made where nobody has the address yet. An admin who was made inactive, or lost the role,
 * stays so: this never gives anything back. Returns their id.
 */
export function ensureFirstAdmin(db: Db, email: string): Promise<string> {
  return inTransaction(db, async (trx) => {
    const known = await findPerson(trx, email);
    if (known) return known.id;
    await trx.selectNoFrom((eb) => eb.fn('pg_advisory_xact_lock', [eb.lit(LOCK)]).as('locked')).execute();
    const made = await findPerson(trx, email);
    if (made) return made.id;
    const person = await createPerson(
      trx,
      { name: email.split('@')[0]!, emails: [email], roles: ['admin'], channels: ['email'] },
      'system',
    );
    await appendAudit(trx, [
      { type: 'user.created', actor: SYSTEM_ACTORS.start, data: { user_id: person.id, roles: ['admin'] } },
    ]);
    return person.id;
  });
}
