import { startReceiver } from '../../tests/support/receiver';
import { startStage, type ApiStage } from '../../tests/support/api';

const policy = (extra = '') => `
version: 1
${extra}
rules:
  - { id: pay, action: pay.*, effect: require_approval, flow: one }
  - { id: short, action: short.*, effect: require_approval, flow: one, valid_for: 1s }
flows:
  one:
    levels: [{ name: team, approvers: [role:lead], approve: 1 }]
`;

describe('redeeming an approval', () => {
  let stage: ApiStage;
  let lead: string;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const bearer = () => ({ authorization: `Bearer ${stage.adminToken}` });

  beforeAll(async () => {
    receiver = await startReceiver();
    stage = await startStage({ webhookAllowHosts: ['127.0.0.1'] });
    lead = (await stage.newPerson({ name: 'Lea', emails: ['lea@acme.example'], roles: ['lead'], channels: [] })).token;
    await stage.publish(policy());
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await receiver.close();
  });

  const ask = async (action = 'pay.out', agent_id = 'support-bot') => {
    const { json } = await stage.agent('/sdk/check', { agent_id, action, context: { amount: 5 } });
    return { id: json.approval_id as string, digest: json.digest as string };
  };
  const approved = async (action?: string, agent_id?: string) => {
    const asked = await ask(action, agent_id);
    expect(
      (await stage.as(lead, `/api/approvals/${asked.id}/votes`, { decision: 'approve', digest: asked.digest })).status,
    ).toBe(200);
    return asked;
  };
  const consume = (id: string, body: object) => stage.agent(`/sdk/approvals/${id}/consume`, body);

  test('works once, by digest or by context; the same use gets the same answer', async () => {
    const { id, digest } = await approved();
    const first = await consume(id, { digest, use_id: 'run-1' });
    expect(first).toMatchObject({ status: 200, json: { approval_id: id, use_id: 'run-1', digest } });
    const again = await consume(id, { context: { amount: 5 }, use_id: 'run-1' });
    expect(again.json).toEqual(first.json);
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(await consume(id, { digest, use_id: 'run-2' })).toMatchObject({
      status: 409,
      json: { code: 'already_consumed' },
    });
    expect((await stage.agent(`/sdk/approvals/${id}`)).json.grant).toMatchObject({
      state: 'consumed',
      use_id: 'run-1',
    });
  });

  test('tells the attempts of one call from another call of the same use', async () => {
    const { id, digest } = await approved();
    const attempt = async (key: string | null) => {
      const body = { digest, use_id: 'dlv_1' };
      const { headers, json } = await stage.agent(
        `/sdk/approvals/${id}/consume`,
        body,
        key === null ? {} : { 'idempotency-key': key },
      );
      expect(Object.keys(json).sort()).toEqual(['approval_id', 'consumed_at', 'digest', 'use_id']);
      return [headers.get('idempotent-replayed'), headers.get('consumed-by')];
    };
    expect(await attempt('call 1')).toEqual([null, 'this-call']);
    expect(await attempt('call 1')).toEqual(['true', 'this-call']);
    expect(await attempt('call 2')).toEqual(['true', 'another-call']);
    expect(await attempt(null)).toEqual(['true', null]);
    const other = await approved();
    const consumed = { digest: other.digest, use_id: 'dlv_1' };
    expect((await consume(other.id, consumed)).headers.get('consumed-by')).toBeNull();
    const later = await stage.agent(`/sdk/approvals/${other.id}/consume`, consumed, { 'idempotency-key': 'call 1' });
    expect(later.headers.get('consumed-by')).toBe('another-call');
  });

  test('one of twenty at once', async () => {
    const { id, digest } = await approved();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => consume(id, { digest, use_id: `run-${i}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ json }) => json.code === 'already_consumed')).toHaveLength(19);
    const entries = (await stage.as(stage.adminToken, `/api/audit?type=approval.consumed&approval_id=${id}`)).json
      .items;
    expect(entries).toHaveLength(1);
  });

  test.each([
    ['revoking', (id: string) => stage.as(stage.adminToken, `/api/approvals/${id}/revoke`, { reason: 'stop' })],
    ['publishing a deny', () => stage.publish(policy('guardrails: [{ id: s, action: pay.race, effect: deny }]'))],
  ])('against %s at the same moment: one of the two, and everybody is told the same (T13)', async (_, stop) => {
    for (let round = 0; round < 5; round++) {
      const asked = await approved('pay.race');
      const uses = Array.from({ length: 4 }, (_, use) =>
        consume(asked.id, { digest: asked.digest, use_id: `u${use}` }),
      );
      const answers = (await Promise.all([...uses, stop(asked.id)])).slice(0, 4) as Awaited<(typeof uses)[0]>[];
      const done = answers.filter(({ status }) => status === 200);
      expect(done.length).toBeLessThanOrEqual(1);
      for (const { status, json } of answers.filter((answer) => !done.includes(answer)))
        expect([status, json.code]).toEqual([
          409,
          expect.stringMatching(done.length === 1 ? /already_consumed|policy_changed/ : /grant_revoked|policy_changed/),
        ]);
      const { grant } = (await stage.agent(`/sdk/approvals/${asked.id}`)).json;
      expect(grant.use_id).toBe(done[0]?.json.use_id ?? null);
      await stage.publish(policy());
    }
  });

  test('refuses other bytes, writes that down, and leaves the grant as it was', async () => {
    const { id, digest } = await approved();
    expect(await consume(id, { context: { amount: 50_000 }, use_id: 'run' })).toMatchObject({
      status: 409,
      json: { code: 'digest_mismatch' },
    });
    const entries = (await stage.as(stage.adminToken, `/api/audit?type=approval.consume_refused&approval_id=${id}`))
      .json.items;
    expect(entries).toMatchObject([{ reason_code: 'digest_mismatch', actor: { type: 'agent', id: 'support-bot' } }]);
    expect((await consume(id, { digest, use_id: 'run' })).status).toBe(200);
  });

  test('refuses what is not approved, and a body that says both or neither', async () => {
    const { id, digest } = await ask();
    expect(await consume(id, { digest, use_id: 'run' })).toMatchObject({
      status: 409,
      json: { code: 'not_approved', outcome: { status: 'pending' }, detail: expect.stringContaining('Wait until') },
    });
    expect((await consume(id, { use_id: 'run' })).status).toBe(400);
    expect((await consume(id, { digest, context: {}, use_id: 'run' })).status).toBe(400);
  });

  test('refuses after its time', async () => {
    const { id, digest } = await approved('short.lived');
    const late = async () => (await consume(id, { digest, use_id: 'late' })).json.code as string;
    for (
      const end = Date.now() + 10_000;
      (await stage.agent(`/sdk/approvals/${id}`)).json.grant.state !== 'expired' && Date.now() < end;
    );
    expect(await late()).toBe('grant_expired');
  });

  test('refuses after it was revoked; revoking needs a reason and is too late once it was used', async () => {
    const { id, digest } = await approved();
    const revoke = (token: string, body: object, approval = id) =>
      stage.as(token, `/api/approvals/${approval}/revoke`, body);
    const { token: stranger } = await stage.newPerson({ name: 'Stranger', emails: ['s@acme.example'], channels: [] });
    expect((await revoke(stranger, { reason: 'no' })).status).toBe(404);
    expect((await revoke(lead, {})).status).toBe(400);
    expect(await revoke(lead, { reason: 'wrong account' })).toMatchObject({
      status: 200,
      json: { grant: { state: 'revoked' } },
    });
    expect((await revoke(lead, { reason: 'again' })).status).toBe(200);
    expect(await consume(id, { digest, use_id: 'run' })).toMatchObject({
      status: 409,
      json: { code: 'grant_revoked' },
    });
    expect(
      (await stage.as(stage.adminToken, `/api/audit?type=approval.revoked&approval_id=${id}`)).json.items,
    ).toMatchObject([{ comment: 'wrong account', actor: { name: 'Lea' } }]);
    const used = await approved();
    await consume(used.id, { digest: used.digest, use_id: 'run' });
    expect(await revoke(lead, { reason: 'late' }, used.id)).toMatchObject({
      status: 409,
      json: { code: 'already_consumed' },
    });
    const pending = await ask();
    expect(await revoke(lead, { reason: 'early' }, pending.id)).toMatchObject({
      status: 409,
      json: { code: 'not_approved' },
    });
  });

  test('refuses a suspended agent, and what a later guardrail denies', async () => {
    await stage.as(stage.adminToken, '/api/agents', { name: 'Pay bot', id: 'pay-bot' });
    const [one, other] = [await approved('pay.later', 'pay-bot'), await approved('pay.later')];
    await stage.call('/api/agents/pay-bot', { method: 'PATCH', body: { status: 'inactive' }, headers: bearer() });
    expect(await consume(one.id, { digest: one.digest, use_id: 'run' })).toMatchObject({
      status: 409,
      json: { code: 'agent_suspended' },
    });
    await stage.publish(policy("guardrails: [{ id: stop, action: pay.later, effect: deny, reason: 'Payments rest' }]"));
    expect(await consume(other.id, { digest: other.digest, use_id: 'run' })).toMatchObject({
      status: 409,
      json: { code: 'policy_changed', detail: expect.stringContaining('Payments rest') },
    });
    expect((await stage.agent(`/sdk/approvals/${other.id}`)).json.grant.state).toBe('ready');
    await stage.publish(policy());
    expect((await consume(other.id, { digest: other.digest, use_id: 'run' })).status).toBe(200);
  });

  test('tells endpoints that asked for it', async () => {
    const { json: endpoint } = await stage.as(stage.adminToken, '/api/webhooks', {
      url: receiver.url,
      types: ['approval.consumed', 'approval.revoked', 'check.denied'],
    });
    const [used, revoked] = [await approved(), await approved()];
    await consume(used.id, { digest: used.digest, use_id: 'run' });
    await stage.as(lead, `/api/approvals/${revoked.id}/revoke`, { reason: 'no' });
    await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'never.allowed' });
    const types = async () =>
      (await stage.as(stage.adminToken, `/api/webhooks/${endpoint.id}/deliveries`)).json.items
        .filter(({ status }: any) => status === 'sent')
        .map(({ type }: any) => type);
    for (const end = Date.now() + 20_000; (await types()).length < 3 && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await types()).toSorted()).toEqual(['approval.consumed', 'approval.revoked', 'check.denied']);
  }, 30_000);

  test('an agent sees and uses only what is its own', async () => {
    const { id, digest } = await approved();
    const foreign = { 'x-api-key': await stage.newKey(['other-*']) };
    const tries = [
      stage.call(`/sdk/approvals/${id}`, { headers: foreign }),
      stage.call(`/sdk/approvals/${id}?wait=1`, { headers: foreign }),
      stage.call(`/sdk/approvals/${id}/cancel`, { body: {}, headers: foreign }),
      stage.call(`/sdk/approvals/${id}/consume`, { body: { digest, use_id: 'mine' }, headers: foreign }),
    ];
    const [first, ...others] = await Promise.all(tries);
    expect(first).toMatchObject({ status: 404, json: { code: 'not_found' } });
    for (const { status, json } of others)
      expect({ status, detail: json.detail }).toEqual({ status: 404, detail: first!.json.detail });
    expect((await stage.agent('/sdk/approvals/apr_nothere')).json.detail.replace('apr_nothere', id)).toBe(
      first!.json.detail,
    );
  });

  test('what the agent then did is in the audit', async () => {
    const { id } = await approved();
    const logged = await stage.agent('/sdk/log', {
      agent_id: 'support-bot',
      action: 'pay.out',
      status: 'success',
      context: null,
      approval_id: id,
    });
    expect(logged).toMatchObject({
      status: 201,
      json: {
        agent_id: 'support-bot',
        organization_id: 'org_default',
        status: 'success',
        context: {},
        created_at: expect.any(String),
      },
    });
    const [entry] = (await stage.as(stage.adminToken, `/api/audit?type=action.logged&approval_id=${id}`)).json.items;
    expect(entry).toMatchObject({ id: logged.json.id, data: { status: 'success' } });
    expect((await stage.as(stage.adminToken, '/api/audit/verify')).json).toMatchObject({ ok: true, first_bad: null });
  });
});
