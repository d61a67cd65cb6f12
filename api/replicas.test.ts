import pino from 'pino';
import { startStage, type ApiStage } from '../tests/support/api';
import { startApi, type RunningApi } from './server';

const tight = (effect: string) => `
version: 1
rules:
  - { id: pay, action: pay.*, effect: ${effect} }
  - { id: ask, action: ask.*, effect: require_approval }
`;

/** Two API processes on one database: a change by one applies to the next answer of the other. */
describe('two replicas', () => {
  let stage: ApiStage;
  let other: RunningApi;

  beforeAll(async () => {
    stage = await startStage();
    other = await startApi(stage.engine.config, pino({ level: 'silent' }));
    await stage.publish(tight('allow'));
  }, 60_000);
  afterEach(() => void jest.useRealTimers());
  afterAll(async () => {
    await other.stop();
    await stage.close();
  }, 30_000);

  const at = async ({ url }: { url: string }, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-api-key': stage.key, 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as any, headers: response.headers };
  };
  const check = (api: { url: string }, action: string, headers = {}) =>
    at(api, '/sdk/check', { agent_id: 'support-bot', action }, headers);
  const asAdmin = () => ({ authorization: `Bearer ${stage.adminToken}`, 'x-api-key': '' });

  test('no check that begins after a policy was tightened is answered by the old one', async () => {
    for (let round = 0; round < 10; round++) {
      expect((await check(other, 'pay.out')).json.decision).toBe('allow');
      await stage.publish(tight('deny'));
      expect((await check(other, 'pay.out')).json).toMatchObject({ decision: 'deny', reason_code: 'policy_rule' });
      await stage.publish(tight('allow'));
    }
  });

  test('under load, no answer is newer than its policy', async () => {
    let published = 0;
    const answers: { began: number; rule: number }[] = [];
    const ask = async () => {
      for (let i = 0; i < 40; i++) {
        const began = published;
        answers.push({ began, rule: (await check(i % 2 === 0 ? stage.api : other, 'pay.out')).json.policy.version });
      }
    };
    const publish = async () => {
      for (let i = 0; i < 10; i++) {
        await stage.publish(tight(i % 2 === 0 ? 'deny' : 'allow'));
        const { version } = await stage.engine.db
          .selectFrom('policy_versions')
          .select((eb) => eb.fn.max('version').as('version'))
          .executeTakeFirstOrThrow();
        published = version;
      }
    };
    await Promise.all([ask(), ask(), ask(), publish()]);
    for (const { began, rule } of answers) expect(rule).toBeGreaterThanOrEqual(began);
    await stage.publish(tight('allow'));
  }, 30_000);

  test('a key that was made here works there, and one that was revoked here does not', async () => {
    const { json: made } = await stage.as(stage.adminToken, '/api/keys', { agents: ['support-bot'] });
    const use = () => check(other, 'pay.out', { 'x-api-key': made.key });
    expect((await use()).status).toBe(200);
    await stage.call(`/api/keys/${made.id}`, { method: 'DELETE', headers: asAdmin() });
    expect((await use()).json.code).toBe('unauthenticated');
    expect((await at(other, '/sdk/approvals/apr_x', undefined, { 'x-api-key': made.key })).status).toBe(401);
  });

  test('an agent that was made here is known there, and one that was switched off here is stopped there', async () => {
    await stage.as(stage.adminToken, '/api/agents', { name: 'Twin', id: 'twin' });
    const use = () => at(other, '/sdk/check', { agent_id: 'twin', action: 'pay.out' });
    expect((await use()).json.decision).toBe('allow');
    await stage.call('/api/agents/twin', { method: 'PATCH', body: { status: 'inactive' }, headers: asAdmin() });
    expect((await use()).json.reason_code).toBe('agent_suspended');
    await stage.call('/api/agents/twin', { method: 'DELETE', headers: asAdmin() });
    expect((await use()).json.code).toBe('agent_not_found');
  });

  test('a hundred equal requests over both make one approval', async () => {
    const key = { 'idempotency-key': 'both' };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => check(i % 2 === 0 ? stage.api : other, 'ask.once', key)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ json }) => json.approval_id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  }, 30_000);

  test('whoever waits here learns what was decided there', async () => {
    const { json } = await check(stage.api, 'ask.wait');
    // The clock is stopped, so only the notification can cause another read.
    jest.useFakeTimers({
      doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'setInterval', 'performance'],
    });
    const waiting = at(stage.api, `/sdk/approvals/${json.approval_id}?wait=20`);
    const voted = await at(
      other,
      `/api/approvals/${json.approval_id}/votes`,
      { decision: 'deny', digest: json.digest },
      asAdmin(),
    );
    expect(voted.status).toBe(200);
    expect((await waiting).json).toMatchObject({ status: 'denied', decided_by: { name: 'Ada Admin' } });
  }, 30_000);

  test('twenty redemptions over both: one', async () => {
    const { json } = await check(stage.api, 'ask.redeem');
    const path = `/sdk/approvals/${json.approval_id}`;
    await at(
      other,
      `/api/approvals/${json.approval_id}/votes`,
      { decision: 'approve', digest: json.digest },
      asAdmin(),
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        at(i % 2 === 0 ? stage.api : other, `${path}/consume`, { digest: json.digest, use_id: `use ${i}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, json: refused } of answers.filter((answer) => answer.status !== 200))
      expect({ status, code: refused.code }).toEqual({ status: 409, code: 'already_consumed' });
  }, 30_000);

  test('both write one audit without a fork', async () => {
    const { json } = await stage.as(stage.adminToken, '/api/audit/verify');
    expect(json).toMatchObject({ ok: true, first_bad: null });
    expect(json.entries).toBeGreaterThan(150);
  });
});
