import type { Person } from '../../db/people';
import { createLinkToken } from '../../encryption/link-token';
import { nonceIn, visitor, type Visitor } from '../../tests/support/browsing';
import { startStage, type ApiStage, type Reply } from '../../tests/support/api';

const POLICY = `
version: 1
rules:
  - { id: two, action: two.*, effect: require_approval, flow: two }
  - { id: quick, action: quick.*, effect: require_approval, flow: one, ttl: 1s }
  - { id: one, action: one.*, effect: require_approval, flow: one }
flows:
  one: { levels: [{ name: team, approvers: [role:lead], approve: 1 }] }
  two:
    levels:
      - { name: team, approvers: [role:lead], approve: 1 }
      - { name: finance, approvers: [role:lead], approve: 1 }
`;

describe('a link is good for one vote of one person, and no other', () => {
  let stage: ApiStage;
  let lea: { person: Person; token: string };
  let ben: { person: Person; token: string };

  beforeAll(async () => {
    stage = await startStage();
    const lead = (name: string) =>
      stage.newPerson({ name, emails: [`${name}@acme.example`], roles: ['lead'], channels: [] });
    lea = await lead('lea');
    ben = await lead('ben');
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(() => stage.close());

  type Asked = { id: string; digest: string };
  const ask = async (action: string): Promise<Asked> => {
    const { json } = await stage.agent('/sdk/check', { agent_id: 'support-bot', action, context: { a: 1 } });
    return { id: json.approval_id, digest: json.digest };
  };
  const open = async ({ id, digest }: Asked, { person }: { person: Person }, level = 'team') => {
    const grant = { approval_id: id, person: person.id, level, digest, channel: 'email' as const };
    const token = createLinkToken(stage.api.deps.rings.link, { ...grant, expires_at_ms: Date.now() + 86_400_000 });
    const browser = visitor(stage);
    const url = (await browser.get(`/r/${token}`)).headers.get('location')!;
    return { browser, url, page: await browser.get(url), token };
  };
  const send = ({ browser, url, page }: { browser: Visitor; url: string; page: Reply }, decision = 'approve') =>
    browser.post(url, { decision, nonce: nonceIn(page) });
  const read = async ({ id }: Asked) => (await stage.as(stage.adminToken, `/api/approvals/${id}`)).json;

  test('its page brings nothing that a machine would run or follow to a decision (T2)', async () => {
    const { page } = await open(await ask('one.still'), lea);
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/<script|http-equiv|\son\w+=|autofocus|href="[^"]*decision/i);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('votes at its own level, as its own person, and says how sure that is (T4)', async () => {
    const asked = await ask('two.levels');
    const forwarded = await open(asked, lea);
    // Somebody else opened the link. The vote still counts for the person to whom it was sent.
    expect((await send(forwarded)).status).toBe(303);
    const { votes, levels } = await read(asked);
    expect(votes).toMatchObject([{ level: 'team', voter: { id: lea.person.id }, assurance: 'link', channel: 'email' }]);
    expect(levels.map(({ status }: { status: string }) => status)).toEqual(['approved', 'open']);
    // The link of the closed level cannot vote at the open level, although its person may vote there.
    const closed = await open(asked, ben);
    expect(nonceIn(closed.page)).toBe('');
    expect((await send({ ...closed, page: forwarded.page })).status).toBe(403);
    expect((await read(asked)).levels[1]).toMatchObject({ status: 'open' });
  });

  test('whose cookie is put under another link’s address opens nothing', async () => {
    const [one, other] = [await open(await ask('one.a'), lea), await open(await ask('one.b'), lea)];
    const stolen = await stage.call(other.url, { headers: { cookie: `aw_link=${one.token}` } });
    expect(stolen.status).toBe(401);
    expect((await other.browser.post(other.url, { decision: 'approve', nonce: nonceIn(one.page) })).status).toBe(403);
  });

  test('opened before its person was made inactive decides nothing after', async () => {
    const asked = await ask('one.left');
    const gone = await stage.newPerson({ name: 'Gone', emails: ['gone@acme.example'], roles: ['lead'], channels: [] });
    const opened = await open(asked, gone);
    await stage.call(`/api/users/${gone.person.id}`, {
      method: 'PATCH',
      body: { active: false },
      headers: { authorization: `Bearer ${stage.adminToken}` },
    });
    expect((await send(opened)).status).toBe(404);
    expect((await read(asked)).status).toBe('pending');
  });

  test('of an auditor decides nothing, whatever else they are', async () => {
    const asked = await ask('one.audited');
    const both = await stage.newPerson({
      name: 'Aud',
      emails: ['aud@acme.example'],
      roles: ['lead', 'auditor'],
      channels: [],
    });
    expect((await send(await open(asked, both))).status).toBe(403);
    expect((await read(asked)).status).toBe('pending');
  });

  test.each([
    ['approved', 'one.end', (asked: Asked) => decide(asked, 'approve')],
    ['denied', 'one.end', (asked: Asked) => decide(asked, 'deny')],
    ['cancelled', 'one.end', (asked: Asked) => stage.agent(`/sdk/approvals/${asked.id}/cancel`, {})],
    ['expired', 'quick.end', (asked: Asked) => stage.agent(`/sdk/approvals/${asked.id}?wait=20`)],
  ])('used after the request was %s shows that, and its POST gets 409 (T8)', async (status, action, end) => {
    const asked = await ask(action);
    const opened = await open(asked, lea);
    expect(nonceIn(opened.page)).not.toBe('');
    await end(asked);
    expect((await read(asked)).status).toBe(status);
    const late = await send(opened, status === 'denied' ? 'approve' : 'deny');
    expect({ status: late.status, nonce: nonceIn(late) }).toEqual({ status: 409, nonce: '' });
    expect(late.text).toContain('Too late: your decision was not counted.');
    const again = await opened.browser.get(opened.url);
    expect({ status: again.status, nonce: nonceIn(again) }).toEqual({ status: 200, nonce: '' });
    expect(again.text).not.toContain('Too late');
    expect((await read(asked)).status).toBe(status);
  });
  const decide = ({ id, digest }: Asked, decision: string) =>
    stage.as(ben.token, `/api/approvals/${id}/votes`, { decision, digest });
});
