/** Agents' API keys. Only their hashes are stored. */
import { AgentWardenError } from '../domain/errors';
import { newId } from './ids';
import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import type { Db } from './pool';

/** A key as lists show it. The key itself is shown once, when it is created. */
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

/** Returns the existing row if the same key was created before, as the demo agent's is at each start. */
export async function createKey(db: Db, key: NewKey): Promise<Key> {
  const created = await db
    .insertInto('keys')
    .values({ id: newId('key'), ...key })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returning(COLUMNS)
    .executeTakeFirst();
  return created ?? db.selectFrom('keys').select(COLUMNS).where('hash', '=', key.hash).executeTakeFirstOrThrow();
}

/** Without revoked keys. */
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

/** Takes effect with the next check on every replica. Throws `not_found`, also for a revoked key. */
export async function revokeKey(db: Db, id: string): Promise<void> {
  const revoked = await db
    .updateTable('keys')
    .set({ revoked_at: new Date() })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!revoked) throw new AgentWardenError('not_found', `There is no active key ${id}. GET /api/keys lists the ids.`);
}
