/** Every outcome of an approval, against the running product. */
import { startProduct, until, type Product } from './support/product';
import { startReceiver, type Receiver } from './support/receiver';

jest.setTimeout(120_000);

const POLICY = `
version: 1
defaults: { effect: deny, flow: admins }
guardrails:
  - { id: never-drop-prod, action: db.drop, when: 'context.env == "prod"', effect: deny, reason: Dropped by hand }
rules:
  - { id: read, action: db.read, effect: allow }
  - { id: drop, action: db.drop, effect: require_approval }
  - { id: pay, action: pay, effect: require_approval, flow: two-levels }
  - { id: ship, action: ship, effect: require_approval, flow: parallel }
  - { id: risky, action: risky, effect: require_approval, flow: veto }
flows:
  admins: { levels: [{ name: admins, approvers: ["role:admin"], approve: 1 }] }
  two-levels:
    levels:
      - { name: team, approvers: ["role:team"], approve: 2 }
      - { name: finance, approvers: ["role:finance"], approve: 1 }
  parallel:
    levels:
      - { name: platform, stage: 1, approvers: ["role:team"], approve: 1 }
      - { name: money, stage: 1, approvers: ["role:finance"], approve: 1 }
  veto:
    levels: [{ name: team, approvers: ["role:team"], approve: 2, veto: ["role:finance"] }]
`;

let product: Product, receiver: Receiver;
const people = new Map<string, string>();

beforeAll(async () => {
  [product, receiver] = await Promise.all([startProduct(), startReceiver()]);
  const published = await product.api('PUT', '/policy', POLICY, {
    'content-type': 'application/yaml',
    'if-match': '"0"',
  });
  expect([published.status, published.body.version]).toEqual([200, 1]);
  const roles: [string, string][] = [
    ['ann', 'team'],
    ['ben', 'team'],
    ['cy', 'team'],
    ['fay', 'finance'],
    ['zoe', 'other'],
  ];
  for (const [name, role] of roles) {
    const email = `${name}@acme.example`;
    expect((await product.api('POST', '/users', { name, emails: [email], roles: [role] })).status).toBe(201);
    people.set(name, await product.token(email));
  }
  expect((await product.api('POST', '/webhooks', { url: receiver.url })).status).toBe(201);
});
afterAll(() => Promise.all([product?.stop(), receiver?.close()]));

const ask = async (action: string, context: object = {}, more: object = {}): Promise<any> =>
  (await product.sdk('POST', '/check', { agent_id: product.info.agent_id, action, context, ...more })).body;
const approval = async (id: string): Promise<any> => (await product.api('GET', `/approvals/${id}`)).body;
const vote = async (id: string, who: string, decision: string, more: object = {}) =>
  product.api(
    'POST',
    `/approvals/${id}/votes`,
    { decision, digest: (await approval(id)).digest, ...more },
    who === 'admin' ? {} : { authorization: `Bearer ${people.get(who)}` },
  );
const end = async (id: string): Promise<unknown> => {
  const { status, reason_code } = (await product.sdk('GET', `/approvals/${id}?wait=30`)).body;
  return { status, reason_code };
};

test('a rule allows, and nobody is asked', async () => {
  expect(await ask('db.read')).toMatchObject({
    decision: 'allow',
    allowed: true,
    approval_id: null,
    policy: { version: 1, rule: 'read' },
  });
});

test('a guardrail overrides a rule', async () => {
  expect(await ask('db.drop', { env: 'prod' })).toMatchObject({
    decision: 'deny',
    reason_code: 'guardrail',
    reason: expect.stringContaining('Dropped by hand'),
  });
});

test('an unknown action is denied, with the call that would allow it', async () => {
  expect(await ask('never.heard.of')).toMatchObject({
    decision: 'deny',
    reason_code: 'no_rule',
    reason: expect.stringContaining('/permissions'),
  });
});

test('denied: one denial ends it, and the webhook says rejected', async () => {
  const { approval_id } = await ask('db.drop', { env: 'test' });
  expect((await vote(approval_id, 'admin', 'deny', { comment: 'no' })).status).toBe(200);
  expect(await end(approval_id)).toEqual({ status: 'denied', reason_code: 'deny_threshold' });
  const hook = await until('the webhook', () => receiver.received.find((each) => each.body.includes(approval_id)));
  expect(JSON.parse(hook.body)).toMatchObject({ event: 'approval.rejected', decision: 'denied', comment: 'no' });
});

