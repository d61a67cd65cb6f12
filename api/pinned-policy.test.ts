import { startStage, type ApiStage } from '../tests/support/api';

const policy = (approve: number, action = 'pay.*') => `
version: 1
rules: [{ id: pay, action: ${action}, effect: require_approval, flow: pay }]
flows: { pay: { levels: [{ name: team, approvers: [role:lead], approve: ${approve} }] } }
`;

describe('a pending approval keeps the flow that it started with', () => {
  let stage: ApiStage;
  let lead: string;

  beforeAll(async () => {
    stage = await startStage();
    const people = await Promise.all(
      [1, 2].map((n) => stage.newPerson({ name: `Lead ${n}`, emails: [`l${n}@acme.example`], roles: ['lead'] })),
    );
    lead = people[0]!.token;
  }, 60_000);
  afterAll(() => stage.close());

  test.each([
    ['edited', [policy(2)]],
    ['deleted', [policy(1, 'other.*')]],
    ['rolled back', [policy(2), policy(1)]],
  ])('policy %s while pending', async (_, changes) => {
    await stage.publish(policy(1));
    const { json } = await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'pay.out' });
    for (const change of changes) await stage.publish(change);
    const { approval_id, digest } = json;
    const voted = await stage.as(lead, `/api/approvals/${approval_id}/votes`, { decision: 'approve', digest });
    expect(voted.json.approval).toMatchObject({ status: 'approved', reason_code: 'quorum', policy: json.policy });
  });
});
