/** Webhooks: signed, tried again over three days, and given up. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Webhook } from 'standardwebhooks';
import { newId } from '../db/ids';
import { requeueDelivery } from '../db/webhooks/deliveries';
import { createDataConverter } from '../encryption/codec';
import { purposeKey } from '../encryption/keys';
import { seal } from '../encryption/seal';
import { decide, WORKFLOWS } from './messages';
import {
  addressed,
  level,
  quietRuntime,
  scheduledOf,
  snapshot,
  startEngine,
  voteOf,
  type Engine,
} from '../tests/support/engine';
import { describeWithTimeSkipping, timeSkippingEnvironment, uniqueTaskQueue } from '../tests/support/temporal';

interface Post {
  headers: Record<string, string>;
  body: string;
}

/** A receiver that answers as the test says, and keeps the posts. */
async function startReceiver() {
  const posts: Post[] = [];
  let answer = (): { status: number; headers?: Record<string, string> } => ({ status: 200 });
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      posts.push({ headers: request.headers as Record<string, string>, body });
      const { status, headers } = answer();
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts,
    answer: (next: typeof answer) => void (answer = next),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

async function addWebhook(
  engine: Engine,
  url: string,
  fields: { types?: string[]; agents?: string[]; secret?: string } = {},
) {
  const id = newId('whk');
  const secret = fields.secret ?? newSecret();
  const ring = purposeKey(engine.config.secretKeys, 'seal');
  await engine.db
    .insertInto('webhooks')
    .values({
      id,
      url,
      types: fields.types ?? ['approval.decided'],
      agents: fields.agents ?? ['*'],
      secret: seal(ring, secret, id),
      created_by: 'test',
    })
    .execute();
  return { id, secret };
}

const rowsOf = (engine: Engine, webhook_id: string) =>
  engine.db
    .selectFrom('deliveries')
    .selectAll()
    .where('webhook_id', '=', webhook_id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();

async function settled(engine: Engine, webhook_id: string, count = 1) {
  for (;;) {
    const rows = await rowsOf(engine, webhook_id);
    if (rows.length >= count && rows.every(({ status }) => status !== 'queued')) return rows;
    await pause(25);
  }
}

describe('a webhook', () => {
  let engine: Engine;
  let receiver: Receiver;
  beforeAll(async () => {
    engine = await startEngine({ webhookAllowHosts: ['127.0.0.1'] });
  }, 60_000);
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    receiver.close();
    await engine.db.updateTable('webhooks').set({ status: 'disabled' }).execute();
  });
  afterAll(() => engine.close(), 60_000);

  async function decideOne(fields: Parameters<typeof snapshot>[0] = {}): Promise<string> {
    const role = `lead-${randomBytes(4).toString('hex')}`;
    const person = await engine.person(role, { roles: [role], channels: [] });
    const handle = await engine.start(
      snapshot({ levels: [level('team', { paths: [{ approvers: [`role:${role}`], approve: 1 }] })], ...fields }),
    );
    await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(person, { comment: 'go' }))] });
    await handle.result();
    return handle.workflowId;
  }

  test('carries the decision, signed so that the public library accepts it', async () => {
    const { id, secret } = await addWebhook(engine, receiver.url);
    const approval_id = await decideOne();
    const [row] = await settled(engine, id);
    expect(row).toMatchObject({ status: 'sent', attempts: 1, kind: 'approval.decided' });
    const [attempt] = await scheduledOf(engine.client.workflow.getHandle(row!.id));
    expect(attempt!.taskQueue!.name).toBe(`${engine.config.temporal.taskQueue}-webhook`); // its own (T39)
    const [post] = receiver.posts;
    const body = new Webhook(secret).verify(post!.body, post!.headers) as Record<string, unknown>;
    expect(post!.headers['webhook-id']).toBe(row!.id);
    expect(body).toMatchObject({
      type: 'approval.decided',
      event: 'approval.approved',
      approval_id,
      decision: 'approved',
      action: 'deploy.production',
      context: { version: 'v2.1.0' },
      comment: 'go',
      data: { approval_id, status: 'approved', grant: { state: 'ready' } },
    });
  });

  test('goes to the endpoints that want this type and this agent', async () => {
    const all = await addWebhook(engine, receiver.url, {
      types: ['approval.requested', 'approval.voted', 'approval.decided'],
    });
    const other = await addWebhook(engine, receiver.url, { agents: ['other-*'] });
    await decideOne();
    const rows = await settled(engine, all.id, 3);
    expect(rows.map(({ kind }) => kind).sort()).toEqual(['approval.decided', 'approval.requested', 'approval.voted']);
    expect(await rowsOf(engine, other.id)).toEqual([]);
    const voted = receiver.posts
      .map(({ body }) => JSON.parse(body) as { type: string })
      .find(({ type }) => type === 'approval.voted');
    expect(voted).not.toHaveProperty('decision');
  });

  test('is signed with the old and the new secret while a rotation lasts', async () => {
    const old = newSecret();
    const { id, secret } = await addWebhook(engine, receiver.url);
    const ring = purposeKey(engine.config.secretKeys, 'seal');
    await engine.db
      .updateTable('webhooks')
      .set({ old_secret: seal(ring, old, id), old_valid_until: new Date(Date.now() + 60_000) })
      .where('id', '=', id)
      .execute();
    await decideOne();
    await settled(engine, id);
    const { body, headers } = receiver.posts[0]!;
    expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
    expect(new Webhook(old).verify(body, headers)).toBeTruthy();
    await engine.db
      .updateTable('webhooks')
      .set({ old_valid_until: new Date(Date.now() - 1) })
      .where('id', '=', id)
      .execute();
    await decideOne();
    await settled(engine, id, 2);
    expect(() => new Webhook(old).verify(receiver.posts[1]!.body, receiver.posts[1]!.headers)).toThrow(
      'No matching signature found',
    );
  });

  test('whose receiver says 410 is switched off', async () => {
    const { id } = await addWebhook(engine, receiver.url);
    receiver.answer(() => ({ status: 410 }));
    await decideOne();
    expect(await settled(engine, id)).toEqual([
      expect.objectContaining({ status: 'failed', error: 'http_410', attempts: 1 }),
    ]);
    const { status } = await engine.db
      .selectFrom('webhooks')
      .select('status')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(status).toBe('disabled');
  });

  test('that failed can be delivered again, under the same id', async () => {
    const { id } = await addWebhook(engine, 'http://not-allowed.example/hook');
    await decideOne();
    const [failed] = await settled(engine, id);
    expect(failed).toMatchObject({ status: 'failed', error: 'https_required' });
    // The workflow updates the row a moment before it ends.
    await engine.client.workflow.getHandle(failed!.id).result();
    await engine.db.updateTable('webhooks').set({ url: receiver.url }).where('id', '=', id).execute();
    expect(await requeueDelivery(engine.db, failed!.id)).toBe(true);
    expect(await requeueDelivery(engine.db, failed!.id)).toBe(false);
    await engine.client.workflow.execute(WORKFLOWS.delivery, {
      workflowId: failed!.id,
      taskQueue: engine.config.temporal.taskQueue,
      args: [{ delivery_id: failed!.id }],
    });
    expect(await settled(engine, id)).toEqual([
      expect.objectContaining({ id: failed!.id, status: 'sent', attempts: 1 }),
    ]);
    expect(receiver.posts[0]!.headers['webhook-id']).toBe(failed!.id);
  });

  test('does not hold up the approval that it is about', async () => {
    const { id } = await addWebhook(engine, receiver.url);
    receiver.answer(() => ({ status: 503 }));
    await decideOne();
    expect((await rowsOf(engine, id))[0]).toMatchObject({ status: 'queued' });
  });
});

