import { startStage, type ApiStage } from '../tests/support/api';

const POLICY = `
version: 1
rules:
  - id: small
    action: stripe.refund.*
    when: 'context.amount <= 100.0'
    effect: allow
  - id: large
    action: stripe.refund.*
    effect: require_approval
    flow: refund
  - id: never
    action: db.drop
    effect: deny
    reason: Tables are dropped by hand
  - id: nobody
    action: nobody.there
    effect: require_approval
    flow: empty
flows:
  refund:
    levels: [{ name: team, approvers: [role:lead], approve: 1 }]
  empty:
    levels: [{ name: team, approvers: [role:nobody-has-this], approve: 1 }]
`;

describe('the check', () => {
  let stage: ApiStage;
  let lead: Awaited<ReturnType<ApiStage['newPerson']>>;
  const check = (action: string, context: unknown = {}, more: object = {}, headers = {}) =>
    stage.agent('/sdk/check', { agent_id: 'support-bot', action, context, ...more }, headers);

  beforeAll(async () => {
    stage = await startStage();
    lead = await stage.newPerson({ name: 'Lea Lead', emails: ['lea@acme.example'], roles: ['lead'] });
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(() => stage.close());

  test('answers allow with every key there', async () => {
    const { status, json } = await check('stripe.refund.small', { amount: 50 });
    expect({ status, json }).toMatchObject({
      status: 200,
      json: {
        decision: 'allow',
        allowed: true,
        requires_approval: false,
        approval_id: null,
        approval_url: null,
        status: null,
        reason_code: null,
        policy: { version: 1, rule: 'small' },
        expires_at: null,
        metadata: {},
      },
    });
    expect(json.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(json.check_id).toMatch(/^evt_/);
  });

  test('starts an approval that a lead decides, and the agent sees it', async () => {
    const asked = await check('stripe.refund.large', { amount: 500 });
    expect(asked.json).toMatchObject({ decision: 'require_approval', requires_approval: true, status: 'pending' });
    const id = asked.json.approval_id;
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
    expect((await waiting).json).toMatchObject({
      status: 'approved',
      decided_by: { name: 'Lea Lead' },
      comment: 'fine',
      grant: { state: 'ready' },
    });
  });
});
