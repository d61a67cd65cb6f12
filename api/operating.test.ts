import { startStage, type ApiStage } from '../tests/support/api';

describe('what owners and operators read', () => {
  let stage: ApiStage;
  let token: string;
  beforeAll(async () => {
    stage = await startStage({ webhookAllowHosts: ['hooks.test'], metricsToken: 'scrape-me' });
    token = stage.adminToken;
  }, 60_000);
  afterAll(() => stage.close());

  const get = (path: string) => stage.as(token, path);
  const post = (path: string, body: unknown) => stage.as(token, path, body);
  const send = (method: string, path: string, body?: unknown) =>
    stage.call(path, { method, body, headers: { authorization: `Bearer ${token}` } });

  describe('webhooks', () => {
    test('show their secret when made and when rotated, and never again', async () => {
      const made = await post('/api/webhooks', { url: 'https://hooks.acme.example/aw' });
      expect(made).toMatchObject({
        status: 201,
        json: {
          types: ['approval.decided'],
          agents: ['*'],
          status: 'active',
          secret: expect.stringMatching(/^whsec_/),
        },
      });
      const { id, secret } = made.json;
      const rotated = await send('POST', `/api/webhooks/${id}/rotate`);
      expect(rotated.json).toMatchObject({
        secret: expect.stringMatching(/^whsec_/),
        old_valid_until: expect.any(String),
      });
      expect(rotated.json.secret).not.toBe(secret);
      expect((await get('/api/webhooks')).text).not.toContain('whsec_');
      expect(
        (await send('PATCH', `/api/webhooks/${id}`, { status: 'disabled', types: ['approval.voted'] })).json,
      ).toMatchObject({ status: 'disabled', types: ['approval.voted'] });
      expect((await get(`/api/webhooks/${id}/deliveries`)).json).toEqual({ items: [], next_cursor: null });
      expect((await send('DELETE', `/api/webhooks/${id}`)).status).toBe(204);
      expect((await get(`/api/webhooks/${id}/deliveries`)).status).toBe(404);
      expect((await send('POST', '/api/deliveries/dlv_none/redeliver')).status).toBe(404);
    });

    test.each([
      ['http://hooks.acme.example', 400],
      ['http://hooks.test/x', 201],
      ['https://user:pw@acme.example', 400],
      ['ftp://acme.example', 400],
      ['not a url', 400],
      ['https://127.0.0.1/', 400],
      ['https://2130706433/', 400],
      ['https://[::ffff:10.0.0.1]/', 400],
      ['https://localhost/hook', 400],
      ['https://api.localhost./hook', 400],
      ['https://0x7f.1/', 400],
    ])('take %s: %i', async (url, status) => {
      expect((await post('/api/webhooks', { url })).status).toBe(status);
    });
  });

  describe('figures and the audit', () => {
    test('count what happened, by whatever one asks for', async () => {
      expect((await get('/api/metrics/approvals')).json).toMatchObject({
        approval_rate: null,
        average_response_seconds: null,
        pending: 0,
        top_actions: [],
        series: [],
      });
      await post('/api/agents/support-bot/permissions', { action: 'pay.*', requires_approval: true });
      const ask = async (action: string) => (await stage.agent('/sdk/check', { agent_id: 'support-bot', action })).json;
      for (const decision of ['approve', 'approve', 'deny']) {
        const { approval_id, digest } = await ask('pay.out');
        expect((await post(`/api/approvals/${approval_id}/votes`, { decision, digest })).status).toBe(200);
      }
      await stage.agent(`/sdk/approvals/${(await ask('pay.in')).approval_id}/cancel`, {});
      const { json } = await get('/api/metrics/approvals?group_by=action');
      expect(json).toMatchObject({
        approval_rate: expect.closeTo(2 / 3),
        approved: 2,
        denied: 1,
        cancelled: 1,
        pending: 0,
        top_actions: [
          { action: 'pay.out', count: 3 },
          { action: 'pay.in', count: 1 },
        ],
        series: [
          { key: 'pay.in', approved: 0, approval_rate: null },
          { key: 'pay.out', approved: 2, denied: 1 },
        ],
      });
      expect(json.average_response_seconds).toBeGreaterThan(0);
      expect(json.p95_response_seconds).toBeGreaterThanOrEqual(json.median_response_seconds);
      const keys = async (group: string) =>
        (await get(`/api/metrics/approvals?group_by=${group}&from=2020-01-01`)).json.series.map(({ key }: any) => key);
      expect(await keys('agent')).toEqual(['support-bot']);
      expect(await keys('reviewer')).toEqual([stage.admin.id]);
      expect(await keys('level')).toEqual(['admins']);
      expect(await keys('channel')).toEqual(['api']);
      expect(await keys('day')).toHaveLength(1);
      expect((await get('/api/metrics/approvals?from=2026-02-01&to=2026-01-01')).status).toBe(400);
    });

    test('are read by admins and auditors, and the chain holds', async () => {
      const auditor = (await stage.newPerson({ name: 'Audrey', emails: ['audrey@acme.example'], roles: ['auditor'] }))
        .token;
      const nobody = (await stage.newPerson({ name: 'Noa', emails: ['noa@acme.example'] })).token;
      expect((await stage.as(auditor, '/api/audit/verify')).json).toMatchObject({ ok: true, first_bad: null });
      const first = (await stage.as(auditor, '/api/audit?limit=2')).json;
      const second = (await stage.as(auditor, `/api/audit?limit=2&cursor=${first.next_cursor}`)).json;
      expect(first.items[1].prev).toBe(second.items[0].hash);
      const types = async (actor: string) =>
        (await stage.as(auditor, `/api/audit?limit=200&actor=${encodeURIComponent(actor)}`)).json.items.map(
          ({ actor: { id }, type }: any) => `${id} ${type}`,
        );
      const { emails, id } = (await get('/api/session')).json.user;
      expect(await types(emails[0].toUpperCase())).toEqual(await types(id));
      expect(await types(id)).toContain(`${id} approval.voted`);
      expect(await types('Support bot')).toEqual(await types('support-bot'));
      expect(await types('support-bot')).toContain('support-bot check');
      expect(await types('nobody@acme.example')).toEqual([]);
      for (const path of [
        '/api/audit',
        '/api/audit/verify',
        '/api/metrics/approvals',
        '/api/users',
        '/api/keys',
        '/api/policy',
        '/api/webhooks',
        '/api/agents',
      ]) {
        expect((await stage.as(nobody, path)).status).toBe(403);
        expect((await stage.as(auditor, path)).status).toBe(200);
      }
      expect((await stage.as(auditor, '/api/agents', { name: 'No' })).status).toBe(403);
    });
  });

  describe('operators', () => {
    test('learn whether it lives and what it reaches', async () => {
      expect((await stage.call('/healthz')).json).toEqual({ status: 'ok' });
      const ready = async () => (await stage.call('/readyz')).json;
      for (const end = Date.now() + 10_000; (await ready()).status !== 'ok' && Date.now() < end;);
      expect(await ready()).toEqual({ status: 'ok', checks: { postgres: 'ok', temporal: 'ok', worker: 'ok' } });
    });

    test('scrape from this machine, or with the token where a proxy stands between', async () => {
      expect((await stage.call('/metrics')).text).toMatch(/agentwarden_checks_total[^]*agentwarden_waiting_requests 0/);
      const proxied = { 'x-forwarded-for': '203.0.113.9' };
      expect((await stage.call('/metrics', { headers: proxied })).status).toBe(401);
      expect(
        (await stage.call('/metrics', { headers: { ...proxied, authorization: 'Bearer scrape-me' } })).status,
      ).toBe(200);
    });

    test('read the contract, as data and as a page without anything from elsewhere', async () => {
      expect((await stage.call('/openapi.json')).json).toMatchObject({
        openapi: '3.1.0',
        servers: [{ url: '/' }],
      });
      const docs = await stage.call('/docs');
      expect(docs.text).toContain('/sdk/check');
      expect(docs.text).toContain('<span class="mono">wait</span>');
      expect(docs.text).not.toMatch(/<script|<link|<img/);
    });
  });
});
