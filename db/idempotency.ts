/**
 * One request, one effect: a row is claimed before anything happens and gets its answer last. A claim that is old and
 * has no answer was left by a process that died; whoever comes next takes it over, with the same approval id.
 */
import { sql } from 'kysely';
import type { Json } from '../domain/approval';
import type { Db } from './pool';

/** How long whoever claimed a row may work on it before it counts as dead. Longer than all deadlines of one check together. */
export const CLAIM_MS = 10_000;
/** How long the same key gives the same answer. */
export const KEPT_DAYS = 30;

export interface Claim {
  /** We are to do the work; false: somebody is doing it or has done it. */
  ours: boolean;
  /** Somebody before us claimed it and may have got half way. */
  taken_over: boolean;
  /** The row's request is the same as ours. */
  same_request: boolean;
  approval_id: string;
  /** When the first request came: later tries reckon from it too. */
  created_at_ms: number;
  answer: Json | null;
}

export interface ClaimRequest {
  scope: string;
  key: string;
  request_hash: Buffer;
  /** Used when the row is new. */
  approval_id: string;
  policy_version: number;
}

export async function claim(
  db: Db,
  { scope, key, request_hash, approval_id, policy_version }: ClaimRequest,
): Promise<Claim> {
  const stale = sql<boolean>`idempotency.answer is null and idempotency.claimed_at < now() - ${`${CLAIM_MS} ms`}::interval and idempotency.request_hash = ${request_hash}`;
  const won = await db
    .insertInto('idempotency')
    .values({ scope, key, request_hash, approval_id, policy_version })
    .onConflict((conflict) =>
      conflict
        .columns(['scope', 'key'])
        .doUpdateSet({ claimed_at: sql`now()` })
        .where(stale),
    )
    .returning(['approval_id', 'created_at'])
    .executeTakeFirst();
  if (won) {
    const { created_at } = won;
    return {
      ours: true,
      taken_over: won.approval_id !== approval_id,
      same_request: true,
      approval_id: won.approval_id!,
      created_at_ms: created_at.getTime(),
      answer: null,
    };
  }
  const row = await db
    .selectFrom('idempotency')
    .select(['request_hash', 'approval_id', 'created_at', 'answer'])
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return {
    ours: false,
    taken_over: false,
    same_request: row.request_hash.equals(request_hash),
    approval_id: row.approval_id!,
    created_at_ms: row.created_at.getTime(),
    answer: row.answer,
  };
}

/** The first answer stands; returns the one that does. */
export async function storeAnswer<A extends object>(db: Db, scope: string, key: string, answer: A): Promise<A> {
  const stored = await db
    .updateTable('idempotency')
    .set({ answer: JSON.stringify(answer) })
    .where('scope', '=', scope)
    .where('key', '=', key)
    .where('answer', 'is', null)
    .returning('key')
    .executeTakeFirst();
  if (stored) return answer;
  const row = await db
    .selectFrom('idempotency')
    .select('answer')
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirst();
  return (row?.answer as A | null | undefined) ?? answer;
}

/** Whoever failed to finish says so, and the next try need not wait. */
export async function releaseClaim(db: Db, scope: string, key: string): Promise<void> {
  await db
    .updateTable('idempotency')
    .set({ claimed_at: new Date(0) })
    .where('scope', '=', scope)
    .where('key', '=', key)
    .where('answer', 'is', null)
    .execute();
}

/** Ties a key to one request, for work that knows its own repeats; with the answer that was stored for it, if any. */
export async function tie(
  db: Db,
  scope: string,
  key: string,
  request_hash: Buffer,
): Promise<{ same_request: boolean; answer: Json | null }> {
  const tied = await db
    .insertInto('idempotency')
    .values({ scope, key, request_hash })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  const found = tied ? undefined : await tiedTo(db, scope, key);
  return { same_request: found?.request_hash.equals(request_hash) ?? true, answer: found?.answer ?? null };
}

/** Whether the key is tied to this very request; changes nothing. */
export async function isTied(db: Db, scope: string, key: string, request_hash: Buffer): Promise<boolean> {
  return (await tiedTo(db, scope, key))?.request_hash.equals(request_hash) ?? false;
}

const tiedTo = (db: Db, scope: string, key: string) =>
  db
    .selectFrom('idempotency')
    .select(['request_hash', 'answer'])
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirst();

/** As many as one statement deletes well within its time, however many there are. */
const FORGOTTEN_AT_ONCE = 10_000;

/** Returns how many rows were let go. */
export async function forgetOldAnswers(db: Db, now: Date, at_once = FORGOTTEN_AT_ONCE): Promise<number> {
  const before = new Date(now.getTime() - KEPT_DAYS * 24 * 3600 * 1000);
  for (let forgotten = 0; ;) {
    const { numAffectedRows } = await sql`
      delete from idempotency where (scope, key) in (
        select scope, key from idempotency where created_at < ${before} order by created_at limit ${at_once}
      )`.execute(db);
    forgotten += Number(numAffectedRows);
    if (Number(numAffectedRows) < at_once) return forgotten;
  }
}
