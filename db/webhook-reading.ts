import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import type { Db } from './pool';

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
  const before = readCursor(cursor, ['string', 'string']);
  let query = select(db).where('webhook_id', '=', webhook_id);
  if (before) {
    const [at, id] = before as [string, string];
    query = query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(new Date(at), id)));
  }
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, ({ created_at, id }) => [created_at.toISOString(), id]);
}

export async function findWebhookDelivery(db: Db, id: string): Promise<WebhookDeliveryFacts | null> {
  return (await select(db).where('id', '=', id).executeTakeFirst()) ?? null;
}
