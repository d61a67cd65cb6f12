import { createAgent, deleteAgent, updateAgent } from '../../db/agents';
import { digestOf } from '../../domain/digest';
import { startStage, type ApiStage } from '../../tests/support/api';

const POLICY = `
version: 1
guardrails:
  - id: sane
    action: stripe.refund.*
    when: 'context.amount <= 0.0'
    effect: deny
    reason: A refund is above zero
  - id: vacant
    action: stripe.refund.*
    when: 'context.amount == 99.0'
    add_levels: [vacant]
levels:
  vacant: { approvers: [role:nobody-has-this] }
rules:
  - id: small
    action: stripe.refund.*
    when: 'context.amount <= 100.0'
    effect: allow
  - id: large
    action: stripe.refund.*
    effect: require_approval
    flow: refund
    ttl: 1h
  - id: never
    action: db.drop
    effect: deny
    reason: Tables are dropped by hand
  - id: nobody
    action: nobody.there
    effect: require_approval
    flow: empty
  - id: lonely
    action: lonely.twice
    effect: require_approval
    flow: twice
  - id: authored
    action: post.publish
    effect: require_approval
    flow: authored
flows:
  refund:
    levels: [{ name: team, approvers: [role:lead], approve: 1 }]
  empty:
    levels: [{ name: team, approvers: [role:nobody-has-this], approve: 1 }]
  twice:
    levels:
      - { name: first, approvers: [role:lead], approve: 1 }
      - { name: second, approvers: [role:lead], approve: 1 }
  authored:
    separation: { exclude: [context.author], require: [context.author] }
    levels: [{ name: team, approvers: [role:lead], approve: 1 }]
`;

