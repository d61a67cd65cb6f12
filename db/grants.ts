/**
 * The single-use permission that an approval yields. Owned by Postgres: every change is one conditional update under the
 * row's lock, in one transaction with its audit entry. Never rebuilt from anything.
 */
import type { GrantFacts } from '../domain/present';
import type { Db } from './pool';

export interface Grant extends GrantFacts {
  approval_id: string;
  digest: string;
}

const COLUMNS = ['approval_id', 'digest', 'expires_at', 'consumed_at', 'use_id', 'revoked_at'] as const;

/** Locked until the end of the transaction; null when the approval yielded none. */
export async function lockGrant(trx: Db, approval_id: string): Promise<Grant | null> {
  const row = await trx
    .selectFrom('grants')
    .select(COLUMNS)
    .where('approval_id', '=', approval_id)
    .forUpdate()
    .executeTakeFirst();
  if (!row) return null;
  const { expires_at, consumed_at, revoked_at, ...grant } = row;
  return {
    ...grant,
    expires_at_ms: expires_at.getTime(),
    consumed_at_ms: consumed_at?.getTime() ?? null,
    revoked_at_ms: revoked_at?.getTime() ?? null,
  };
}

/** False when it was not there to be consumed: the caller has looked under the lock, so that is a mistake of ours. */
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
