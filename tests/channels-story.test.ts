/** Requests by text message and Slack: they arrive, carry the link, and take the next channel if one fails. */
import { startProduct, until, type Product } from './support/product';
import { startSlack, type Slack } from './support/slack';
import { startSmtp, type Smtp } from './support/smtp';
import { startTwilio, type Twilio } from './support/twilio';

jest.setTimeout(120_000);

const POLICY = `
version: 1
rules:
  - { id: text, action: ask.texter, effect: require_approval, flow: texters }
  - { id: chat, action: ask.chatter, effect: require_approval, flow: chatters }
  - { id: place, action: ask.place, effect: require_approval, flow: place }
  - { id: nobody, action: ask.unreachable, effect: require_approval, flow: unreachable }
flows:
  admins: { levels: [{ name: admins, approvers: ["role:admin"], approve: 1 }] }
  texters: { levels: [{ name: texters, approvers: ["role:texter"], approve: 1 }] }
  chatters: { levels: [{ name: chatters, approvers: ["role:chatter"], approve: 1 }] }
  place:
    notify: [email, "slack:#refunds"]
    levels: [{ name: chatters, approvers: ["role:chatter"], approve: 1 }]
  unreachable:
    levels:
      - name: texters
        approvers: ["role:mute"]
        approve: 1
        timing: { escalate: [{ after: 1d, add: ["role:chatter"] }] }
`;

const PEOPLE = [
  {
    name: 'Tess',
    emails: ['tess@acme.example'],
    phones: ['+447700900001'],
    roles: ['texter'],
    channels: ['sms', 'email'],
  },
  {
    name: 'Chad',
    emails: ['chad@acme.example'],
    slack_ids: ['U0CHAD0001'],
    roles: ['chatter'],
    channels: ['slack', 'email'],
  },
  { name: 'Mute', emails: ['mute@acme.example'], phones: ['+447700900009'], roles: ['mute'], channels: ['sms'] },
];

let product: Product, smtp: Smtp, slack: Slack, twilio: Twilio;

beforeAll(async () => {
  [smtp, slack, twilio] = await Promise.all([startSmtp(), startSlack(), startTwilio()]);
  product = await startProduct({
    SMTP_URL: smtp.url,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_AUTH_TOKEN: twilio.authToken,
    TWILIO_FROM: '+447700900000',
    TWILIO_API_URL: twilio.url,
  });
  const published = await product.api('PUT', '/policy', POLICY, {
    'content-type': 'application/yaml',
    'if-match': '"0"',
  });
  expect(published.status).toBe(200);
  for (const person of PEOPLE) expect(await product.api('POST', '/users', person)).toMatchObject({ status: 201 });
});
beforeEach(() => {
  twilio.behave(() => undefined);
  slack.behave(() => undefined);
});
afterAll(async () => {
  await product?.stop();
  await Promise.all([smtp?.close(), slack?.close(), twilio?.close()]);
});

const ask = async (action: string, context: object = { order: 7 }): Promise<string> => {
  const check = await product.sdk('POST', '/check', { agent_id: product.info.agent_id, action, context });
  expect(check.body).toMatchObject({ decision: 'require_approval' });
  return check.body.approval_id;
};
const deliveries = async (id: string): Promise<any[]> => (await product.api('GET', `/approvals/${id}`)).body.deliveries;
const linkIn = (text: string): string => {
  const link = /https?:\/\/\S+\/r\/[\w.-]+/.exec(text)?.[0];
  if (!link) throw new Error(`no link in: ${text}`);
  return link;
};

/** Opens the link as a browser does and submits the form. */
async function decideBy(link: string, decision: string): Promise<string> {
  const first = await fetch(link, { redirect: 'manual' });
  expect(first.status).toBe(303);
  const cookie = first.headers.get('set-cookie')!.split(';')[0]!;
  const url = new URL(first.headers.get('location')!, link);
  const page = await (await fetch(url, { headers: { cookie } })).text();
  const nonce = /name="nonce" value="([^"]+)"/.exec(page)![1]!;
  const posted = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: url.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ nonce, decision, comment: '' }),
  });
  expect(posted.status).toBe(303);
  return (await fetch(new URL(posted.headers.get('location')!, url), { headers: { cookie } })).text();
}

