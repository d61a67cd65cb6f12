import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import { ensureFirstAdmin } from '../../application/first-start';
import { purposeKey } from '../../encryption/keys';
import { signUserToken } from '../../encryption/user-token';
import { startStage, type ApiStage } from '../../tests/support/api';

describe('who somebody is', () => {
  let stage: ApiStage;
  let outboxDir: string;
  beforeAll(async () => {
    outboxDir = await mkdtemp(join(tmpdir(), 'agentwarden-outbox-'));
    stage = await startStage({ outboxDir }, { refused: { points: 40, per_s: 60, by: 'ip' } });
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await rm(outboxDir, { recursive: true });
  });

  const session = (headers: Record<string, string>) => stage.call('/api/session', { headers });
  const ring = () => purposeKey(stage.engine.config.secretKeys, 'user-token');
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test('a token of ours in force says it, until when, and with which roles', async () => {
    const { status, json } = await session(bearer(stage.adminToken));
    expect(status).toBe(200);
    expect(json.user).toMatchObject({ id: stage.admin.id, name: 'Ada Admin', roles: ['admin'] });
    expect(Date.parse(json.expires_at)).toBeGreaterThan(Date.now());
  });

  test.each<[string, () => Promise<string>]>([
    ['one that is over', () => signUserToken(ring(), stage.admin.id, 60, Date.now() - 120_000)],
    ['one of a person who is not there', () => signUserToken(ring(), 'usr_nobody', 60, Date.now())],
    [
      'one signed with another key',
      () =>
        signUserToken(
          purposeKey([{ kid: 'test', secret: randomBytes(32) }], 'user-token'),
          stage.admin.id,
          60,
          Date.now(),
        ),
    ],
    [
      'one signed for another purpose',
      () =>
        signUserToken(
          { ...purposeKey(stage.engine.config.secretKeys, 'link-token'), purpose: 'user-token' },
          stage.admin.id,
          60,
          Date.now(),
        ),
    ],
    [
      'one that is not signed at all',
      async () =>
        new UnsecuredJWT({ sub: stage.admin.id })
          .setIssuer('agentwarden')
          .setAudience('agentwarden/api')
          .setIssuedAt()
          .setExpirationTime('1h')
          .encode(),
    ],
    [
      'one for another audience',
      () =>
        new SignJWT()
          .setProtectedHeader({ alg: 'HS256', kid: ring().keys[0].kid })
          .setSubject(stage.admin.id)
          .setIssuer('agentwarden')
          .setAudience('elsewhere')
          .setIssuedAt()
          .setExpirationTime('1h')
          .sign(ring().keys[0].secret),
    ],
    ['one that was bent', async () => `${stage.adminToken.slice(0, -3)}AAA`],
    ['no token at all', async () => 'hello'],
  ])('%s is refused', async (_, make) => {
    expect(await session(bearer(await make()))).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
  });

  test('a token from before its person was inactive stays ended when they come back', async () => {
    const { person } = await stage.newPerson({ name: 'Back', emails: ['back@acme.example'] });
    const before = await signUserToken(ring(), person.id, 3_600, Date.now() - 60_000);
    expect((await session(bearer(before))).status).toBe(200);
    const set = (active: boolean) =>
      stage.call(`/api/users/${person.id}`, { method: 'PATCH', body: { active }, headers: bearer(stage.adminToken) });
    await set(true);
    expect((await session(bearer(before))).status).toBe(200);
    await set(false);
    await set(true);
    expect((await session(bearer(before))).status).toBe(401);
    expect((await session(bearer(await signUserToken(ring(), person.id, 60, Date.now())))).status).toBe(200);
  });

  test('a bearer token that is not good is not made good by a cookie', async () => {
    expect((await session({ ...bearer('x.y.z'), cookie: 'aw_session=abc' })).status).toBe(401);
  });

  test('a session that was forged or has ended is none', async () => {
    for (const cookie of ['aw_session=abc', 'aw_session=', '__Host-aw_session=abc', 'aw_session']) {
      expect((await session({ cookie })).status).toBe(401);
    }
  });

  test('the admin of the settings is created at the first start, and never again', async () => {
    const { deps } = stage.api;
    const { db } = deps;
    const ids = await Promise.all(Array.from({ length: 5 }, () => ensureFirstAdmin(deps, 'First@acme.example')));
    expect(new Set(ids).size).toBe(1);
    const roles = await db.selectFrom('user_roles').selectAll().where('user_id', '=', ids[0]!).execute();
    expect(roles).toMatchObject([{ role: 'admin', granted_by: 'system' }]);
    await db.deleteFrom('user_roles').where('user_id', '=', ids[0]!).execute();
    await ensureFirstAdmin(deps, 'first@acme.example');
    expect(await db.selectFrom('user_roles').selectAll().where('user_id', '=', ids[0]!).execute()).toEqual([]);
    const starts = (await stage.as(stage.adminToken, '/api/audit?type=user.created&actor=start')).json.items;
    expect(starts.filter(({ data }: any) => data.user_id === ids[0])).toHaveLength(1);
  });

  describe('the outbox', () => {
    const message = (id: string, at: string, text: string) =>
      writeFile(
        join(outboxDir, `${id}.json`),
        JSON.stringify({
          id,
          at,
          to: 'ana@acme.example',
          channel: 'email',
          subject: `Subject ${id}`,
          html: null,
          text,
        }),
      );

    test('shows admins what would have been sent, newest first, and passes over what is broken', async () => {
      await message('dlv_old', '2026-01-01T00:00:00Z', 'old');
      await message('dlv_new', '2026-01-02T00:00:00Z', `see ${stage.api.url}/r/abc and https://evil.example/`);
      await writeFile(join(outboxDir, 'broken.json'), '{');
      await writeFile(join(outboxDir, 'note.txt'), 'no message');
      const { status, text } = await stage.as(stage.adminToken, '/outbox');
      expect(status).toBe(200);
      expect(text.indexOf('Subject dlv_new')).toBeGreaterThan(0);
      expect(text.indexOf('Subject dlv_new')).toBeLessThan(text.indexOf('Subject dlv_old'));
      expect(text).toContain(`<a href="${stage.api.url}/r/abc">`);
      expect(text).not.toContain('<a href="https://evil');
    });

    test('is closed to everybody else', async () => {
      const { token } = await stage.newPerson({
        name: 'Someone',
        emails: ['someone@acme.example'],
        roles: ['auditor'],
      });
      expect((await stage.as(token, '/outbox')).status).toBe(403);
      expect((await stage.call('/outbox')).headers.get('location')).toBe('/login?return_to=%2Foutbox');
    });

    test('takes the login mail where no mail server is configured, and says how to sign in then', async () => {
      expect((await stage.call('/login?sent=1')).text).toContain('npx agentwarden login-link');
      await stage.call('/api/session/link', { body: { email: 'ada@acme.example' } });
      for (const end = Date.now() + 10_000; Date.now() < end;) {
        const { text } = await stage.as(stage.adminToken, '/outbox');
        const link = /http:\/\/127\.0\.0\.1:\d+(\/login\/[\w-]+)/.exec(text)?.[1];
        if (link === undefined) continue;
        expect((await stage.call(link)).status).toBe(200);
        return;
      }
      throw new Error('the login mail is not in the outbox');
    });
  });

  // Last: it uses up the budget of this address, which login links share.
  test('whoever guesses keys and tokens is slowed down, and nobody else', async () => {
    const guess = () => stage.call('/sdk/approvals/apr_x', { headers: { 'x-api-key': 'aw_guess' } });
    for (let i = 0; i < 60 && (await guess()).status !== 429; i++);
    const slowed = await guess();
    expect(slowed).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await stage.call('/r/guess')).status).toBe(429);
    expect((await stage.agent('/sdk/check', { agent_id: 'support-bot', action: 'x' })).status).toBe(200);
    expect((await session(bearer(stage.adminToken))).status).toBe(200);
  });
});
