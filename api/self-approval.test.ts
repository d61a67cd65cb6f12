import { createLinkToken } from '../encryption/link-token';
import { startStage, type ApiStage } from '../tests/support/api';
import { nonceIn, visitor } from '../tests/support/browsing';

const POLICY = `
version: 1
rules:
  - { id: pay, action: pay.*, effect: require_approval, flow: pay }
  - { id: trusted, action: trust.*, when: '"boss" in requester.roles', effect: allow }
  - { id: given, action: given.*, effect: require_approval, flow: given }
  - { id: named, action: named.*, effect: require_approval, flow: named }
flows:
  pay:
    separation: { exclude: [context.author, agent_owner] }
    levels: [{ name: team, approvers: [role:lead, role:admin], approve: 1 }]
  given:
    levels: [{ name: team, approvers: [role:boss], approve: 1 }]
  named:
    levels: [{ name: chief, approvers: ["user:chief@acme.example"], approve: 1, fallback: [role:boss] }]
`;

describe('nobody approves for themself (T33)', () => {
  let stage: ApiStage;
  let other: { person: { id: string }; token: string };
  let lead: { person: { id: string }; token: string };

  beforeAll(async () => {
    stage = await startStage();
    other = await stage.newPerson({ name: 'Otto Other', emails: ['otto@acme.example'], roles: ['admin'] });
    lead = await stage.newPerson({ name: 'Lea Lead', emails: ['lea@acme.example'], roles: ['lead', 'boss'] });
    await stage.publish(POLICY);
    await change(other.token, stage.admin.id, { emails: ['ada@acme.example', 'ada.b@acme.example'] });
  }, 60_000);
  afterAll(() => stage.close());

  const change = (token: string, id: string, body: object) =>
    stage.call(`/api/users/${id}`, { method: 'PATCH', body, headers: { authorization: `Bearer ${token}` } });
  const ask = async (action: string, more: object = {}) =>
    (await stage.agent('/sdk/check', { agent_id: 'support-bot', action, ...more })).json;
  const vote = (asked: { approval_id: string; digest: string }, token: string) =>
    stage.as(token, `/api/approvals/${asked.approval_id}/votes`, { decision: 'approve', digest: asked.digest });
  const refused = { status: 403, json: { code: 'not_eligible' } };

  test.each([
    ['requester', () => ({ requester: 'ADA.B@acme.example' })],
    ['on_behalf_of', () => ({ on_behalf_of: 'ada.b@acme.example' })],
    ['on_behalf_of, by id with blanks around it', () => ({ on_behalf_of: ` ${stage.admin.id} ` })],
    ['context.author', () => ({ context: { author: 'ada.b@acme.example' } })],
  ])('not as %s, and not by giving the address away while it is pending', async (_, more) => {
    const asked = await ask('pay.out', more());
    expect(await vote(asked, stage.adminToken)).toMatchObject(refused);
    await change(stage.adminToken, stage.admin.id, { emails: ['ada@acme.example'] });
    try {
      expect(await vote(asked, stage.adminToken)).toMatchObject(refused);
    } finally {
      await change(stage.adminToken, stage.admin.id, { emails: ['ada@acme.example', 'ada.b@acme.example'] });
    }
    expect((await vote(asked, lead.token)).json).toMatchObject({ approval: { status: 'approved' } });
  });

  test.each(['Ada <ada@acme.example>', 'ada@acme.example\u200b', 'ada\uff20acme.example', 'mailto:ada@acme.example'])(
    'not by being named as %j, which names nobody',
    async (identity) => {
      for (const field of ['requester', 'on_behalf_of'])
        expect(await ask('pay.out', { [field]: identity })).toMatchObject({ status: 400, errors: [{ path: field }] });
      expect(await ask('pay.out', { context: { author: [identity] } })).toMatchObject({
        decision: 'deny',
        reason_code: 'policy_error',
      });
    },
  );

  test('not by any of the ways to a vote', async () => {
    const asked = await ask('pay.out', { requester: 'ada@acme.example' });
    const { approval_id, digest } = asked;
    const votes = [{ approval_id, decision: 'approve', digest }];
    const several = await stage.as(stage.adminToken, '/api/approvals/votes', { votes });
    expect(several.json.results).toMatchObject([{ status: 403, problem: { code: 'not_eligible' } }]);
    const grant = { approval_id, person: stage.admin.id, level: 'team', digest, channel: 'email' as const };
    const token = createLinkToken(stage.api.deps.rings.link, { ...grant, expires_at_ms: Date.now() + 60_000 });
    const browser = visitor(stage);
    const url = (await browser.get(`/r/${token}`)).headers.get('location')!;
    const form = { decision: 'approve', nonce: nonceIn(await browser.get(url)) };
    expect((await browser.post(url, form)).status).toBe(403);
    const bearer = { authorization: `Bearer ${stage.adminToken}` };
    const page = `/approvals/${approval_id}`;
    // The page has no vote form for the requester. A forged form can only take its nonce from the cancel form.
    const own = { decision: 'approve', nonce: nonceIn(await browser.get(page, bearer)) };
    expect(own.nonce).not.toBe('');
    expect((await browser.post(page, own, bearer)).status).toBe(403);
    expect((await stage.as(lead.token, `/api/approvals/${approval_id}`)).json).toMatchObject({
      status: 'pending',
      votes: [],
    });
  });

  test('an address that one gave to oneself is not the approver whom the policy names', async () => {
    const own = ['ada@acme.example', 'ada.b@acme.example'];
    await change(stage.adminToken, stage.admin.id, { emails: [...own, 'chief@acme.example'] });
    const asked = await ask('named.out');
    expect(await vote(asked, stage.adminToken)).toMatchObject(refused);
    // Another admin who saves the same form does not make it a given one.
    await change(other.token, stage.admin.id, { emails: [...own, 'chief@acme.example'] });
    expect(await vote(asked, stage.adminToken)).toMatchObject(refused);
    // The self-given address still excludes its owner.
    await change(stage.adminToken, stage.admin.id, { emails: own });
    await change(other.token, stage.admin.id, { emails: [...own, 'chief@acme.example'] });
    const own_request = await ask('named.out', { requester: 'chief@acme.example' });
    expect(await vote(own_request, stage.adminToken)).toMatchObject(refused);
    expect((await vote(asked, stage.adminToken)).json).toMatchObject({ approval: { status: 'approved' } });
    await change(stage.adminToken, stage.admin.id, { emails: own });
  });

  test('a role that one gave to oneself makes nobody an approver, and no condition trusts it', async () => {
    await change(stage.adminToken, stage.admin.id, { roles: ['admin', 'boss'] });
    const asked = await ask('given.out');
    expect(await vote(asked, stage.adminToken)).toMatchObject(refused);
    expect(await ask('trust.me', { requester: 'ada@acme.example' })).toMatchObject({ decision: 'deny' });
    expect(await ask('trust.me', { requester: 'lea@acme.example' })).toMatchObject({ decision: 'allow' });
    const simulated = await stage.as(stage.adminToken, '/api/policy/simulate', {
      agent_id: 'support-bot',
      action: 'trust.me',
      context: {},
      requester: 'ada@acme.example',
    });
    expect(simulated.json).toMatchObject({ decision: 'deny' });
    // Another admin who saves the same form does not make it a given one.
    await change(other.token, stage.admin.id, { roles: ['admin', 'boss'] });
    expect(await vote(asked, stage.adminToken)).toMatchObject(refused);
    await change(stage.adminToken, stage.admin.id, { roles: ['admin'] });
  });

  test('nobody makes themself the delegate of somebody else, or makes a person who delegates to them', async () => {
    const away = { until: '2099-01-01T00:00:00Z', delegate: stage.admin.id };
    const forbidden = { status: 403, json: { code: 'forbidden' } };
    expect(await change(stage.adminToken, lead.person.id, { away })).toMatchObject(forbidden);
    const puppet = { name: 'Pia Puppet', emails: ['pia@acme.example'], roles: ['boss'], away };
    expect(await stage.as(stage.adminToken, '/api/users', puppet)).toMatchObject(forbidden);
    // The person may set this delegate, and then the admin may save the unchanged field.
    expect((await change(lead.token, lead.person.id, { away })).status).toBe(200);
    expect((await change(stage.adminToken, lead.person.id, { name: 'Lea L.', away })).status).toBe(200);
    const longer = { away: { ...away, until: '2099-01-02T00:00:00Z' } };
    expect(await change(stage.adminToken, lead.person.id, longer)).toMatchObject(forbidden);
    const asked = await ask('given.out');
    expect((await vote(asked, stage.adminToken)).json).toMatchObject({ approval: { status: 'approved' } });
    await change(lead.token, lead.person.id, { away: null });
  });

  test('not through a delegate either: the requester’s seat is nobody’s', async () => {
    const away = { until: '2099-01-01T00:00:00Z', delegate: other.person.id };
    await change(lead.token, lead.person.id, { away });
    expect(await ask('given.out', { requester: 'lea@acme.example' })).toMatchObject({
      decision: 'deny',
      reason_code: 'no_eligible_approver',
    });
    await change(lead.token, lead.person.id, { away: null });
  });

  test.each(['2099-12-01T00:00:00+23:59', '0000-01-01T00:00:00Z'])(
    'an absence until %s keeps its delegate from nothing',
    async (until) => {
      const { person, token } = await stage.newPerson({ name: 'Guy', emails: [`guy${until.length}@acme.example`] });
      expect((await change(token, person.id, { away: { until, delegate: lead.person.id } })).status).toBe(200);
      const { status } = await stage.as(lead.token, '/api/approvals?mine=true');
      expect(status).toBe(200);
    },
  );
});
