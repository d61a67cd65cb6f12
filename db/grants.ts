/**
 * Grants: the single-use permission that an approved approval gives its agent. Postgres owns them. Every change is one
 * conditional update under the row's lock, in one transaction with its audit entry. Nothing can rebuild them.
 */
import type { Selectable } from 'kysely';
import type { GrantFacts } from '../domain/approval-json';
import type { Db } from './pool';
import type { DB } from './schema.generated';

export interface Grant extends GrantFacts {
  approval_id: string;
  digest: string;
}

const FACTS = ['expires_at', 'consumed_at', 'use_id', 'revoked_at'] as const;

const factsOf = (row: Pick<Selectable<DB['grants']>, (typeof FACTS)[number]>): GrantFacts => ({
  expires_at_ms: row.expires_at.getTime(),
  consumed_at_ms: row.consumed_at?.getTime() ?? null,
  use_id: row.use_id,
  revoked_at_ms: row.revoked_at?.getTime() ?? null,
});

/** By approval id. An approval without a grant is absent. */
export async function grantsOf(db: Db, approval_ids: string[]): Promise<Map<string, GrantFacts>> {
  const rows = await db
    .selectFrom('grants')
    .select(['approval_id', ...FACTS])
    .where('approval_id', 'in', approval_ids)
    .execute();
  return new Map(rows.map((row) => [row.approval_id, factsOf(row)]));
}

/** Locks the grant until the end of the transaction; null if the approval has none. */
export async function lockGrant(trx: Db, approval_id: string): Promise<Grant | null> {
  const row = await trx
    .selectFrom('grants')
    .select(['approval_id', 'digest', ...FACTS])
    .where('approval_id', '=', approval_id)
    .forUpdate()
    .executeTakeFirst();
  return row ? { approval_id: row.approval_id, digest: row.digest, ...factsOf(row) } : null;
}

/** False if the grant was not consumable. The caller checks that first, under the lock, so false is a bug. */
export async function markConsumed(trx: Db, approval_id: string, use_id: string, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('grants')
    .set({ consumed_at: at, use_id })
    .where('approval_id', '=', approval_id)
    .where('consumed_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** False if the grant was consumed or revoked before. */
export async function markRevoked(
  trx: Db,
  approval_id: string,
  revoked_by: string,
  revoke_reason: string,
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('grants')
    .set({ revoked_at: at, revoked_by, revoke_reason })
    .where('approval_id', '=', approval_id)
    .where('consumed_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