describe('the check', () => {
  let stage: ApiStage;
  let lead: Awaited<ReturnType<ApiStage['newPerson']>>;
  const body = (action: string, context: unknown = {}, more: object = {}) => ({
    agent_id: 'support-bot',
    action,
    context,
    ...more,
  });
  const check = (action: string, context: unknown = {}, more: object = {}, headers = {}) =>
    stage.agent('/sdk/check', body(action, context, more), headers);
  const large = (key: string, amount = 500) => check('stripe.refund.large', { amount }, {}, { 'idempotency-key': key });

  beforeAll(async () => {
    stage = await startStage();
    lead = await stage.newPerson({ name: 'Lea Lead', emails: ['lea@acme.example'], roles: ['lead'] });
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(() => stage.close());

  test('answers allow with every key there', async () => {
    const { status, json, headers } = await check('stripe.refund.small', { amount: 50 }, { metadata: { run: 'r1' } });
    expect(status).toBe(200);
    expect(json).toEqual({
      decision: 'allow',
      allowed: true,
      requires_approval: false,
      approval_id: null,
      approval_url: null,
      status: null,
      reason: expect.any(String),
      reason_code: null,
      policy: { version: 1, rule: 'small' },
      risk: 'medium',
      digest: digestOf({ agent_id: 'support-bot', action: 'stripe.refund.small', context: { amount: 50 } }),
      expires_at: null,
      check_id: expect.stringMatching(/^evt_/),
      metadata: { run: 'r1' },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toBeTruthy();
  });

  test('writes every decision to the audit before it is given', async () => {
    const { json } = await check('stripe.refund.small', { amount: 51 });
    const audit = await stage.as(stage.adminToken, '/api/audit?type=check&limit=1');
    expect(audit.json.items[0]).toMatchObject({
      id: json.check_id,
      decision: 'allow',
      agent_id: 'support-bot',
      digest: json.digest,
      data: { context: { amount: 51 } },
    });
  });

  test.each([
    ['no_rule', 'mail.send', {}, /POST \/api\/agents\/support-bot\/permissions/],
    ['policy_rule', 'db.drop', {}, /by hand/],
    ['guardrail', 'stripe.refund.small', { amount: 0 }, /above zero/],
    ['policy_error', 'stripe.refund.small', {}, /./],
    ['no_eligible_approver', 'nobody.there', {}, /level team of flow empty/],
    ['no_eligible_approver', 'lonely.twice', {}, /levels first, second of flow twice cannot/],
    ['no_eligible_approver', 'stripe.refund.small', { amount: 99 }, /level vacant, which a guardrail asks, cannot/],
    ['policy_error', 'post.publish', { author: 'stranger@acme.example' }, /no such person/],
  ])('denies with %s for %s', async (reason_code, action, context, reason) => {
    const { status, json } = await check(action, context);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      decision: 'deny',
      allowed: false,
      requires_approval: false,
      approval_id: null,
      reason_code,
      reason: expect.stringMatching(reason),
    });
  });

  test('takes a null or missing context as an empty one', async () => {
    const digest = digestOf({ agent_id: 'support-bot', action: 'db.drop', context: {} });
    expect((await check('db.drop', null)).json.digest).toBe(digest);
    expect((await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'db.drop' })).json.digest).toBe(digest);
  });

  test('takes the agent’s unique name wherever its id is taken, and digests the id', async () => {
    const { json } = await stage.agent('/sdk/check', { agent_id: 'Support bot', action: 'db.drop' });
    expect(json.digest).toBe(digestOf({ agent_id: 'support-bot', action: 'db.drop', context: {} }));
  });

  test('starts an approval that a lead decides, and the waiting agent sees it', async () => {
    const asked = await check('stripe.refund.large', { amount: 500 }, { ttl: '20m' });
    expect(asked.json).toMatchObject({
      decision: 'require_approval',
      requires_approval: true,
      status: 'pending',
      policy: { version: 1, rule: 'large' },
    });
    expect(Date.parse(asked.json.expires_at) - Date.now()).toBeLessThanOrEqual(20 * 60_000);
    const id = asked.json.approval_id;
    expect(asked.json.approval_url).toBe(`${stage.api.url}/approvals/${id}`);
    const waiting = stage.agent(`/sdk/approvals/${id}?wait=20`);
    const voted = await stage.as(lead.token, `/api/approvals/${id}/votes`, {
      decision: 'approve',
      digest: asked.json.digest,
      comment: 'fine',
    });
    expect(voted).toMatchObject({
      status: 200,
      json: { vote: { counted: true, replaced: null }, approval: { status: 'approved' } },
    });
    const seen = (await waiting).json;
    expect(seen).toMatchObject({
      status: 'approved',
      decided_by: { name: 'Lea Lead' },
      comment: 'fine',
      grant: { state: 'ready' },
    });
    expect(JSON.stringify(seen)).not.toContain('lea@acme.example');
    expect(seen.votes[0].ip).toBeNull();
  });

  test('gives the stored answer to the same key and body, and refuses another body', async () => {
    const first = await large('once');
    const again = await large('once');
    expect(again.json).toEqual(first.json);
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(await large('once', 501)).toMatchObject({ status: 422, json: { code: 'idempotency_mismatch' } });
  });

  test('makes one approval of a hundred equal requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => large('hundred')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const id = answers[0]!.json.approval_id;
    const made = await stage.engine.db
      .selectFrom('audit')
      .select('id')
      .where('approval_id', '=', id)
      .where('type', '=', 'check')
      .execute();
    expect(made).toHaveLength(1);
  }, 30_000);

  test('finishes the work of a process that died after it had started the workflow', async () => {
    const first = (await large('crashed')).json;
    const { db } = stage.engine;
    await stage.agent(`/sdk/approvals/${first.approval_id}`);
    await db
      .updateTable('idempotency')
      .set({ answer: null, claimed_at: new Date(0) })
      .where('key', '=', 'crashed')
      .execute();
    const again = await large('crashed');
    expect(again.json).toEqual(first);
  });

  test('finishes the work of a process that died before it had started the workflow', async () => {
    const { db } = stage.engine;
    const first = (await large('crashed early')).json;
    const approval_id = 'apr_neverstarted00000000000';
    await db
      .updateTable('idempotency')
      .set({ answer: null, claimed_at: new Date(0), approval_id })
      .where('key', '=', 'crashed early')
      .execute();
    const again = (await large('crashed early')).json;
    expect(again).toMatchObject({ decision: 'require_approval', approval_id, digest: first.digest });
    expect((await stage.agent(`/sdk/approvals/${approval_id}`)).json).toMatchObject({ status: 'pending' });
  });

  test('tests suspension before a replay', async () => {
    await stage.as(stage.adminToken, '/api/agents', { name: 'Turned off', id: 'turned-off' });
    await stage.as(stage.adminToken, '/api/agents/turned-off/permissions', { action: 'x', requires_approval: false });
    const ask = () => stage.agent('/sdk/check', { agent_id: 'turned-off', action: 'x' }, { 'idempotency-key': 'k' });
    expect((await ask()).json.decision).toBe('allow');
    await stage.call('/api/agents/turned-off', {
      method: 'PATCH',
      body: { status: 'inactive' },
      headers: { authorization: `Bearer ${stage.adminToken}` },
    });
    expect((await ask()).json).toMatchObject({ decision: 'deny', reason_code: 'agent_suspended' });
  });

  test('sees a new permission, a tightened policy and a revoked key with the very next check', async () => {
    const bearer = { authorization: `Bearer ${stage.adminToken}` };
    expect((await check('new.action')).json.decision).toBe('deny');
    const set = await stage.as(stage.adminToken, '/api/agents/support-bot/permissions', {
      action: 'new.action',
      requires_approval: false,
    });
    expect((await check('new.action')).json.decision).toBe('allow');
    await stage.call(`/api/agents/support-bot/permissions/${set.json.id}`, { method: 'DELETE', headers: bearer });
    expect((await check('new.action')).json.decision).toBe('deny');
    const { json: made } = await stage.as(stage.adminToken, '/api/keys', { name: 'short', agents: ['support-*'] });
    const withKey = () =>
      stage.call('/sdk/check', { body: body('db.drop'), headers: { authorization: `Bearer ${made.key}` } });
    expect((await withKey()).status).toBe(200);
    await stage.call(`/api/keys/${made.id}`, { method: 'DELETE', headers: bearer });
    expect(await withKey()).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
  });

  test('takes a key that names the agent by its unique name, for the approvals too', async () => {
    const named = { 'x-api-key': await stage.newKey(['Support bot']) };
    expect((await stage.call('/sdk/check', { body: body('db.drop'), headers: named })).status).toBe(200);
    const { json } = await stage.call('/sdk/check', {
      body: body('stripe.refund.large', { amount: 500 }),
      headers: named,
    });
    expect((await stage.call(`/sdk/approvals/${json.approval_id}`, { headers: named })).status).toBe(200);
  });

  test('a key that names an agent has no business with approvals of whoever had the name before', async () => {
    const { db } = stage.engine;
    await createAgent(db, { id: 'first', name: 'ops', created_by: 'test' });
    const all = await stage.agent('/sdk/check', {
      agent_id: 'first',
      action: 'stripe.refund.large',
      context: { amount: 500 },
    });
    const { approval_id, digest } = all.json;
    const named = { 'x-api-key': await stage.newKey(['ops']) };
    const look = () => stage.call(`/sdk/approvals/${approval_id}`, { headers: named });
    const consume = () =>
      stage.call(`/sdk/approvals/${approval_id}/consume`, { body: { digest, use_id: 'x' }, headers: named });
    expect((await look()).status).toBe(200);
    expect((await consume()).json.code).toBe('not_approved');
    await updateAgent(db, 'first', { name: 'ops of old' });
    await createAgent(db, { id: 'second', name: 'ops', created_by: 'test' });
    for (const answer of [await look(), await consume()])
      expect(answer).toMatchObject({ status: 404, json: { code: 'not_found' } });
    await deleteAgent(db, 'second');
    expect((await look()).status).toBe(404);
    const by_id = { 'x-api-key': await stage.newKey(['first']) };
    await deleteAgent(db, 'first');
    expect((await stage.call(`/sdk/approvals/${approval_id}`, { headers: by_id })).status).toBe(200);
  });

  test('answers 404 for an unknown agent and for one that the key is not for, with how to make it', async () => {
    const other = await stage.newKey(['other-*']);
    const foreign = await stage.call('/sdk/check', { body: body('db.drop'), headers: { 'x-api-key': other } });
    const unknown = await stage.agent('/sdk/check', { agent_id: 'nobody', action: 'x' });
    for (const { status, json } of [foreign, unknown]) {
      expect({ status, json }).toMatchObject({
        status: 404,
        json: { code: 'agent_not_found', fix: expect.stringContaining('POST /api/agents') },
      });
    }
  });

  test.each([
    ['no key', {}],
    ['something that is no key', { 'x-api-key': 'hello' }],
    ['a key that nobody made', { 'x-api-key': 'aw_0123456789abcdefghijABCDEFGHIJ0123456789' }],
  ])('answers 401 to %s', async (_, headers) => {
    const { status, headers: got, json } = await stage.call('/sdk/check', { body: body('x'), headers });
    expect({ status, code: json.code }).toEqual({ status: 401, code: 'unauthenticated' });
    expect(got.get('content-type')).toBe('application/problem+json');
  });
});

