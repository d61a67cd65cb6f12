/** Picks the carrier of each channel: the real one if it is configured, the outbox under `npm start`, otherwise one that refuses. */
import type { Config } from '../config';
import { DeliveryError, type Carrier, type Carriers, type Message } from './carrier';
import { createEmail } from './email';
import { createOutbox } from './outbox';
import { createSlack } from './slack';
import { createSms } from './sms';

const unconfigured = <C extends Message['channel']>(): Carrier<C> => ({
  send: () => Promise.reject(new DeliveryError('channel_not_configured', true)),
});

export function createCarriers({ mail, slack, twilio, outboxDir }: Config): Carriers {
  const substitute = <C extends Message['channel']>(): Carrier<C> =>
    outboxDir === undefined ? unconfigured<C>() : createOutbox<C>(outboxDir);
  const { accountSid, authToken, from, apiUrl } = twilio;
  return {
    email: mail.smtpUrl ? createEmail({ smtpUrl: mail.smtpUrl, from: mail.from }) : substitute(),
    sms: accountSid && authToken && from ? createSms({ accountSid, authToken, from, apiUrl }) : substitute(),
    slack: slack.botToken ? createSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl }) : substitute(),
  };
}
