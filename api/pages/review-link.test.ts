import { createLinkToken } from '../../encryption/link-token';
import { nonceIn, visitor, type Visitor } from '../../tests/support/browsing';
import { startStage, type ApiStage, type Reply } from '../../tests/support/api';
import type { Person } from '../../db/people';

const POLICY = `
version: 1
rules:
  - { id: low, action: low.*, effect: require_approval, flow: one }
  - { id: high, action: high.*, effect: require_approval, flow: one, risk: high }
  - { id: sure, action: sure.*, effect: require_approval, flow: sure }
  - { id: words, action: words.*, effect: require_approval, flow: words }
flows:
  one: { levels: [{ name: team, approvers: [role:lead], approve: 1 }] }
  sure: { levels: [{ name: team, approvers: [role:lead], approve: 1, assurance: session }] }
  words: { levels: [{ name: team, approvers: [role:lead], approve: 1, comment: { on_deny: required } }] }
`;

const DAY_MS = 24 * 3_600_000;

describe('the pages of a link', () => {
  let stage: ApiStage;
  let lea: Person;
  let ben: Person;

  beforeAll(async () => {
    stage = await startStage();
    lea = (await stage.newPerson({ name: 'Lea Lead', emails: ['lea@acme.example'], roles: ['lead'], channels: [] }))
      .person;
    ben = (await stage.newPerson({ name: 'Ben', emails: ['ben@acme.example'], roles: ['lead'], channels: [] })).person;
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(() => stage.close());

  const ask = async (action: string) => {
    const { json } = await stage.agent('/sdk/check', {
      agent_id: 'support-bot',
      action,
      context: { customer: '<b>Zebra</b>' },
    });
    await stage.agent(`/sdk/approvals/${json.approval_id}`);
    return { id: json.approval_id as string, digest: json.digest as string };
  };
  const linkFor = (
    { id, digest }: { id: string; digest: string },
    person: Person = lea,
    expires_at_ms = Date.now() + DAY_MS,
  ) =>
    `/r/${createLinkToken(stage.api.deps.rings.link, { approval_id: id, person: person.id, level: 'team', digest, channel: 'email', expires_at_ms })}`;
  const follow = async (link: string): Promise<{ browser: Visitor; url: string; page: Reply }> => {
    const browser = visitor(stage);
    const { status, headers } = await browser.get(link);
    expect(status).toBe(303);
    const url = headers.get('location')!;
    return { browser, url, page: await browser.get(url) };
  };
  const statusOf = async (id: string) => (await stage.agent(`/sdk/approvals/${id}`)).json;

  test('fifty visits of a scanner by GET, HEAD and OPTIONS decide nothing; then a person’s POST does', async () => {
    const asked = await ask('low.scan');
    const link = linkFor(asked);
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => stage.call(link, { method: ['GET', 'HEAD', 'OPTIONS'][i % 3] })),
    );
    expect(await statusOf(asked.id)).toMatchObject({ status: 'pending', version: 1, votes: [] });
    const { browser, url, page } = await follow(link);
    expect(page.text).toContain('&lt;b&gt;Zebra&lt;/b&gt;');
    expect(page.text).toContain('lea@acme.example');
    const posted = await browser.post(url, { decision: 'approve', comment: 'ok', nonce: nonceIn(page) });
    expect({ status: posted.status, location: posted.headers.get('location') }).toEqual({
      status: 303,
      location: `${url}?done=approve`,
    });
    const result = await browser.get(`${url}?done=approve`);
    expect(result.status).toBe(200);
    expect(await statusOf(asked.id)).toMatchObject({
      status: 'approved',
      decided_by: { name: 'Lea Lead' },
      votes: [{ channel: 'email', assurance: 'link', comment: 'ok' }],
    });
    expect((await browser.post(url, { decision: 'approve', comment: 'ok', nonce: nonceIn(page) })).status).toBe(303);
    const other = await browser.post(url, { decision: 'deny', comment: '', nonce: nonceIn(page) });
    expect(other.status).toBe(409);
    expect((await statusOf(asked.id)).votes).toHaveLength(1);
  });

  test('goes on to a clean address with a cookie of that path, and headers that keep the token to itself', async () => {
    const asked = await ask('low.headers');
    const link = linkFor(asked);
    const browser = visitor(stage);
    const { headers } = await browser.get(link);
    const url = headers.get('location')!;
    expect(url).toMatch(/^\/r\/v\/[\w-]+$/);
    expect(link).not.toContain(url.slice('/r/v/'.length));
    expect([...browser.cookies.values()]).toMatchObject([
      { path: url, attributes: expect.stringMatching(/HttpOnly.*SameSite=Lax/) },
    ]);
    const page = await browser.get(url);
    for (const [name, value] of Object.entries({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'x-frame-options': 'DENY',
    }))
      expect([name, page.headers.get(name)]).toEqual([name, value]);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.text).not.toMatch(/<script|https?:\/\/(?!127\.0\.0\.1)/);
    expect((await stage.call(url)).status).toBe(401);
  });

  test('two links on one phone do not mix', async () => {
    const [one, other] = [await ask('low.first'), await ask('low.second')];
    const browser = visitor(stage);
    const urls = [];
    for (const asked of [one, other]) urls.push((await browser.get(linkFor(asked))).headers.get('location')!);
    expect((await browser.get(urls[0]!)).text).toContain('low.first');
    expect((await browser.get(urls[1]!)).text).toContain('low.second');
    const foreign = nonceIn(await browser.get(urls[0]!));
    expect((await browser.post(urls[1]!, { decision: 'approve', nonce: foreign })).status).toBe(403);
    expect((await statusOf(other.id)).status).toBe('pending');
  });

  test('at high risk the first POST decides nothing, and its nonce is no good for the second', async () => {
    const asked = await ask('high.step');
    const { browser, url, page } = await follow(linkFor(asked));
    const nonce = nonceIn(page);
    const second = await browser.post(url, { decision: 'approve', comment: 'sure', nonce });
    expect(second.status).toBe(200);
    expect((await browser.post(url, { decision: 'approve', nonce, step: 'confirm' })).status).toBe(403);
    expect((await browser.post(url, { decision: 'deny', nonce: nonceIn(second), step: 'confirm' })).status).toBe(403);
    expect((await statusOf(asked.id)).status).toBe('pending');
    expect(
      (await browser.post(url, { decision: 'approve', comment: 'sure', nonce: nonceIn(second), step: 'confirm' }))
        .status,
    ).toBe(303);
    expect(await statusOf(asked.id)).toMatchObject({ status: 'approved', comment: 'sure' });
  });

  test.each([
    ['without a nonce', { decision: 'approve' }, {}, 403],
    ['with a forged nonce', { decision: 'approve', nonce: 'AAAAAAAAAAAAAAAA.test.AAAAAAAAAAAAAAAAAAAAAA' }, {}, 403],
    ['without a button', {}, {}, 400],
    ['with a decision that there is not', { decision: 'maybe' }, {}, 400],
  ])('a POST %s decides nothing', async (_, fields, headers, status) => {
    const asked = await ask('low.bad');
    const { browser, url } = await follow(linkFor(asked));
    expect((await browser.post(url, fields as Record<string, string>, headers)).status).toBe(status);
    expect((await statusOf(asked.id)).status).toBe('pending');
  });

  test.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 303],
    [{ origin: 'null' }, 303],
  ])('a POST from %j is answered %i', async (headers, status) => {
    const asked = await ask('low.origin');
    const { browser, url, page } = await follow(linkFor(asked));
    expect(
      (
        await browser.post(
          url,
          { decision: 'approve', nonce: nonceIn(page) },
          headers as unknown as Record<string, string>,
        )
      ).status,
    ).toBe(status);
  });

  test('one may change one’s mind while it is open, and passing gives the seat up', async () => {
    const asked = await ask('low.mind');
    const { browser, url, page } = await follow(linkFor(asked));
    expect((await browser.post(url, { decision: 'pass', nonce: nonceIn(page) })).status).toBe(303);
    expect((await browser.get(`${url}?done=pass`)).text).toContain('change=1');
    const again = await browser.get(`${url}?change=1`);
    expect((await browser.post(url, { decision: 'deny', nonce: nonceIn(again) })).status).toBe(303);
    expect(await statusOf(asked.id)).toMatchObject({ status: 'denied' });
  });

  test('a report is written down once, decides nothing, and admins see it', async () => {
    const asked = await ask('low.report');
    const { browser, url, page } = await follow(linkFor(asked));
    for (let i = 0; i < 2; i++)
      expect(
        (await browser.post(url, { decision: 'report', comment: 'odd', nonce: nonceIn(page) })).headers.get('location'),
      ).toBe(`${url}?done=report`);
    expect((await browser.get(`${url}?done=report`)).status).toBe(200);
    const entries = (await stage.as(stage.adminToken, `/api/audit?type=approval.reported&approval_id=${asked.id}`)).json
      .items;
    expect(entries).toMatchObject([{ comment: 'odd', actor: { name: 'Lea Lead' }, channel: 'email' }]);
    expect((await stage.as(stage.adminToken, `/approvals/${asked.id}`)).text).toContain(
      'Reported as suspicious by Lea Lead',
    );
    expect((await statusOf(asked.id)).status).toBe('pending');
  });

  test('the comment that was typed is still there when the vote was refused', async () => {
    const asked = await ask('words.comment');
    const { browser, url, page } = await follow(linkFor(asked));
    const refused = await browser.post(url, { decision: 'deny', comment: ' ', nonce: nonceIn(page) });
    expect(refused.status).toBe(422);
    const long = await browser.post(url, { decision: 'deny', comment: 'y'.repeat(2001), nonce: nonceIn(refused) });
    expect(long.status).toBe(400);
    expect(long.text).toContain('yyy');
    expect((await browser.post(url, { decision: 'deny', comment: 'why', nonce: nonceIn(long) })).status).toBe(303);
  });

  test('a level that requires a stronger sign-in says so', async () => {
    const asked = await ask('sure.thing');
    const { browser, url, page } = await follow(linkFor(asked));
    expect((await browser.post(url, { decision: 'approve', nonce: nonceIn(page) })).status).toBe(403);
    expect((await statusOf(asked.id)).status).toBe('pending');
  });

  test('after the end the link shows the outcome, also when its own time is over, and after thirty days nothing', async () => {
    const asked = await ask('low.ended');
    await stage.agent(`/sdk/approvals/${asked.id}/cancel`, {});
    const { page } = await follow(linkFor(asked, ben, Date.now() - DAY_MS));
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('name="nonce"');
    const { db } = stage.engine;
    const row = await db.selectFrom('approvals').select('state').where('id', '=', asked.id).executeTakeFirstOrThrow();
    const state = { ...row.state, decided_at_ms: Date.now() - 31 * DAY_MS };
    await db
      .updateTable('approvals')
      .set({ state: JSON.stringify(state) })
      .where('id', '=', asked.id)
      .execute();
    expect((await stage.call(linkFor(asked, ben))).status).toBe(404);
  });

  test('forged, unknown and old links, and those of people who left, get one and the same 404', async () => {
    const asked = await ask('low.dead');
    const { person: gone } = await stage.newPerson({
      name: 'Gone',
      emails: ['gone@acme.example'],
      roles: ['lead'],
      channels: [],
    });
    const link = linkFor(asked, gone);
    await stage.call(`/api/users/${gone.id}`, {
      method: 'PATCH',
      body: { active: false },
      headers: { authorization: `Bearer ${stage.adminToken}` },
    });
    const dead = [
      '/r/x',
      `${linkFor(asked).slice(0, -2)}AA`,
      link,
      linkFor({ id: 'apr_nothere', digest: asked.digest }),
      linkFor({ ...asked, digest: `sha256:${'0'.repeat(64)}` }),
    ];
    const answers = await Promise.all(dead.map((path) => stage.call(path)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]!.status).toBe(404);
  });
});
