import { startSmtp, type Smtp } from '../tests/support/smtp';
import type { Carrier, Message } from './carrier';
import { createEmail, type EmailContent } from './email';

const mail = (fields: Partial<Message<EmailContent>> = {}): Message<EmailContent> => ({
  channel: 'email',
  delivery_id: 'dlv_1',
  to: 'ana@acme.example',
  subject: 'Approve? deploy.production · bot',
  html: '<p>bot wants to</p>',
  text: 'bot wants to',
  thread: null,
  ...fields,
});

describe('mail', () => {
  let smtp: Smtp;
  let email: Carrier<EmailContent>;
  beforeAll(async () => {
    smtp = await startSmtp();
  });
  beforeEach(() => {
    smtp.behave(() => undefined);
    email = createEmail({ smtpUrl: smtp.url, from: 'AgentWarden <warden@acme.example>' });
  });
  afterEach(() => email.close?.());
  afterAll(() => smtp.close());

  test('carries both parts, a Message-ID made of the delivery, and says that a machine sent it', async () => {
    const ref = await email.send(mail());
    const got = await smtp.waitFor((candidate) => candidate.messageId === ref);
    expect(ref).toBe('<dlv_1@acme.example>');
    expect(got.html).toContain('bot wants to');
    expect(got.text).toContain('bot wants to');
    expect(got.headers.get('auto-submitted')).toBe('auto-generated');
  });

  test('answers in the thread of an earlier mail', async () => {
    await email.send(mail({ delivery_id: 'dlv_2', thread: '<dlv_1@acme.example>' }));
    const got = await smtp.waitFor((candidate) => candidate.messageId === '<dlv_2@acme.example>');
    expect(got.inReplyTo).toBe('<dlv_1@acme.example>');
    expect(got.references).toBe('<dlv_1@acme.example>');
  });

  test('lets no line break into a header and no second recipient into the address (T23)', async () => {
    const subject = 'Approve?\r\nBcc: eve@evil.example';
    await email.send(mail({ delivery_id: 'dlv_3', subject }));
    const got = await smtp.waitFor((candidate) => candidate.messageId === '<dlv_3@acme.example>');
    expect(got.headers.has('bcc')).toBe(false);
    expect(got.subject).not.toContain('\n');
    await email.send(mail({ delivery_id: 'dlv_4', to: 'ana@acme.example, eve@evil.example' })).catch(() => undefined);
    const all = smtp.messages().flatMap((candidate) => JSON.stringify(candidate.to));
    expect(all.some((to) => to.includes('"address":"eve@evil.example"'))).toBe(false);
  });

  test.each([
    ['a 5xx answer is final', { code: 550, message: 'no such user ana@acme.example' }, 'smtp_550', true],
    ['a 4xx answer is not', { code: 451, message: 'later' }, 'smtp_451', false],
    ['a full mailbox is not', { code: 452, message: 'full' }, 'smtp_452', false],
  ])('%s', async (_, behaviour, code, final) => {
    smtp.behave(({ phase }) => (phase === 'rcpt' ? behaviour : undefined));
    await expect(email.send(mail())).rejects.toMatchObject({ code, final, message: code });
  });

  test('a refusal of the whole message after DATA is final', async () => {
    smtp.behave(({ phase }) => (phase === 'data' ? { code: 554, message: 'spam' } : undefined));
    await expect(email.send(mail())).rejects.toMatchObject({ code: 'smtp_554', final: true });
  });

  test.each(['mail', 'data'] as const)('a connection that is cut at %s is tried again', async (phase) => {
    smtp.behave((step) => (step.phase === phase ? 'cut' : undefined));
    await expect(email.send(mail())).rejects.toMatchObject({ code: 'smtp_unreachable', final: false });
  });

  test('a server that is not there is tried again', async () => {
    const nowhere = createEmail({ smtpUrl: 'smtp://127.0.0.1:1', from: 'warden@acme.example' });
    await expect(nowhere.send(mail())).rejects.toMatchObject({ code: 'smtp_unreachable', final: false });
    nowhere.close?.();
  });

  test('a server that never answers is left after a limit', async () => {
    smtp.behave(() => 'stall');
    const hasty = createEmail({ smtpUrl: smtp.url, from: 'warden@acme.example', silence_limit_ms: 300 });
    await expect(hasty.send(mail())).rejects.toMatchObject({ code: 'smtp_timeout', final: false });
    hasty.close?.();
  });
});
