import { AgentWardenError } from '../domain/errors';
import { newId } from './ids';
import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import type { Db } from './pool';

/** An agent's key as it can be shown: the key itself exists only in its holder's hands. */
export interface Key {
  id: string;
  name: string;
  prefix: string;
  /** Agent ids or patterns; `*` is all. */
  agents: string[];
  expires_at: Date | null;
  created_at: Date;
  created_by: string;
}

export interface NewKey {
  name?: string;
  prefix: string;
  /** SHA-256, hex. */
  hash: string;
  agents?: string[];
  expires_at?: Date | null;
  created_by: string;
}

const COLUMNS = ['id', 'name', 'prefix', 'agents', 'expires_at', 'created_at', 'created_by'] as const;

/** Nothing happens when the very same key is there already (the demo agent's, at each start): the old one is returned. */
export async function createKey(db: Db, key: NewKey): Promise<Key> {
  const made = await db
    .insertInto('keys')
    .values({ id: newId('key'), ...key })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returning(COLUMNS)
    .executeTakeFirst();
  return made ?? db.selectFrom('keys').select(COLUMNS).where('hash', '=', key.hash).executeTakeFirstOrThrow();
}

/** Without those that were revoked. */
export async function listKeys(db: Db, { limit, cursor }: PageRequest): Promise<Page<Key>> {
  const after = readCursor(cursor, ['string']);
  let query = db.selectFrom('keys').select(COLUMNS).where('revoked_at', 'is', null);
  if (after) query = query.where('id', '>', after[0] as string);
  const rows = await query
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, (key) => [key.id]);
}

/** Takes effect with the next check on every replica. Throws `not_found`, also when it was revoked before. */
export async function revokeKey(db: Db, id: string): Promise<void> {
  const revoked = await db
    .updateTable('keys')
    .set({ revoked_at: new Date() })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!revoked)
    throw new AgentWardenError('not_found', `There is no key ${id} in force. Look the id up with GET /api/keys.`);
}
