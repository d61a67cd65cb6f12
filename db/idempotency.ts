/**
 * Idempotency keys: one request has one effect. A request claims its key before it does anything, and stores its answer
 * last. An old claim without an answer belongs to a process that died; the next request with that key takes it over and
 * uses the same approval id.
 */
import { sql } from 'kysely';
import type { Json } from '../domain/approval';
import type { Db } from './pool';

/** After this time an unanswered claim may be taken over. Longer than all deadlines of one check together. */
export const CLAIM_MS = 10_000;
/** How long a key gives the same answer. */
export const KEPT_DAYS = 30;

export interface Claim {
  /** True: the caller does the work. False: another request is doing it or has done it. */
  ours: boolean;
  /** An earlier request claimed the key and may have done a part of the work. */
  taken_over: boolean;
  /** The key was claimed for the same request. */
  same_request: boolean;
  approval_id: string;
  /** When the first request with this key came. Deadlines of later tries count from here. */
  created_at_ms: number;
  answer: Json | null;
}

export interface ClaimRequest {
  scope: string;
  key: string;
  request_hash: Buffer;
  /** For a new claim. A claim that is taken over keeps its own. */
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

/** Stores the answer unless there is one. Returns the stored one. */
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

/** Makes an unanswered claim free to be taken over at once. */
export async function releaseClaim(db: Db, scope: string, key: string): Promise<void> {
  await db
    .updateTable('idempotency')
    .set({ claimed_at: new Date(0) })
    .where('scope', '=', scope)
    .where('key', '=', key)
    .where('answer', 'is', null)
    .execute();
}

/** Binds a key to one request without a claim, for work that recognises its own repeats. Returns the stored answer, if any. */
export async function bindKey(
  db: Db,
  scope: string,
  key: string,
  request_hash: Buffer,
): Promise<{ same_request: boolean; answer: Json | null }> {
  const bound = await db
    .insertInto('idempotency')
    .values({ scope, key, request_hash })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  const found = bound ? undefined : await findBinding(db, scope, key);
  return { same_request: found?.request_hash.equals(request_hash) ?? true, answer: found?.answer ?? null };
}

/** Whether the key is bound to this request. */
export async function isKeyBound(db: Db, scope: string, key: string, request_hash: Buffer): Promise<boolean> {
  return (await findBinding(db, scope, key))?.request_hash.equals(request_hash) ?? false;
}

const findBinding = (db: Db, scope: string, key: string) =>
  db
    .selectFrom('idempotency')
    .select(['request_hash', 'answer'])
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirst();

/** Rows per statement, so that each ends well within the statement timeout. */
const BATCH = 10_000;

/** Deletes answers that are older than `KEPT_DAYS`. Returns how many. */
export async function forgetOldAnswers(db: Db, now: Date, at_once = BATCH): Promise<number> {
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
