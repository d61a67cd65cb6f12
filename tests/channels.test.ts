/** The fake mail, Slack and Twilio servers of the tests behave as the real ones do, tried with the real clients. */
import { LogLevel, WebClient } from '@slack/web-api';
import { createTransport } from 'nodemailer';
import { startSlack, type Slack } from './support/slack';
import { startSmtp, type Smtp } from './support/smtp';
import { startTwilio, type Twilio } from './support/twilio';

const mail = {
  from: 'warden@acme.example',
  to: 'ana@acme.example',
  subject: 'Approve? deploy.production',
  text: 'Hello',
};

describe('the SMTP server of the tests', () => {
  let smtp: Smtp;
  beforeAll(async () => void (smtp = await startSmtp()));
  afterAll(() => smtp.close());
  const send = () => createTransport(`${smtp.url}/?socketTimeout=300`).sendMail(mail);

  test('parses what a real client sends', async () => {
    await send();
    const got = await smtp.waitFor((one) => one.subject === mail.subject);
    expect(got.text).toContain('Hello');
    expect(smtp.messages()).toHaveLength(1);
  });

  test.each([
    ['mail', 451],
    ['rcpt', 550],
    ['data', 552],
  ] as const)('refuses at %s with %i', async (phase, code) => {
    smtp.behave((step) => (step.phase === phase ? { code, message: 'not now' } : undefined));
    await expect(send()).rejects.toMatchObject({ responseCode: code });
    expect(smtp.messages()).toHaveLength(1);
  });

  test.each([
    ['cut', 'ECONNECTION'],
    ['stall', 'ETIMEDOUT'],
  ] as const)('can %s after the message', async (way, code) => {
    smtp.behave((step) => (step.phase === 'data' ? way : undefined));
    await expect(send()).rejects.toMatchObject({ code });
  });

  test('names the emails that came if the awaited one does not', async () => {
    await expect(smtp.waitFor(() => false, 30)).rejects.toThrow('Approve? deploy.production');
  });
});

describe('the Slack server of the tests', () => {
  let slack: Slack;
  beforeAll(async () => void (slack = await startSlack()));
  afterAll(() => slack.close());
  const client = (token = slack.token) =>
    new WebClient(token, {
      slackApiUrl: slack.url,
      logLevel: LogLevel.ERROR,
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
    });

  test('accepts a message with blocks from the real client', async () => {
    const blocks = [{ type: 'section', text: { type: 'plain_text', text: 'hi' } }];
    const answer = await client().chat.postMessage({ channel: 'U1', text: 'hi', blocks });
    expect(answer.ts).toMatch(/^\d+\.\d{6}$/);
    expect(slack.messages()[0]).toMatchObject({ channel: 'U1', blocks });
  });

  test('refuses a wrong token', async () => {
    await expect(client('xoxb-other').auth.test()).rejects.toThrow('invalid_auth');
  });

  test('can answer with a documented error, with 429, with 500, or drop the connection', async () => {
    const post = () => client().chat.postMessage({ channel: 'U1', text: 'hi' });
    slack.behave(() => ({ error: 'channel_not_found' }));
    await expect(post()).rejects.toThrow('channel_not_found');
    slack.behave(() => ({ status: 429, retry_after_s: 7 }));
    await expect(post()).rejects.toMatchObject({ retryAfter: 7 });
    slack.behave(() => ({ status: 500 }));
    await expect(post()).rejects.toThrow('500');
    slack.behave(() => 'cut');
    await expect(post()).rejects.toThrow('fetch failed');
  });
});

describe('the Twilio server of the tests', () => {
  let twilio: Twilio;
  beforeAll(async () => void (twilio = await startTwilio()));
  afterAll(() => twilio.close());
  const send = (fields: Record<string, string>, password = twilio.authToken) =>
    fetch(`${twilio.url}/2010-04-01/Accounts/${twilio.accountSid}/Messages.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${twilio.accountSid}:${password}`).toString('base64')}` },
      body: new URLSearchParams(fields),
    });
  const sms = { To: '+447700900123', From: '+15005550006', Body: 'hello' };

  test('queues a text and remembers it', async () => {
    const answer = await send(sms);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ status: 'queued', to: sms.To });
    expect(twilio.messages()).toMatchObject([{ to: sms.To, body: 'hello' }]);
  });

  test.each([
    [{ ...sms, To: '12' }, 400, 21211],
    [{ ...sms, Body: '' }, 400, 21602],
    [{ ...sms, From: '' }, 400, 21603],
    [{ ...sms, Body: 'x'.repeat(1601) }, 400, 21617],
  ])('refuses %j', async (fields, status, code) => {
    const answer = await send(fields);
    expect([answer.status, ((await answer.json()) as { code: number }).code]).toEqual([status, code]);
  });

  test('refuses wrong credentials, and can refuse and drop a message', async () => {
    expect((await send(sms, 'wrong')).status).toBe(401);
    twilio.behave(() => ({ status: 400, code: 21610, message: 'Attempt to send to unsubscribed recipient' }));
    expect(await (await send(sms)).json()).toMatchObject({ code: 21610 });
    twilio.behave(() => 'cut');
    await expect(send(sms)).rejects.toHaveProperty('cause.code', 'UND_ERR_SOCKET');
    expect(twilio.messages()).toHaveLength(2);
  });
});
