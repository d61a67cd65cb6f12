import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { startApi, type RunningApi } from './server';
import { startStage, type ApiStage } from '../tests/support/api';
import { until } from '../tests/support/product';

/** A TCP proxy to Postgres that a test can cut and restore. */
async function startWire(url: string) {
  const target = new URL(url);
  const [port, host] = [Number(target.port), target.hostname];
  const open = new Set<Socket>();
  let cut = false;
  const server = createServer((near) => {
    if (cut) return void near.destroy();
    const far = connect(port, host);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket)).on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: target.href,
    cut: () => {
      cut = true;
      for (const socket of open) socket.destroy();
    },
    mend: () => void (cut = false),
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('while a part is away', () => {
  let stage: ApiStage;
  let wire: Awaited<ReturnType<typeof startWire>>;
  let withoutTemporal: RunningApi;
  let wired: RunningApi;
  const quiet = pino({ level: 'silent' });

  beforeAll(async () => {
    stage = await startStage();
    await stage.as(stage.adminToken, '/api/agents/support-bot/permissions', { action: 'ask', requires_approval: true });
    await stage.as(stage.adminToken, '/api/agents/support-bot/permissions', { action: 'go', requires_approval: false });
    const { config } = stage.engine;
    wire = await startWire(config.databaseUrl);
    withoutTemporal = await startApi({ ...config, temporal: { ...config.temporal, address: '127.0.0.1:1' } }, quiet);
    wired = await startApi({ ...config, databaseUrl: wire.url }, quiet);
  }, 60_000);
  afterAll(async () => {
    wire.mend();
    await Promise.all([withoutTemporal?.stop(), wired?.stop()]);
    await wire.close();
    await stage.close();
  }, 30_000);

  const at = async ({ url }: RunningApi, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-api-key': stage.key, 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return {
      status: response.status,
      json: (await response.json()) as any,
      retry: response.headers.get('retry-after'),
    };
  };
  const check = (api: RunningApi, action: string, headers = {}) =>
    at(api, '/sdk/check', { agent_id: 'support-bot', action }, headers);

  test('without Temporal allow and deny are answered, and asking people is 503 that a retry turns into one approval', async () => {
    expect((await check(withoutTemporal, 'go')).json.decision).toBe('allow');
    expect((await check(withoutTemporal, 'other')).json.decision).toBe('deny');
    const key = { 'idempotency-key': 'through the gap' };
    const failed = await check(withoutTemporal, 'ask', key);
    expect(failed).toMatchObject({ status: 503, json: { code: 'unavailable' }, retry: expect.stringMatching(/^\d+$/) });
    const answered = await check(stage.api, 'ask', key);
    expect(answered).toMatchObject({ status: 200, json: { decision: 'require_approval' } });
    expect((await check(withoutTemporal, 'ask', key)).json).toEqual(answered.json);
    expect(await at(withoutTemporal, '/readyz')).toMatchObject({
      status: 200,
      json: { status: 'degraded', checks: { postgres: 'ok', temporal: 'away', worker: 'away' } },
    });
  }, 30_000);

  test('without Temporal a vote’s outcome is unknown, and the retry counts it once', async () => {
    const { json } = await check(stage.api, 'ask');
    await at(stage.api, `/sdk/approvals/${json.approval_id}`);
    const body = { decision: 'approve', digest: json.digest };
    const headers = { authorization: `Bearer ${stage.adminToken}`, 'x-api-key': '', 'idempotency-key': 'vote' };
    const path = `/api/approvals/${json.approval_id}/votes`;
    expect(await at(withoutTemporal, path, body, headers)).toMatchObject({
      status: 503,
      json: { code: 'outcome_unknown' },
      retry: expect.any(String),
    });
    const first = await at(stage.api, path, body, headers);
    expect(first).toMatchObject({ status: 200, json: { vote: { counted: true } } });
    expect(await at(withoutTemporal, path, body, headers)).toMatchObject({
      status: 200,
      json: { vote: { id: first.json.vote.id } },
    });
  }, 30_000);

  test('without Postgres every check is 503, an allow too; when it is back, so are the answers, and whoever waited learns the outcome', async () => {
    expect((await check(wired, 'go')).status).toBe(200);
    const { json } = await check(stage.api, 'ask');
    await at(stage.api, `/sdk/approvals/${json.approval_id}`);
    const waiting = at(wired, `/sdk/approvals/${json.approval_id}?wait=50`);
    await until('it waits', () => wired.deps.changes.waiting() === 1);
    wire.cut();
    for (const answer of await Promise.all([
      check(wired, 'go'),
      check(wired, 'go', { 'idempotency-key': 'x' }),
      at(wired, '/sdk/log', { agent_id: 'support-bot', action: 'go', status: 'success' }),
    ])) {
      expect(answer).toMatchObject({
        status: 503,
        json: { code: 'unavailable' },
        retry: expect.stringMatching(/^\d+$/),
      });
    }
    expect((await at(wired, '/readyz')).status).toBe(503);
    expect((await at(wired, '/healthz')).status).toBe(200);
    await at(stage.api, `/sdk/approvals/${json.approval_id}/cancel`, {});
    wire.mend();
    expect((await waiting).json).toMatchObject({ status: 'cancelled' });
    for (const end = Date.now() + 10_000; (await check(wired, 'go')).status !== 200 && Date.now() < end;);
    expect((await check(wired, 'go')).json.decision).toBe('allow');
  }, 60_000);

  test('a stopping server lets go of whoever waits', async () => {
    const api = await startApi(stage.engine.config, quiet);
    const { json } = await check(stage.api, 'ask');
    await at(api, `/sdk/approvals/${json.approval_id}`);
    const waiting = at(api, `/sdk/approvals/${json.approval_id}?wait=60`);
    await until('it waits', () => api.deps.changes.waiting() === 1);
    await Promise.all([api.stop(), api.stop()]);
    // The waiting request gets an answer, before the stop cuts open connections after ten seconds.
    expect((await waiting).json.status).toBe('pending');
  }, 30_000);

  test('a port in use is told in one sentence', async () => {
    await expect(startApi({ ...stage.engine.config, port: stage.api.port }, quiet)).rejects.toThrow(
      /port \d+ on 127\.0\.0\.1 is in use/,
    );
  });
});
