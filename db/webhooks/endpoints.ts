/** Endpoints that are told what happens. Their secrets are shown when they are made, and kept sealed. */
import { randomBytes } from 'node:crypto';
import { AgentWardenError } from '../../domain/errors';
import type { KeyRing } from '../../encryption/keys';
import { seal } from '../../encryption/seal';
import { newId } from '../ids';
import { pageOf, readCursor, type Page, type PageRequest } from '../paging';
import type { Db } from '../pool';

export interface Webhook {
  id: string;
  url: string;
  types: string[];
  /** Agent ids or patterns; `*` is all. */
  agents: string[];
  status: 'active' | 'disabled';
  /** Until then the secret before the last rotation signs too. */
  old_valid_until: Date | null;
  created_at: Date;
  created_by: string;
}

export interface WebhookChanges {
  url?: string;
  types?: string[];
  agents?: string[];
  status?: 'active' | 'disabled';
}

export interface NewWebhook {
  url: string;
  types: string[];
  agents?: string[];
  created_by: string;
}

/** Every event is written down for each of them in one statement, which takes so many values and no more. */
const MAX_ENDPOINTS = 200;
const COLUMNS = ['id', 'url', 'types', 'agents', 'status', 'old_valid_until', 'created_at', 'created_by'] as const;
/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

const makeSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

/** `secret` is not to be had again. Throws `invalid_request` where there are too many already. */
export async function createWebhook(
  db: Db,
  ring: KeyRing<'seal'>,
  webhook: NewWebhook,
): Promise<{ webhook: Webhook; secret: string }> {
  const { count } = await db
    .selectFrom('webhooks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count >= MAX_ENDPOINTS)
    throw new AgentWardenError(
      'invalid_request',
      `There are ${MAX_ENDPOINTS} endpoints already, and no more can be. Delete one that nobody needs: DELETE /api/webhooks/{id}.`,
    );
  const id = newId('whk');
  const secret = makeSecret();
  const made = await db
    .insertInto('webhooks')
    .values({ id, ...webhook, secret: seal(ring, secret, id) })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return { webhook: made, secret };
}

/** Throws `not_found`. */
export async function getWebhook(db: Db, id: string): Promise<Webhook> {
  const webhook = await db.selectFrom('webhooks').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!webhook) throw missing(id);
  return webhook;
}

export async function listWebhooks(db: Db, { limit, cursor }: PageRequest): Promise<Page<Webhook>> {
  const after = readCursor(cursor, ['string']);
  let query = db.selectFrom('webhooks').select(COLUMNS);
  if (after) query = query.where('id', '>', after[0] as string);
  const rows = await query
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, (webhook) => [webhook.id]);
}

/** Throws `not_found`. */
export async function updateWebhook(db: Db, id: string, changes: WebhookChanges): Promise<Webhook> {
  if (Object.values(changes).every((value) => value === undefined)) return getWebhook(db, id);
  const changed = await db
    .updateTable('webhooks')
    .set(changes)
    .where('id', '=', id)
    .returning(COLUMNS)
    .executeTakeFirst();
  if (!changed) throw missing(id);
  return changed;
}

/** Its deliveries go with it; those under way stop at their next attempt. Throws `not_found`. */
export async function deleteWebhook(db: Db, id: string): Promise<void> {
  const deleted = await db.deleteFrom('webhooks').where('id', '=', id).returning('id').executeTakeFirst();
  if (!deleted) throw missing(id);
}

/**
 * A new secret; the present one signs too until `old_valid_until`, so that a receiver can change over in its own time.
 * A secret that was old already ends at once. Throws `not_found`.
 */
export async function rotateWebhook(
  db: Db,
  ring: KeyRing<'seal'>,
  id: string,
  old_valid_until: Date,
): Promise<{ secret: string; old_valid_until: Date }> {
  const secret = makeSecret();
  const rotated = await db
    .updateTable('webhooks')
    .set((row) => ({ old_secret: row.ref('secret'), old_valid_until, secret: seal(ring, secret, id) }))
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  if (!rotated) throw missing(id);
  return { secret, old_valid_until };
}

const missing = (id: string): AgentWardenError =>
  new AgentWardenError('not_found', `There is no webhook ${id}. Look the id up with GET /api/webhooks.`);