describe('what the door refuses', () => {
  let stage: ApiStage;
  beforeAll(async () => {
    stage = await startStage({}, { approvals: { points: 2, per_s: 60, by: 'agent' } });
  }, 60_000);
  afterAll(() => stage.close());
  const raw = (text: string, type = 'application/json') =>
    stage.call('/sdk/check', { body: text, headers: { 'x-api-key': stage.key, 'content-type': type } });

  test.each([
    ['text that is no JSON', '{', ['']],
    ['a repeated key', '{"agent_id":"support-bot","action":"x","context":{"a":1,"a":2}}', ['context.a']],
    [
      'an integer that loses digits',
      '{"agent_id":"support-bot","action":"x","context":{"n":9007199254740993}}',
      ['context.n'],
    ],
    ['half a character', '{"agent_id":"support-bot","action":"x","context":{"s":"\\ud800"}}', ['context.s']],
    [
      'a character that cannot be stored',
      '{"agent_id":"support-bot","action":"x","context":{"s":"a\\u0000b"}}',
      ['context.s'],
    ],
    [
      'wrong types and unknown fields, all of them',
      '{"agent_id":5,"action":"a b","contxt":{}}',
      ['agent_id', 'action', 'contxt'],
    ],
    ['a context that is a list', '{"agent_id":"support-bot","action":"x","context":[]}', ['context']],
    [
      'a context that is too deep',
      `{"agent_id":"support-bot","action":"x","context":${'{"a":'.repeat(33)}1${'}'.repeat(33)}}`,
      ['context'],
    ],
    ['a ttl that is no time', '{"agent_id":"support-bot","action":"x","ttl":"soon"}', null],
    ['a ttl in business time', '{"agent_id":"support-bot","action":"x","ttl":"2bd"}', ['ttl']],
  ])('%s', async (_, text, paths) => {
    const { status, json } = await raw(text);
    expect({ status, code: json.code }).toEqual({ status: 400, code: 'invalid_request' });
    if (paths !== null) expect(json.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
  });

  test('a body over 256 kB', async () => {
    expect(
      await raw(JSON.stringify({ agent_id: 'support-bot', action: 'x', context: { a: 'x'.repeat(300_000) } })),
    ).toMatchObject({ status: 413, json: { code: 'payload_too_large' } });
  });

  test('a context over 128 kB', async () => {
    expect(
      await raw(JSON.stringify({ agent_id: 'support-bot', action: 'x', context: { a: 'x'.repeat(140_000) } })),
    ).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
  });

  test('another content type, another method, another address', async () => {
    expect(await raw('a=b', 'application/x-www-form-urlencoded')).toMatchObject({
      status: 415,
      json: { code: 'unsupported_media_type' },
    });
    const get = await stage.agent('/sdk/check');
    expect(get).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } });
    expect(get.headers.get('allow')).toBe('POST, OPTIONS');
    for (const path of ['/sdk/nothing', '/api/events', '/api/policy/replay', '/%ff', '/sdk/approvals/%00'])
      expect((await stage.agent(path)).status).toBe(404);
  });

  test('more approvals of one agent than people can be asked for', async () => {
    await stage.as(stage.adminToken, '/api/agents/support-bot/permissions', {
      action: 'flood',
      requires_approval: true,
    });
    const flood = async () => (await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'flood' })) as any;
    expect([(await flood()).status, (await flood()).status]).toEqual([200, 200]);
    const third = await flood();
    expect(third).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
