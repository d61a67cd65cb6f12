/** A fake of Twilio's Messages API. */
import { startLoopback, type HttpAnswer } from './loopback';

export interface Sms {
  sid: string;
  to: string;
  from: string;
  body: string;
  statusCallback: string | null;
}

/**
 * How the server treats a message. A documented refusal has a status and Twilio's error number: 21211 invalid number,
 * 21610 opted out, 20429 too many requests, 20003 wrong credentials. `cut`: the message is accepted, the answer is lost.
 */
export type TwilioBehaviour = void | { status: number; code: number; message: string } | 'cut';

export interface Twilio {
  /** The value for `TWILIO_API_URL`. */
  url: string;
  accountSid: string;
  authToken: string;
  messages(): Sms[];
  behave(behaviour: (sms: Sms) => TwilioBehaviour): void;
  close(): Promise<void>;
}

/** A fake of Twilio's Messages resource, REST API version 2010-04-01. */
export async function startTwilio(): Promise<Twilio> {
  const accountSid = `AC${'0'.repeat(31)}1`;
  const authToken = 'f'.repeat(32);
  const credentials = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const sent: Sms[] = [];
  let behaviour: (sms: Sms) => TwilioBehaviour = () => undefined;
  let count = 0;

  const server = await startLoopback((question) => {
    if (question.headers.authorization !== credentials) return refuse(401, 20003, 'Authenticate');
    if (question.method !== 'POST' || question.path !== `/2010-04-01/Accounts/${accountSid}/Messages.json`)
      return refuse(404, 20404, `The requested resource ${question.path} was not found`);
    const form = new URLSearchParams(question.body);
    const sms: Sms = {
      sid: `SM${String(++count).padStart(32, '0')}`,
      to: form.get('To') ?? '',
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      body: form.get('Body') ?? '',
      statusCallback: form.get('StatusCallback'),
    };
    if (!/^\+[1-9]\d{6,14}$/.test(sms.to))
      return refuse(400, 21211, `The 'To' number ${sms.to} is not a valid phone number.`);
    if (!sms.from) return refuse(400, 21603, "A 'From' phone number is required.");
    if (!sms.body) return refuse(400, 21602, 'Message body is required.');
    if (sms.body.length > 1600)
      return refuse(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
    const wanted = behaviour(sms);
    if (wanted && wanted !== 'cut') return refuse(wanted.status, wanted.code, wanted.message);
    sent.push(sms);
    return wanted ?? accepted(sms, accountSid);
  });

  return {
    url: server.origin,
    accountSid,
    authToken,
    messages: () => [...sent],
    behave: (next) => void (behaviour = next),
    close: () => server.close(),
  };
}

const refuse = (status: number, code: number, message: string): HttpAnswer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

function accepted(sms: Sms, accountSid: string): HttpAnswer {
  const body = {
    sid: sms.sid,
    account_sid: accountSid,
    to: sms.to,
    from: sms.from,
    body: sms.body,
    status: 'queued',
    direction: 'outbound-api',
    api_version: '2010-04-01',
    num_segments: '1',
    num_media: '0',
    date_created: 'Thu, 01 Jan 2026 00:00:00 +0000',
    date_updated: 'Thu, 01 Jan 2026 00:00:00 +0000',
    date_sent: null,
    error_code: null,
    error_message: null,
    price: null,
    price_unit: 'USD',
    messaging_service_sid: null,
    subresource_uris: {},
    uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sms.sid}.json`,
  };
  return { status: 201, body };
}
