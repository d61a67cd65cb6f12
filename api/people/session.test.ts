import { nonceIn, visitor } from '../../tests/support/browsing';
import { startStage, type ApiStage } from '../../tests/support/api';
import { startSmtp, type Smtp } from '../../tests/support/smtp';

describe('signing in', () => {
  let stage: ApiStage;
  let smtp: Smtp;
  beforeAll(async () => {
    smtp = await startSmtp();
    stage = await startStage({ mail: { smtpUrl: smtp.url, from: 'AgentWarden <warden@acme.example>' } });
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await smtp.close();
  });

  const mailed = async (address: string, nth = 0): Promise<string> => {
    const fits = () => smtp.messages().filter((mail) => JSON.stringify(mail.to).includes(address));
    await smtp.waitFor(() => fits().length > nth);
    return /http:\/\/\S+(\/login\/\S+)/.exec(fits()[nth]!.text!)![1]!;
  };
  const person = (name: string) => stage.newPerson({ name, emails: [`${name}@acme.example`], roles: ['admin'] });

  test('whoever comes from an address that is too long to go back to can sign in all the same', async () => {
    const browser = visitor(stage);
    const sent = await browser.get(`/approvals?${'x'.repeat(3000)}`);
    const login = new URL(sent.headers.get('location')!, stage.api.url);
    const form = await browser.get(login.pathname + login.search);
    expect(form.status).toBe(200);
    expect(form.text).not.toContain('name="return_to"');
  });

  test('a mailed link shows a button, signs in once, and leads back to where one wanted to go', async () => {
    const { person: ana } = await person('ana');
    const browser = visitor(stage);
    const sent = await browser.get('/approvals/apr_x?y=1');
    expect(sent).toMatchObject({ status: 303 });
    const login = new URL(sent.headers.get('location')!, stage.api.url);
    expect(login.pathname).toBe('/login');
    const form = await browser.get(login.pathname + login.search);
    expect(form.text).toContain('name="return_to"');
    const posted = await browser.post('/login', { email: ' ANA@acme.example ', return_to: '/approvals/apr_x?y=1' });
    expect(posted.headers.get('location')).toBe('/login?sent=1');
    expect((await browser.get('/login?sent=1')).text).not.toContain('agentwarden login-link');
    const link = await mailed('ana@acme.example');
    for (let i = 0; i < 3; i++) expect((await browser.get(link)).status).toBe(200);
    expect(browser.cookies.size).toBe(0);
    const signedIn = await browser.post(link, {});
    expect({ status: signedIn.status, to: signedIn.headers.get('location') }).toEqual({
      status: 303,
      to: '/approvals/apr_x?y=1',
    });
    expect([...browser.cookies.values()][0]!.attributes).toMatch(/HttpOnly; SameSite=Lax$/);
    expect((await browser.post(link, {})).status).toBe(404);
    expect((await browser.get(link)).status).toBe(404);
    const session = await browser.get('/api/session');
    expect(session.json).toMatchObject({
      user: { id: ana.id, emails: ['ana@acme.example'] },
      expires_at: expect.any(String),
    });
    const list = await browser.get('/approvals');
    expect(list.status).toBe(200);
    expect((await browser.post('/login/out', { nonce: nonceIn(list) })).headers.get('location')).toBe('/login');
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  test('answers the same for everybody, and mails only people', async () => {
    await person('bea');
    const answers = await Promise.all(
      ['bea@acme.example', 'nobody@acme.example'].map((email) => stage.call('/api/session/link', { body: { email } })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]!.status).toBe(202);
    await mailed('bea@acme.example');
    expect(smtp.messages().some((mail) => JSON.stringify(mail.to).includes('nobody'))).toBe(false);
  });

  test('mails the first admin, whose address has no dot', async () => {
    await stage.newPerson({ name: 'First', emails: ['first@localhost'], roles: ['admin'] });
    expect((await stage.call('/api/session/link', { body: { email: 'first@localhost' } })).status).toBe(202);
    await mailed('first@localhost');
    for (const email of ['first', 'first@', 'a@b, c@d', 'a@b\nBcc: c@d'])
      expect((await stage.call('/api/session/link', { body: { email } })).status).toBe(400);
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/%5Cevil.example/..//evil.example',
  ])('never leads to %s after signing in', async (return_to) => {
    const name = `eve${Math.abs([...return_to].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, 7))}`;
    await person(name);
    await stage.call('/api/session/link', { body: { email: `${name}@acme.example`, return_to } });
    const signedIn = await visitor(stage).post(await mailed(`${name}@acme.example`), {});
    expect(new URL(signedIn.headers.get('location')!, stage.api.url).origin).toBe(new URL(stage.api.url).origin);
  });

  test('a session ends at once when its person is made inactive, and so does their token', async () => {
    const { person: fay, token } = await person('fay');
    const browser = visitor(stage);
    await stage.call('/api/session/link', { body: { email: 'fay@acme.example' } });
    await browser.post(await mailed('fay@acme.example'), {});
    expect((await browser.get('/api/session')).status).toBe(200);
    await stage.call(`/api/users/${fay.id}`, {
      method: 'PATCH',
      body: { active: false },
      headers: { authorization: `Bearer ${stage.adminToken}` },
    });
    expect((await browser.get('/api/session')).status).toBe(401);
    expect((await stage.as(token, '/api/session')).status).toBe(401);
  });

  test('a cookie speaks only for pages of our own', async () => {
    await person('gus');
    const browser = visitor(stage);
    await stage.call('/api/session/link', { body: { email: 'gus@acme.example' } });
    await browser.post(await mailed('gus@acme.example'), {});
    const cookie = [...browser.cookies].map(([name, { value }]) => `${name.split(' ')[0]}=${value}`).join('; ');
    const make = (headers: Record<string, string>) =>
      stage.call('/api/agents', { body: { name: `x${Math.random()}` }, headers: { cookie, ...headers } });
    expect((await make({ origin: 'https://evil.example' })).json.code).toBe('forbidden');
    expect((await make({ origin: 'null' })).status).toBe(403);
    // A form of another site that hides its origin, posted to routes that need no body.
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' };
    for (const path of ['/api/keys', '/api/approvals/apr_x/cancel', '/api/webhooks/whk_x/rotate'])
      expect((await stage.call(path, { method: 'POST', headers: { cookie, ...form } })).status).toBe(403);
    expect((await make({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await make({ origin: stage.api.url })).status).toBe(201);
    expect((await make({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    expect((await stage.call('/api/approvals', { headers: { cookie, origin: 'https://evil.example' } })).status).toBe(
      200,
    );
  });

  test('keeps no token in the database', async () => {
    await person('hal');
    await stage.call('/api/session/link', { body: { email: 'hal@acme.example' } });
    const token = (await mailed('hal@acme.example')).split('/').at(-1)!;
    const rows = await stage.engine.db.selectFrom('login_links').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test('the page of an approval decides for whoever is signed in, and refuses a form of another session', async () => {
    await stage.as(stage.adminToken, '/api/agents/support-bot/permissions', {
      action: 'ask.*',
      requires_approval: true,
    });
    await person('ida');
    const browser = visitor(stage);
    await stage.call('/api/session/link', { body: { email: 'ida@acme.example' } });
    await browser.post(await mailed('ida@acme.example'), {});
    const { json } = await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'ask.one', context: { a: 1 } });
    const url = `/approvals/${json.approval_id}`;
    const page = await browser.get(url);
    expect(page.text).toContain('ask.one');
    expect((await browser.get('/approvals')).text).toContain(url);
    expect((await browser.post(url, { decision: 'approve', nonce: 'x' })).status).toBe(403);
    expect((await browser.post(`${url}/cancel`, { reason: 'x', nonce: 'x' })).status).toBe(403);
    const approved = await browser.post(url, { decision: 'approve', comment: 'seen', nonce: nonceIn(page) });
    expect(approved).toMatchObject({ status: 303 });
    const after = await browser.get(url);
    expect((await stage.agent(`/sdk/approvals/${json.approval_id}`)).json).toMatchObject({
      status: 'approved',
      votes: [{ channel: 'dashboard', assurance: 'session' }],
    });
    expect((await browser.post(`${url}/revoke`, { reason: '', nonce: nonceIn(after) })).status).toBe(422);
    expect((await browser.post(`${url}/revoke`, { reason: 'oops', nonce: nonceIn(after) })).status).toBe(303);
    expect((await stage.agent(`/sdk/approvals/${json.approval_id}`)).json.grant.state).toBe('revoked');
    expect((await browser.get('/outbox')).status).toBe(404);
  });
});
