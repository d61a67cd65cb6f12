import { randomBytes } from 'node:crypto';
import { withDatabase } from '../../tests/support/postgres';
import { purposeKey } from '../../encryption/keys';
import { open } from '../../encryption/seal';
import { createWebhook, deleteWebhook, getWebhook, listWebhooks, rotateWebhook, updateWebhook } from './endpoints';

const { db } = withDatabase();

const ring = purposeKey([{ kid: 'k1', secret: randomBytes(32) }], 'seal');
const endpoint = { url: 'https://acme.example/hook', types: ['approval.decided'], created_by: 'usr_ana' };

const row = (id: string) => db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

test('a secret is shown once and stored encrypted, bound to its endpoint', async () => {
  const { webhook, secret } = await createWebhook(db, ring, endpoint);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(webhook).toMatchObject({ ...endpoint, agents: ['*'], status: 'active', old_valid_until: null });
  expect(Object.keys(webhook)).not.toContain('secret');
  const stored = await row(webhook.id);
  expect(JSON.stringify(stored)).not.toContain(secret.slice(6));
  expect(open(ring, stored.secret, webhook.id)).toBe(secret);
  expect(() => open(ring, stored.secret, 'whk_other')).toThrow('The secret of whk_other does not decrypt');
});

test('after a rotation both secrets sign until the old one expires; a second rotation ends the oldest', async () => {
  const { webhook, secret: first } = await createWebhook(db, ring, endpoint);
  const until = new Date('2026-12-01T00:00:00Z');
  const { secret: second, old_valid_until } = await rotateWebhook(db, ring, webhook.id, until);
  const stored = await row(webhook.id);
  expect(old_valid_until).toEqual(until);
  expect(stored.old_valid_until).toEqual(until);
  expect(open(ring, stored.secret, webhook.id)).toBe(second);
  expect(open(ring, stored.old_secret ?? '', webhook.id)).toBe(first);
  await rotateWebhook(db, ring, webhook.id, until);
  expect(open(ring, (await row(webhook.id)).old_secret ?? '', webhook.id)).toBe(second);
});

test('an endpoint can be changed, disabled and deleted', async () => {
  const { webhook } = await createWebhook(db, ring, { ...endpoint, agents: ['support-*'] });
  const changed = await updateWebhook(db, webhook.id, { status: 'disabled', types: ['approval.voted'] });
  expect(changed).toEqual({ ...webhook, status: 'disabled', types: ['approval.voted'] });
  expect(await updateWebhook(db, webhook.id, { url: undefined })).toEqual(changed);
  expect(await getWebhook(db, webhook.id)).toEqual(changed);
  await deleteWebhook(db, webhook.id);
  for (const work of [
    () => getWebhook(db, webhook.id),
    () => updateWebhook(db, webhook.id, { status: 'active' }),
    () => deleteWebhook(db, webhook.id),
    () => rotateWebhook(db, ring, webhook.id, new Date()),
  ]) {
    await expect(work()).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining(webhook.id) });
  }
});

test('paging lists each endpoint once', async () => {
  const page = await listWebhooks(db, { limit: 1 });
  const rest = await listWebhooks(db, { limit: 200, cursor: page.next_cursor });
  const all = await db.selectFrom('webhooks').select('id').orderBy('id').execute();
  expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
});

test('there are at most as many endpoints as one statement can write deliveries for', async () => {
  const { count } = await db
    .selectFrom('webhooks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  for (let created = count; created < 200; created++) await createWebhook(db, ring, endpoint);
  await expect(createWebhook(db, ring, endpoint)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('There are 200 endpoints, which is the maximum'),
  });
});
