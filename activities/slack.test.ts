import { startSlack, type Slack } from '../tests/support/slack';
import type { SlackMessage } from '../rendering/slack';
import type { Carrier, Message } from './carrier';
import { createSlack } from './slack';

describe('Slack messages', () => {
  let server: Slack;
  let slack: Carrier<SlackMessage>;
  beforeAll(async () => {
    server = await startSlack();
    slack = createSlack({ botToken: server.token, apiUrl: server.url });
  });
  beforeEach(() => server.behave(() => undefined));
  afterAll(() => server.close());

  const message = (fields: Partial<Message<SlackMessage>> = {}): Message<SlackMessage> => ({
    channel: 'slack',
    delivery_id: 'dlv_1',
    to: 'U0ANA',
    text: 'Approve?',
    blocks: [{ type: 'section', text: { type: 'plain_text', text: 'bot wants to', emoji: false } }],
    thread: null,
    ...fields,
  });

  test('go to a person, without previews of links', async () => {
    await slack.send(message());
    expect(server.messages().at(-1)).toMatchObject({ channel: 'U0ANA', text: 'Approve?', unfurl_links: 'false' });
  });

  test('to a channel, and later ones into its thread', async () => {
    const ref = await slack.send(message({ to: '#refunds' }));
    await slack.send(message({ to: '#refunds', thread: ref }));
    expect(server.messages().at(-1)).toMatchObject({ channel: '#refunds', thread_ts: ref.split(':')[1] });
  });

  test.each(['channel_not_found', 'invalid_auth', 'account_inactive', 'not_in_channel', 'is_archived'])(
    'that Slack refuses with %s are not tried again',
    async (error) => {
      server.behave(() => ({ error }));
      await expect(slack.send(message())).rejects.toMatchObject({ code: `slack_${error}`, final: true });
    },
  );

  test('are tried again after a temporary error', async () => {
    server.behave(() => ({ error: 'internal_error' }));
    await expect(slack.send(message())).rejects.toMatchObject({ code: 'slack_internal_error', final: false });
    server.behave(() => ({ status: 503 }));
    await expect(slack.send(message())).rejects.toMatchObject({ code: 'slack_http_503', final: false });
    server.behave(() => 'cut');
    await expect(slack.send(message())).rejects.toMatchObject({ code: 'slack_unreachable', final: false });
  });

  test('wait as long as Slack asks', async () => {
    server.behave(() => ({ status: 429, retry_after_s: 7 }));
    await expect(slack.send(message())).rejects.toMatchObject({ code: 'slack_rate_limited', retry_after_ms: 7000 });
  });

  test('with a revoked token are refused for good', async () => {
    const revoked = createSlack({ botToken: 'xoxb-old', apiUrl: server.url });
    await expect(revoked.send(message())).rejects.toMatchObject({ code: 'slack_invalid_auth', final: true });
  });
});
