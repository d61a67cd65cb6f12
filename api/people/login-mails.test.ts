import { linkId } from '../../encryption/link-token';
import { startStage, type ApiStage } from '../../tests/support/api';
import { visitor } from '../../tests/support/browsing';
import { until } from '../../tests/support/product';
import { startSmtp, type Smtp } from '../../tests/support/smtp';

const LIMIT_MS = 20_000;

describe('a stranger who asks for login links in another’s name', () => {
  let stage: ApiStage;
  let smtp: Smtp;
  beforeAll(async () => {
    smtp = await startSmtp();
    stage = await startStage(
      { trustedProxies: ['loopback'], mail: { smtpUrl: smtp.url, from: 'AgentWarden <warden@acme.example>' } },
      { login_by_ip: { points: 5, per_s: 3_600, by: 'ip' } },
    );
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await smtp.close();
  });

  const ask = (name: string, from: string) =>
    stage.call('/api/session/link', {
      body: { email: `${name}@acme.example` },
      headers: { 'x-forwarded-for': from },
    });
  const mailsTo = (name: string) => smtp.messages().filter((mail) => JSON.stringify(mail.to).includes(`${name}@`));
  const linksTo = (name: string) => mailsTo(name).map((mail) => /http:\/\/\S+(\/login\/\S+)/.exec(mail.text!)![1]!);
  const owner = (name: string) => stage.newPerson({ name, emails: [`${name}@acme.example`], roles: ['admin'] });
  /** Waits until earlier requests have sent their mails: requests a mail for a new person now, and waits until it arrives. */
  const settled = async (name: string): Promise<void> => {
    await owner(name);
    await ask(name, `198.51.100.${name.length}`);
    await until(`the mail to ${name}`, () => mailsTo(name).length > 0, LIMIT_MS);
  };

  test('neither fills the mailbox nor keeps the owner out, from however many sources', async () => {
    await owner('ana');
    for (let i = 0; i < 40; i++) {
      const answer = await ask('ana', `2001:db8:0:${i.toString(16)}::1`);
      expect([answer.status, answer.json]).toEqual([202, { sent: true }]);
    }
    await settled('bea');
    const links = linksTo('ana');
    expect(links.length).toBeGreaterThan(0);
    expect(links.length).toBeLessThanOrEqual(5);
    for (const link of links) expect((await visitor(stage).post(link, {})).status).toBe(303);
    // No working link is left, so the owner gets another one at once, without a limit.
    expect((await ask('ana', '203.0.113.7')).status).toBe(202);
    await until('another link', () => mailsTo('ana').length > links.length, LIMIT_MS);
    expect((await visitor(stage).post(linksTo('ana').at(-1)!, {})).status).toBe(303);
  });

  test('has so many mails from one source, whose addresses of one /64 are one', async () => {
    for (let i = 0; i < 8; i++) {
      await owner(`many${i}`);
      expect((await ask(`many${i}`, `2001:db8:f:f::${i}`)).status).toBe(202);
    }
    const sent = () => smtp.messages().filter((mail) => JSON.stringify(mail.to).includes('many'));
    await until('five mails', () => sent().length === 5, LIMIT_MS);
    await settled('cleo');
    expect(sent()).toHaveLength(5);
  });

  test('uses nothing up with addresses that are nobody’s', async () => {
    for (let i = 0; i < 20; i++) expect((await ask(`nobody${i}`, '203.0.113.9')).status).toBe(202);
    await owner('dora');
    await ask('dora', '203.0.113.9');
    await until('the mail to dora', () => mailsTo('dora').length === 1, LIMIT_MS);
  });

  test('a link that could not be mailed does not count as one', async () => {
    const { person } = await owner('eve');
    const { db } = stage.engine;
    const links = async () =>
      (await db.selectFrom('login_links').select('hash').where('user_id', '=', person.id).execute()).length;
    let made = 0;
    smtp.behave(async ({ phase }) => {
      if (phase !== 'data') return undefined;
      made = await links();
      return { code: 552, message: 'the mailbox is full' };
    });
    await ask('eve', '203.0.113.10');
    await until('the link is gone', async () => made > 0 && (await links()) === 0, LIMIT_MS);
    expect(made).toBe(1);
    smtp.behave(() => undefined);
    await ask('eve', '203.0.113.10');
    await until('the mail to eve', () => mailsTo('eve').length === 1, LIMIT_MS);
  });
});

describe('guesses', () => {
  let stage: ApiStage;
  beforeAll(async () => {
    stage = await startStage({ trustedProxies: ['loopback'] }, { refused: { points: 3, per_s: 3_600, by: 'ip' } });
  }, 60_000);
  afterAll(() => stage.close());

  test('of keys are counted by source, and a good key from there still works', async () => {
    const guess = (from: string) =>
      stage.call('/sdk/approvals/apr_x', { headers: { 'x-api-key': 'aw_guess', 'x-forwarded-for': from } });
    for (let i = 0; i < 3; i++) expect((await guess(`2001:db8::${i}`)).status).toBe(401);
    const refused = await guess('2001:db8::ffff');
    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await guess('2001:db8:0:1::1')).status).toBe(401);
    expect((await stage.agent('/sdk/approvals/apr_x', undefined, { 'x-forwarded-for': '2001:db8::1' })).status).toBe(
      404,
    );
  });

  test.each(['GET', 'POST'])('of links are counted at their clean address too, by %s', async (method) => {
    const guess = (number: number) =>
      stage.call(`/r/v/${linkId(`guess-${number}`)}`, {
        method,
        headers: {
          cookie: `aw_link=guess-${number}`,
          'x-forwarded-for': method === 'GET' ? '198.51.100.1' : '198.51.100.2',
          'content-type': 'application/x-www-form-urlencoded',
        },
        ...(method === 'POST' ? { body: 'decision=approve' } : {}),
      });
    for (let i = 0; i < 3; i++) expect((await guess(i)).status).toBe(404);
    expect((await guess(3)).status).toBe(429);
  });
});
