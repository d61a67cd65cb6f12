import { randomBytes } from 'node:crypto';
import { withDatabase } from '../../tests/support/postgres';
import { purposeKey } from '../../encryption/keys';
import { listWebhookDeliveries } from './deliveries';
import { createWebhook } from './endpoints';
import { insertWebhookDeliveries } from './outgoing';

const { db } = withDatabase();

test('a list goes through all deliveries once, also those of one millisecond', async () => {
  const ring = purposeKey([{ kid: 'k1', secret: randomBytes(32) }], 'seal');
  const { webhook } = await createWebhook(db, ring, {
    url: 'https://acme.example/hook',
    types: ['approval.decided'],
    created_by: 'usr_ana',
  });
  const row = { webhook_id: webhook.id, approval_id: null, kind: 'check.denied', body: '{}' };
  const ids = await insertWebhookDeliveries(
    db,
    Array.from({ length: 12 }, () => row),
  );
  for (const [microsecond, id] of ids.entries())
    await db
      .updateTable('deliveries')
      .set({ created_at: `2026-11-28T12:00:00.0000${String(microsecond + 10)}Z` })
      .where('id', '=', id)
      .execute();
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await listWebhookDeliveries(db, webhook.id, { limit: 5, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(seen).toEqual(ids.toReversed());
});
