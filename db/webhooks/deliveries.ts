/** Webhook deliveries: what to post where, and how the attempts ended. */
import { sql } from 'kysely';
import { pageOf, readCursor, type Page, type PageRequest } from '../paging';
import { inTransaction, type Db } from '../pool';

export interface WebhookDelivery {
  id: string;
  webhook_id: string;
  status: 'queued' | 'sent' | 'failed';
  attempts: number;
  /** The exact text that is signed and posted. */
  body: string;
  url: string;
  active: boolean;
  /** Sealed. After a rotation the old secret is the second, until it expires: both sign. */
  secrets: string[];
}

/** Counts an attempt and returns what it needs; null if the endpoint was deleted, and its deliveries with it. */
export async function beginWebhookAttempt(db: Db, id: string, now: Date): Promise<WebhookDelivery | null> {
  return inTransaction(db, async (trx) => {
    await trx
      .updateTable('deliveries')
      .set((row) => ({ attempts: row('attempts', '+', 1) }))
      .where('id', '=', id)
      .where('status', '=', 'queued')
      .execute();
    const row = await trx
      .selectFrom('deliveries')
      .innerJoin('webhooks', 'webhooks.id', 'deliveries.webhook_id')
      .select([
        'deliveries.id',
        'webhooks.id as webhook_id',
        'deliveries.status',
        'deliveries.attempts',
        sql<string>`deliveries.body::text`.as('body'),
        'webhooks.url',
        'webhooks.status as endpoint',
        'webhooks.secret',
        'webhooks.old_secret',
        'webhooks.old_valid_until',
      ])
      .where('deliveries.id', '=', id)
      .executeTakeFirst();
    if (!row) return null;
    const old = row.old_secret !== null && row.old_valid_until !== null && row.old_valid_until > now;
    return {
      id: row.id,
      webhook_id: row.webhook_id,
      status: row.status,
      attempts: row.attempts,
      body: row.body,
      url: row.url,
      active: row.endpoint === 'active',
      secrets: [row.secret, ...(old ? [row.old_secret!] : [])].map((sealed) => sealed.toString()),
    };
  });
}

/** For a receiver that answered 410. The endpoint gets nothing more until it is enabled again. */
export async function disableWebhook(db: Db, webhook_id: string): Promise<void> {
  await db.updateTable('webhooks').set({ status: 'disabled' }).where('id', '=', webhook_id).execute();
}

/** Queues an ended delivery again, so that its workflow can be started again under the same id. False if it is still queued. */
export async function requeueDelivery(db: Db, id: string): Promise<boolean> {
  const row = await db
    .updateTable('deliveries')
    .set({ status: 'queued', attempts: 0, error: null, finished_at: null })
    .where('id', '=', id)
    .where('webhook_id', 'is not', null)
    .where('status', '<>', 'queued')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export interface WebhookDeliveryFacts {
  id: string;
  webhook_id: string;
  type: string;
  approval_id: string | null;
  status: 'queued' | 'sent' | 'failed';
  attempts: number;
  error: string | null;
  created_at: Date;
  finished_at: Date | null;
}

const select = (db: Db) =>
  db
    .selectFrom('deliveries')
    .select([
      'id',
      'webhook_id',
      'kind as type',
      'approval_id',
      'status',
      'attempts',
      'error',
      'created_at',
      'finished_at',
    ])
    .where('webhook_id', 'is not', null)
    .$narrowType<{ webhook_id: string }>();

/** Newest first. */
export async function listWebhookDeliveries(
  db: Db,
  webhook_id: string,
  { limit, cursor }: PageRequest,
): Promise<Page<WebhookDeliveryFacts>> {
  const before = readCursor(cursor, ['string']);
  let query = select(db).where('webhook_id', '=', webhook_id);
  if (before) {
    const [id] = before as [string];
    // Compared in Postgres: a `Date` has milliseconds, so rows of the same millisecond would be skipped.
    query = query.where(sql<boolean>`(created_at, id) < (select created_at, id from deliveries where id = ${id})`);
  }
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, ({ id }) => [id]);
}

export async function findWebhookDelivery(db: Db, id: string): Promise<WebhookDeliveryFacts | null> {
  return (await select(db).where('id', '=', id).executeTakeFirst()) ?? null;
}