test('expired: silence is neither consent nor denial', async () => {
  const { approval_id } = await ask('db.drop', { env: 'test' }, { ttl: 1 });
  expect(await end(approval_id)).toEqual({ status: 'expired', reason_code: 'request_ttl' });
  const late = await vote(approval_id, 'admin', 'approve');
  expect([late.status, late.body]).toEqual([
    409,
    expect.objectContaining({ code: 'already_decided', outcome: expect.objectContaining({ status: 'expired' }) }),
  ]);
});

test('cancelled by its agent; a second cancellation gets the same answer', async () => {
  const { approval_id } = await ask('db.drop', { env: 'test' });
  for (let i = 0; i < 2; i++)
    expect((await product.sdk('POST', `/approvals/${approval_id}/cancel`, {})).body).toMatchObject({
      status: 'cancelled',
      reason_code: 'requester_cancelled',
    });
});

test('revoked: a granted approval can be revoked until it is consumed', async () => {
  const { approval_id, digest } = await ask('db.drop', { env: 'test' });
  await vote(approval_id, 'admin', 'approve');
  expect((await product.api('POST', `/approvals/${approval_id}/revoke`, { reason: 'wrong table' })).status).toBe(200);
  const used = await product.sdk('POST', `/approvals/${approval_id}/consume`, { digest, use_id: 'u' });
  expect([used.status, used.body.code]).toEqual([409, 'grant_revoked']);
});

test('two levels: two of three people of the team, then finance', async () => {
  const { approval_id } = await ask('pay');
  for (const where of [{}, { level: 'finance' }])
    expect((await vote(approval_id, 'fay', 'approve', where)).body).toMatchObject({ code: 'level_not_open' });
  await vote(approval_id, 'ann', 'approve');
  const repeated = await vote(approval_id, 'ann', 'approve');
  expect([repeated.status, repeated.body.vote.counted]).toEqual([200, false]);
  expect(await approval(approval_id)).toMatchObject({
    status: 'pending',
    levels: [{ status: 'open', paths: [{ approvals: 1 }] }, { status: 'waiting' }],
  });
  await vote(approval_id, 'cy', 'approve');
  expect(await approval(approval_id)).toMatchObject({
    status: 'pending',
    levels: [{ status: 'approved' }, { status: 'open' }],
  });
  expect((await vote(approval_id, 'ann', 'deny')).body).toMatchObject({ code: 'level_closed', level: 'team' });
  expect((await vote(approval_id, 'ben', 'approve')).body).toMatchObject({ code: 'level_closed', level: 'team' });
  await vote(approval_id, 'fay', 'approve', { comment: 'paid' });
  expect(await end(approval_id)).toEqual({ status: 'approved', reason_code: 'quorum' });
});

test('two parallel levels: both must agree, and one denial ends both', async () => {
  const first = (await ask('ship')).approval_id;
  await vote(first, 'fay', 'approve');
  expect((await approval(first)).status).toBe('pending');
  await vote(first, 'ben', 'approve');
  expect(await end(first)).toEqual({ status: 'approved', reason_code: 'quorum' });

  const second = (await ask('ship')).approval_id;
  await vote(second, 'ben', 'deny');
  expect(await approval(second)).toMatchObject({
    status: 'denied',
    levels: [{ status: 'denied' }, { status: 'cancelled' }],
  });
});

test('veto: one denial by the role with a veto ends it, even after an approval', async () => {
  const { approval_id } = await ask('risky');
  await vote(approval_id, 'ann', 'approve');
  await vote(approval_id, 'fay', 'deny');
  expect(await end(approval_id)).toEqual({ status: 'denied', reason_code: 'veto' });
});

test('a stranger may not vote', async () => {
  const { approval_id } = await ask('risky');
  const refused = await vote(approval_id, 'zoe', 'approve');
  expect([refused.status, refused.body.code]).toEqual([403, 'not_eligible']);
});

test('of twelve votes at once one counts, the others get already_decided', async () => {
  const crowd = Array.from({ length: 12 }, (_, i) => `crowd${i}`);
  for (const name of crowd) {
    await product.api('POST', '/users', { name, emails: [`${name}@acme.example`], roles: ['admin'] });
    people.set(name, await product.token(`${name}@acme.example`));
  }
  const { approval_id } = await ask('db.drop', { env: 'test' });
  const answers = await Promise.all(crowd.map((name) => vote(approval_id, name, 'approve')));
  expect(answers.map((each) => each.status).sort()).toEqual([200, ...Array(crowd.length - 1).fill(409)]);
  const winner = answers.find((each) => each.status === 200)!.body.approval.decided_by.id;
  for (const late of answers.filter((each) => each.status === 409))
    expect(late.body).toMatchObject({
      code: 'already_decided',
      outcome: { status: 'approved', decided_by: { id: winner } },
    });
  expect((await approval(approval_id)).votes).toHaveLength(1);
});
