/** Each channel as it is configured: the real one, else the outbox under `npm start`, else a refusal. */
import type { Config } from '../config';
import { DeliveryError, type Carrier, type Carriers, type Message } from './channels';
import { createEmail } from './email';
import { createOutbox } from './outbox';
import { createSlack } from './slack';
import { createSms } from './sms';

const unconfigured = <C extends Message['channel']>(): Carrier<C> => ({
  send: () => Promise.reject(new DeliveryError('channel_not_configured', true)),
});

export function createCarriers({ mail, slack, twilio, outboxDir }: Config): Carriers {
  const instead = <C extends Message['channel']>(): Carrier<C> =>
    outboxDir === undefined ? unconfigured<C>() : createOutbox<C>(outboxDir);
  const { accountSid, authToken, from, apiUrl } = twilio;
  return {
    email: mail.smtpUrl ? createEmail({ smtpUrl: mail.smtpUrl, from: mail.from }) : instead(),
    sms: accountSid && authToken && from ? createSms({ accountSid, authToken, from, apiUrl }) : instead(),
    slack: slack.botToken ? createSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl }) : instead(),
  };
}
