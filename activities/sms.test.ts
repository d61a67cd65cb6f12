import { startTwilio, type Twilio } from '../tests/support/twilio';
import type { Carrier } from './carrier';
import { createSms } from './sms';

describe('text messages', () => {
  let twilio: Twilio;
  let sms: Carrier;
  beforeAll(async () => {
    twilio = await startTwilio();
    const { accountSid, authToken, url: apiUrl } = twilio;
    sms = createSms({ accountSid, authToken, from: '+15550100', apiUrl });
  });
  beforeEach(() => twilio.behave(() => undefined));
  afterAll(() => twilio.close());

  const send = (to = '+447700900123') =>
    sms.send({ channel: 'sms', delivery_id: 'dlv_1', to, thread: null, text: 'Approve?' });

  test('are posted to the configured address and named by Twilio', async () => {
    const sid = await send();
    expect(twilio.messages().at(-1)).toMatchObject({ sid, to: '+447700900123', from: '+15550100', body: 'Approve?' });
  });

  test.each([
    [400, 21610, 'sms_opted_out', true],
    [400, 21211, 'sms_number_invalid', true],
    [400, 21617, 'sms_twilio_21617', true],
    [401, 20003, 'sms_login_refused', true],
    [429, 20429, 'sms_rate_limited', false],
    [500, 20500, 'sms_http_500', false],
    [503, 20503, 'sms_http_503', false],
  ])('%i with error %i is %s', async (status, code, name, final) => {
    twilio.behave(() => ({ status, code, message: 'about +447700900123' }));
    await expect(send()).rejects.toMatchObject({ code: name, final, message: name });
  });

  test('whose answer is lost are tried again', async () => {
    twilio.behave(() => 'cut');
    await expect(send()).rejects.toMatchObject({ code: 'sms_unreachable', final: false });
  });

  test('can leave through a messaging service', async () => {
    const { accountSid, authToken, url: apiUrl } = twilio;
    const service = createSms({ accountSid, authToken, from: 'MG0001', apiUrl });
    await service.send({ channel: 'sms', delivery_id: 'dlv_2', to: '+447700900123', thread: null, text: 'Approve?' });
    expect(twilio.messages().at(-1)).toMatchObject({ from: 'MG0001' });
  });
});
