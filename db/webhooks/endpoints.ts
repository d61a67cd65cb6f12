/** Webhook endpoints. A secret is shown once, when it is created or rotated, and stored encrypted. */
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
  /** Agent ids or patterns; `*` means all. */
  agents: string[];
  status: 'active' | 'disabled';
  /** Until then the secret before the last rotation signs as well. */
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

/** A command's deliveries are inserted in one statement, and Postgres limits its parameters. */
const MAX_ENDPOINTS = 200;
const COLUMNS = ['id', 'url', 'types', 'agents', 'status', 'old_valid_until', 'created_at', 'created_by'] as const;
/** Standard Webhooks requires 24 to 64. */
const SECRET_BYTES = 32;

const createSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

/** `secret` cannot be read again. Throws `invalid_request` if there are `MAX_ENDPOINTS`. */
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
      `There are ${MAX_ENDPOINTS} endpoints, which is the maximum. Delete one that is not needed: DELETE /api/webhooks/{id}.`,
    );
  const id = newId('whk');
  const secret = createSecret();
  const created = await db
    .insertInto('webhooks')
    .values({ id, ...webhook, secret: seal(ring, secret, id) })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return { webhook: created, secret };
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

/** Deletes its deliveries too. A running delivery stops at its next attempt. Throws `not_found`. */
export async function deleteWebhook(db: Db, id: string): Promise<void> {
  const deleted = await db.deleteFrom('webhooks').where('id', '=', id).returning('id').executeTakeFirst();
  if (!deleted) throw missing(id);
}

/**
 * Creates a new secret. The current one also signs until `old_valid_until`, so that the receiver has time to change. A
 * still older secret stops at once. Throws `not_found`.
 */
export async function rotateWebhook(
  db: Db,
  ring: KeyRing<'seal'>,
  id: string,
  old_valid_until: Date,
): Promise<{ secret: string; old_valid_until: Date }> {
  const secret = createSecret();
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
  new AgentWardenError('not_found', `There is no webhook ${id}. GET /api/webhooks lists the ids.`);
