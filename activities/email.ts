/** Mail over SMTP, through a pool of kept connections. */
import { createTransport } from 'nodemailer';
import type { Delivery } from '../domain/approval';
import {
  renderAlertMail,
  renderOutcomeMail,
  renderReminderMail,
  renderRequestMail,
  type Mail,
} from '../rendering/mail/mail';
import type { ApprovalView } from '../rendering/view';
import { DeliveryError, type Carrier, type ChannelModule } from './carrier';

export type EmailContent = Pick<Mail, 'subject' | 'html' | 'text'>;

export interface EmailOptions {
  smtpUrl: string;
  from: string;
  /** How long a server may say nothing; a tarpit is left after it. */
  silence_limit_ms?: number;
}

/** Shorter than the activity's 30 s, so that we and not the server's time-out say what happened. */
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
      // The same id on each attempt: where a mail arrived though its sending seemed to fail, most mailboxes show it once.
      const messageId = `<${delivery_id}@${host}>`;
      try {
        await transport.sendMail({
          from,
          // An object, never a string: a string would be parsed as a list of addresses.
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

/** 5xx is the server's last word on this mail; 4xx, a cut or a silence may be better next time. */
export function readSmtpError(error: unknown): DeliveryError {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  if (code === 'EAUTH') return new DeliveryError('smtp_login_refused', true);
  if (responseCode !== undefined) return new DeliveryError(`smtp_${responseCode}`, responseCode >= 500);
  if (code === 'ETIMEDOUT') return new DeliveryError('smtp_timeout', false);
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return new DeliveryError('smtp_message_refused', true);
  return new DeliveryError('smtp_unreachable', false);
}

function mailFor(view: ApprovalView, link: string, kind: Delivery['kind']): Mail {
  switch (kind) {
    case 'request':
    case 'escalation':
      return renderRequestMail(view, link, kind);
    case 'reminder':
      return renderReminderMail(view, link);
    case 'outcome':
      return renderOutcomeMail(view, link);
    case 'alert':
      return renderAlertMail(view);
  }
}

export const email: ChannelModule<EmailContent> = {
  render: (view, link, kind) => {
    const { subject, html, text } = mailFor(view, link, kind);
    return { subject, html, text };
  },
  createCarrier: ({ mail: { smtpUrl, from } }) => (smtpUrl ? createEmail({ smtpUrl, from }) : null),
  describe: ({ mail }) => ({ how: `by SMTP, from ${mail.from}`, settings: 'SMTP_URL and MAIL_FROM' }),
};
