/** The channel `email`: mails by SMTP, over a pool of connections. */
import { createTransport } from 'nodemailer';
import { renderMail, type Mail } from '../rendering/mail/mail';
import { DeliveryError, type Carrier, type ChannelModule } from './carrier';

export type EmailContent = Pick<Mail, 'subject' | 'html' | 'text'>;

export interface EmailOptions {
  smtpUrl: string;
  from: string;
  /** After this time without an answer the connection is closed, so a server that never answers cannot hold it. */
  silence_limit_ms?: number;
}

/** Shorter than the activity's time-out of 30 s, so that the delivery gets our error and not Temporal's. */
const CONNECT_TIMEOUT_MS = 8_000;
const SILENCE_LIMIT_MS = 15_000;

export function createEmail({
  smtpUrl,
  from,
  silence_limit_ms = SILENCE_LIMIT_MS,
}: EmailOptions): Carrier<EmailContent> {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 5,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: silence_limit_ms,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const host = /@([^>\s]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    async send({ delivery_id, to, subject, html, text, thread }) {
      // Every attempt has the same id. If a mail arrived although its attempt failed, most mailboxes show it only once.
      const messageId = `<${delivery_id}@${host}>`;
      try {
        await transport.sendMail({
          from,
          // A string would be parsed as a list of addresses.
          to: { name: '', address: to },
          subject,
          html,
          text,
          messageId,
          ...(thread === null ? {} : { inReplyTo: thread, references: thread }),
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
      } catch (error) {
        throw readSmtpError(error);
      }
      return messageId;
    },
    close: () => transport.close(),
  };
}

/** 5xx is final for this mail. After 4xx, a broken connection or a time-out another attempt may succeed. */
export function readSmtpError(error: unknown): DeliveryError {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  if (code === 'EAUTH') return new DeliveryError('smtp_login_refused', true);
  if (responseCode !== undefined) return new DeliveryError(`smtp_${responseCode}`, responseCode >= 500);
  if (code === 'ETIMEDOUT') return new DeliveryError('smtp_timeout', false);
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return new DeliveryError('smtp_message_refused', true);
  return new DeliveryError('smtp_unreachable', false);
}

export const email: ChannelModule<EmailContent> = {
  render: (view, link, kind) => {
    const { subject, html, text } = renderMail(view, link, kind);
    return { subject, html, text };
  },
  createCarrier: ({ mail: { smtpUrl, from } }) => (smtpUrl ? createEmail({ smtpUrl, from }) : null),
  describe: ({ mail }) => ({ how: `by SMTP, from ${mail.from}`, settings: 'SMTP_URL and MAIL_FROM' }),
};
