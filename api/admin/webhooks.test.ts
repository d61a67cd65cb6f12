import { Client } from 'pg';
import pino from 'pino';
import { Webhook } from 'standardwebhooks';
import { startReceiver, type Receiver } from '../../tests/support/receiver';
import { startStage, type ApiStage } from '../../tests/support/api';
import { startLostDeliveries } from '../../application/webhook-events';
import { cancelForSuspendedAgents } from '../../application/suspend-agent';
import { startApi } from '../server';

describe('webhooks', () => {
  let stage: ApiStage;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
    stage = await startStage({ webhookAllowHosts: ['127.0.0.1'] });
    await stage.as(stage.adminToken, '/api/agents/support-bot/permissions', {
      action: 'ask.*',
      requires_approval: true,
    });
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await receiver.close();
  });
  beforeEach(() => {
    receiver.received.length = 0;
    receiver.status = 204;
  });

  const endpoint = async (fields: object) =>
    (await stage.as(stage.adminToken, '/api/webhooks', { url: receiver.url, ...fields })).json as {
      id: string;
      secret: string;
    };
  const remove = (id: string) =>
    stage.call(`/api/webhooks/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${stage.adminToken}` } });
  const deliveries = async (id: string) =>
    (await stage.as(stage.adminToken, `/api/webhooks/${id}/deliveries`)).json.items as any[];
  const until = async <T>(look: () => Promise<T | undefined> | T | undefined, limit_ms = 20_000): Promise<T> => {
    for (const end = Date.now() + limit_ms; Date.now() < end;) {
      const found = await look();
      if (found !== undefined) return found;
      await stage.call('/healthz');
    }
    throw new Error('it did not happen in time');
  };
  const ended = async (id: string, count = 1) =>
    until(async () => {
      const rows = await deliveries(id);
      return rows.length >= count && rows.every(({ status }) => status !== 'queued') ? rows : undefined;
    });

  test('tell of a denied check that was answered just before the server stopped', async () => {
    const { id } = await endpoint({ types: ['check.denied'] });
    const api = await startApi(stage.engine.config, pino({ level: 'silent' }));
    // The lock makes the query for endpoints wait. The answer must not wait for it.
    const slow = new Client({ connectionString: stage.engine.config.databaseUrl });
    await slow.connect();
    await slow.query('begin; lock table webhooks in access exclusive mode');
    const response = await fetch(`${api.url}/sdk/check`, {
      method: 'POST',
      headers: { 'x-api-key': stage.key, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ agent_id: 'support-bot', action: 'never.allowed' }),
    });
    expect(await response.json()).toMatchObject({ decision: 'deny' });
    const stopping = api.stop();
    await until(() =>
      fetch(api.url).then(
        () => undefined,
        () => true,
      ),
    );
    await slow.end();
    await stopping;
    expect(await deliveries(id)).toHaveLength(1);
    await remove(id);
  });

  test('tell of a denied check, signed, with what was asked and why it was refused', async () => {
    const { id, secret } = await endpoint({ types: ['check.denied'] });
    const { json } = await stage.agent('/sdk/check', {
      agent_id: 'support-bot',
      action: 'never.allowed',
      context: { amount: 5 },
    });
    await ended(id);
    const [{ body, headers }] = receiver.received as [{ body: string; headers: Record<string, string> }];
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({
      type: 'check.denied',
      event: 'check.denied',
      approval_id: null,
      agent_id: 'support-bot',
      action: 'never.allowed',
      data: { check_id: json.check_id, reason_code: 'no_rule', context: { amount: 5 }, digest: json.digest },
    });
    expect(JSON.parse(body)).not.toHaveProperty('decision');
    await remove(id);
  });

  test('reach only endpoints that asked for the type and the agent', async () => {
    const right = await endpoint({ types: ['check.denied'], agents: ['support-*'] });
    const byName = await endpoint({ types: ['check.denied'], agents: ['Support bot'] });
    const wrongAgent = await endpoint({ types: ['check.denied'], agents: ['other-*'] });
    const wrongType = await endpoint({ types: ['approval.revoked'] });
    await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'never.allowed' });
    for (const { id } of [right, byName]) expect(await ended(id)).toHaveLength(1);
    expect(await deliveries(wrongAgent.id)).toEqual([]);
    expect(await deliveries(wrongType.id)).toEqual([]);
    for (const { id } of [right, byName, wrongAgent, wrongType]) await remove(id);
  });

  test('are sent once more on demand, with the same id and body', async () => {
    const { id } = await endpoint({ types: ['check.denied'] });
    await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'never.allowed' });
    const [first] = await ended(id);
    expect(first).toMatchObject({ webhook_id: id, type: 'check.denied', status: 'sent', attempts: 1, error: null });
    const again = await stage.as(stage.adminToken, `/api/deliveries/${first.id}/redeliver`, {});
    expect(again).toMatchObject({ status: 200, json: { id: first.id } });
    await until(() => (receiver.received.length === 2 ? true : undefined));
    const [one, other] = receiver.received;
    expect(other!.body).toBe(one!.body);
    expect(other!.headers['webhook-id']).toBe(one!.headers['webhook-id']);
    await ended(id);
    await remove(id);
  });

  test('that are refused are tried again, so sending once more has to wait', async () => {
    receiver.status = 500;
    const { id } = await endpoint({ types: ['check.denied'] });
    await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'never.allowed' });
    const tried = await until(async () => (await deliveries(id)).find(({ attempts }) => attempts > 0));
    expect(tried).toMatchObject({ status: 'queued' });
    const again = await stage.as(stage.adminToken, `/api/deliveries/${tried.id}/redeliver`, {});
    expect(again).toMatchObject({ status: 409, json: { code: 'in_progress' } });
    await remove(id);
  });

  test('whose start got lost are made up for, and those under way are left alone', async () => {
    const { id } = await endpoint({ types: ['approval.revoked'] });
    const long_ago = new Date(Date.now() - 60_000);
    const row = { channel: 'webhook', kind: 'approval.revoked', webhook_id: id, body: '{"lost":true}' };
    await stage.engine.db
      .insertInto('deliveries')
      .values([
        { ...row, id: 'dlv_lost', created_at: long_ago },
        // Too young during the whole test: the API itself also starts lost deliveries in the background.
        { ...row, id: 'dlv_young', created_at: new Date(Date.now() + 60_000) },
      ])
      .execute();
    await startLostDeliveries(stage.api.deps);
    await until(() => (receiver.received.length > 0 ? true : undefined));
    expect(receiver.received.map(({ body }) => body)).toEqual(['{"lost":true}']);
    await startLostDeliveries(stage.api.deps);
    const rows = await until(async () => {
      const all = await deliveries(id);
      return all.some(({ status }) => status === 'sent') ? all : undefined;
    });
    expect(Object.fromEntries(rows.map((delivery) => [delivery.id, delivery.status]))).toEqual({
      dlv_lost: 'sent',
      dlv_young: 'queued',
    });
    await remove(id);
  });

  test('pending approvals of an agent whose suspension got lost end all the same', async () => {
    await stage.as(stage.adminToken, '/api/agents', { name: 'Lost', id: 'lost' });
    await stage.as(stage.adminToken, '/api/agents/lost/permissions', { action: 'a', requires_approval: true });
    const { json } = await stage.agent('/sdk/check', { agent_id: 'lost', action: 'a' });
    await stage.agent(`/sdk/approvals/${json.approval_id}`);
    await stage.engine.db.updateTable('agents').set({ status: 'inactive' }).where('id', '=', 'lost').execute();
    await cancelForSuspendedAgents(stage.api.deps);
    expect((await stage.agent(`/sdk/approvals/${json.approval_id}?wait=20`)).json).toMatchObject({
      status: 'cancelled',
      reason_code: 'agent_suspended',
      decided_by: null,
    });
    await cancelForSuspendedAgents(stage.api.deps);
  }, 30_000);

  test('a deleted agent’s key still sees how its approval ended', async () => {
    await stage.as(stage.adminToken, '/api/agents', { name: 'Brief', id: 'brief' });
    await stage.as(stage.adminToken, '/api/agents/brief/permissions', { action: 'a', requires_approval: true });
    const { json } = await stage.agent('/sdk/check', { agent_id: 'brief', action: 'a' });
    await stage.agent(`/sdk/approvals/${json.approval_id}`);
    await stage.call('/api/agents/brief', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${stage.adminToken}` },
    });
    expect((await stage.agent(`/sdk/approvals/${json.approval_id}?wait=20`)).json.status).toBe('cancelled');
  }, 30_000);

  test('list what was sent page by page', async () => {
    const { id } = await endpoint({ types: ['approval.revoked'] });
    const rows = Array.from({ length: 5 }, (_, i) => ({
      id: `dlv_page${i}`,
      channel: 'webhook',
      kind: 'approval.revoked',
      webhook_id: id,
      body: '{}',
      status: 'sent' as const,
      created_at: new Date(1_700_000_000_000 + Math.floor(i / 2)),
    }));
    await stage.engine.db.insertInto('deliveries').values(rows).execute();
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { json } = await stage.as(stage.adminToken, `/api/webhooks/${id}/deliveries?limit=2${cursor}`);
      seen.push(...json.items.map((delivery: { id: string }) => delivery.id));
      if (json.next_cursor === null) break;
      cursor = `&cursor=${json.next_cursor}`;
    }
    expect(seen).toEqual(['dlv_page4', 'dlv_page3', 'dlv_page2', 'dlv_page1', 'dlv_page0']);
    await remove(id);
  });
});
