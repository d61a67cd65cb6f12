/** The one mail that the API itself sends: a login link. Everything else is a workflow's. */
import { randomUUID } from 'node:crypto';
import type { Carrier } from '../activities/channels';
import { renderLoginMail } from '../faces/mail';
import type { Deps } from './deps';

export const createLoginMailer =
  (email: Carrier<'email'>): Deps['mailLogin'] =>
  async ({ address }, link, expires_in_ms) => {
    const { subject, html, text } = renderLoginMail({ link, expires_in_ms });
    await email.send({
      channel: 'email',
      delivery_id: `login_${randomUUID()}`,
      to: address,
      subject,
      html,
      text,
      thread: null,
    });
  };