describeWithTimeSkipping('a webhook whose receiver is away', () => {
  let environment: TestWorkflowEnvironment;
  let engine: Engine;
  let receiver: Receiver;
  beforeAll(async () => {
    quietRuntime();
    const payloadKeys = [{ kid: 'test', secret: randomBytes(32) }];
    environment = await timeSkippingEnvironment({ client: { dataConverter: createDataConverter(payloadKeys) } });
    const taskQueue = uniqueTaskQueue();
    const temporal = { address: environment.address, namespace: 'default', taskQueue };
    engine = await startEngine({ payloadKeys, temporal, webhookAllowHosts: ['127.0.0.1'] }, () => environment.client);
  }, 120_000);
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());
  afterAll(async () => {
    await engine.close();
    await environment.teardown();
  }, 60_000);

  async function deliver(): Promise<{ id: string; took_ms: number }> {
    const { id: webhook_id } = await addWebhook(engine, receiver.url);
    const id = newId('dlv');
    await engine.db
      .insertInto('deliveries')
      .values({ id, webhook_id, kind: 'approval.decided', channel: 'webhook', body: '{"a":1}' })
      .execute();
    const handle = await engine.client.workflow.start(WORKFLOWS.delivery, {
      workflowId: id,
      taskQueue: engine.config.temporal.taskQueue,
      args: [{ delivery_id: id }],
    });
    await handle.result();
    const { events } = await handle.fetchHistory();
    const [first, last] = [events![0]!, events!.at(-1)!].map(({ eventTime }) => Number(eventTime!.seconds) * 1000);
    return { id, took_ms: last! - first! };
  }

  test('is tried ten times in 75 to 84 hours and then fails, with a short history', async () => {
    receiver.answer(() => ({ status: 500 }));
    const { id, took_ms } = await deliver();
    expect(receiver.posts).toHaveLength(10);
    const HOUR_MS = 3_600_000;
    expect(took_ms).toBeGreaterThan(75 * HOUR_MS);
    expect(took_ms).toBeLessThan(84 * HOUR_MS);
    const row = await engine.db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ status: 'failed', attempts: 10, error: 'http_500' });
    expect((await engine.client.workflow.getHandle(id).fetchHistory()).events!.length).toBeLessThan(15);
    const ids = new Set(receiver.posts.map(({ headers }) => headers['webhook-id']));
    expect([...ids]).toEqual([id]);
  }, 120_000);

  test('and comes back after days receives it', async () => {
    receiver.answer(() => ({ status: receiver.posts.length < 8 ? 503 : 204 }));
    const { id } = await deliver();
    const row = await engine.db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ status: 'sent', attempts: 8, error: null });
  }, 120_000);

  test('is not called before the time that it asked for', async () => {
    receiver.answer(() =>
      receiver.posts.length < 2 ? { status: 503, headers: { 'retry-after': '7200' } } : { status: 200 },
    );
    const { took_ms } = await deliver();
    expect(took_ms).toBeGreaterThanOrEqual(7_200_000);
  }, 120_000);
});