test('a text message names the action, and its link leads to the decision', async () => {
  const id = await ask('ask.texter');
  const sms = await until('the text message', () => twilio.messages().find((each) => each.body.includes('ask.texter')));
  expect(sms).toMatchObject({ to: '+447700900001', from: '+447700900000' });
  expect(await decideBy(linkIn(sms.body), 'approve')).toMatch(/counted/i);
  const approval = (await product.api('GET', `/approvals/${id}`)).body;
  expect(approval).toMatchObject({ status: 'approved', decided_by: { name: 'Tess' } });
  expect(approval.votes[0]).toMatchObject({ channel: 'sms', assurance: 'link' });
  expect(smtp.messages().filter((mail) => mail.subject?.includes('ask.texter'))).toEqual([]);
});

test('a Slack message goes to the person, with the agent’s words as plain text', async () => {
  const id = await ask('ask.chatter', { note: '<!channel> *bold* <https://evil.example|here>' });
  const message = await until('the Slack message', () =>
    slack.messages().find((each) => JSON.stringify(each).includes('ask.chatter')),
  );
  expect(message.channel).toBe('U0CHAD0001');
  const mrkdwn = JSON.stringify(message.blocks).match(/"type":"mrkdwn","text":"[^"]*"/g) ?? [];
  for (const text of mrkdwn) expect(text).not.toMatch(/<!channel>|<https:\/\/evil/);
  expect(String(message.text)).not.toContain('<!channel>');
  expect(await decideBy(linkIn(JSON.stringify(message)), 'deny')).toMatch(/denied/i);
  expect((await product.api('GET', `/approvals/${id}`)).body).toMatchObject({
    status: 'denied',
    votes: [{ channel: 'slack' }],
  });
});

test('a flow with its own channels sends to each person and to the shared channel', async () => {
  await ask('ask.place');
  const place = await until('the message in the place', () =>
    slack.messages().find((each) => each.channel === '#refunds'),
  );
  expect(JSON.stringify(place)).toContain('ask.place');
  expect(JSON.stringify(place)).not.toMatch(/\/r\/[\w.-]{20,}/); // a shared channel gets no personal link
  expect((await smtp.waitFor((mail) => !!mail.subject?.includes('ask.place'))).to).toMatchObject({
    text: expect.stringContaining('chad@acme.example'),
  });
});

test('an opted-out number is a visible failure, and the person’s next channel is tried', async () => {
  twilio.behave(() => ({ status: 400, code: 21610, message: 'Attempt to send to unsubscribed recipient' }));
  const id = await ask('ask.texter', { order: 8 });
  const mail = await smtp.waitFor((each) => !!each.subject?.includes('ask.texter'));
  expect(mail.to).toMatchObject({ text: expect.stringContaining('tess@acme.example') });
  const sent = await until('both deliveries', async () => {
    const all = (await deliveries(id)).filter((each) => each.kind === 'request');
    return all.length === 2 && all.every((each) => each.status !== 'queued') && all;
  });
  expect(sent.map((each) => [each.channel, each.status])).toEqual([
    ['sms', 'failed'],
    ['email', 'sent'],
  ]);
  expect(sent[0].error).toMatch(/21610|opted/i);
  expect(JSON.stringify(sent)).not.toContain('+4477');
  expect(await decideBy(linkIn(mail.text!), 'approve')).toMatch(/counted/i);
});

test('a revoked Slack token fails at once, and an email is sent instead', async () => {
  slack.behave(() => ({ error: 'account_inactive' }));
  await ask('ask.chatter', { order: 9 });
  await smtp.waitFor((mail) => !!mail.subject?.includes('ask.chatter'));
});

test('if nobody can be reached the next escalation runs at once, with a warning on the approval and an email to the admins', async () => {
  twilio.behave(() => ({ status: 400, code: 21211, message: 'Invalid To' }));
  const id = await ask('ask.unreachable');
  const message = await until('the escalation', () =>
    slack.messages().find((each) => JSON.stringify(each).includes('ask.unreachable')),
  );
  expect(message.channel).toBe('U0CHAD0001');
  const approval = (await product.api('GET', `/approvals/${id}`)).body;
  expect(approval).toMatchObject({ status: 'pending', warnings: ['delivery_failed'] });
  await smtp.waitFor(
    (mail) => JSON.stringify(mail.to).includes('admin@acme.example') && !!mail.subject?.includes('ask.unreachable'),
  );
});
