/** The channel `sms`: text messages through Twilio. */
import type { RequestClient } from 'twilio';
import { renderSms } from '../rendering/sms';
import { DeliveryError, type Carrier, type ChannelModule, type Content } from './carrier';

export interface SmsOptions {
  accountSid: string;
  authToken: string;
  from: string;
  /** Instead of `https://api.twilio.com`. */
  apiUrl?: string;
}

const REQUEST_TIMEOUT_MS = 15_000;

/** Twilio's errors that no second attempt changes (twilio.com/docs/api/errors). */
const FINAL_CODES: Record<number, string> = {
  21211: 'sms_number_invalid',
  21408: 'sms_region_not_enabled',
  21610: 'sms_opted_out',
  21612: 'sms_not_reachable',
  21614: 'sms_not_a_mobile',
  20003: 'sms_login_refused',
};

export function createSms(options: SmsOptions): Carrier {
  // The SDK is 65 MB, so a worker loads it with its first text message.
  let client: Promise<SmsClient> | undefined;
  return {
    async send({ to, text }) {
      client ??= connect(options);
      try {
        return (await (await client).messages.create({ to, ...senderOf(options), body: text })).sid;
      } catch (error) {
        throw readTwilioError(error);
      }
    },
  };
}

type Sender = { from: string } | { messagingServiceSid: string };

const senderOf = ({ from }: SmsOptions): Sender => (from.startsWith('MG') ? { messagingServiceSid: from } : { from });

interface SmsClient {
  messages: { create(message: Sender & { to: string; body: string }): Promise<{ sid: string }> };
}

async function connect({ accountSid, authToken, apiUrl }: SmsOptions): Promise<SmsClient> {
  const { default: twilio } = await import('twilio');
  const httpClient = new twilio.RequestClient({ timeout: REQUEST_TIMEOUT_MS, autoRetry: false });
  return twilio(accountSid, authToken, { httpClient: apiUrl ? redirected(httpClient, apiUrl) : httpClient });
}

/** The SDK has a fixed host. To reach a local server or a proxy, change the URL of each request. */
function redirected(client: RequestClient, apiUrl: string): RequestClient {
  const send = client.request.bind(client);
  client.request = (request) => {
    const { pathname, search } = new URL(request.uri);
    return send({ ...request, uri: apiUrl.replace(/\/$/, '') + pathname + search });
  };
  return client;
}

export function readTwilioError(error: unknown): DeliveryError {
  const { status, code } = error as { status?: number; code?: number | string };
  const known = typeof code === 'number' ? FINAL_CODES[code] : undefined;
  if (known) return new DeliveryError(known, true);
  if (status === undefined) return new DeliveryError('sms_unreachable', false);
  if (status === 429) return new DeliveryError('sms_rate_limited', false);
  if (status >= 500) return new DeliveryError(`sms_http_${status}`, false);
  return new DeliveryError(typeof code === 'number' ? `sms_twilio_${code}` : `sms_http_${status}`, true);
}

export const sms: ChannelModule = {
  render: (view, link, kind): Content => ({ text: renderSms(view, link, kind) }),
  createCarrier: ({ twilio: { accountSid, authToken, from, apiUrl } }) =>
    accountSid && authToken && from ? createSms({ accountSid, authToken, from, apiUrl }) : null,
  describe: ({ twilio }) => ({
    how: `by Twilio, from ${twilio.from}`,
    settings: 'TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM',
  }),
};
