/** The channel `slack`: messages to a person or to a shared channel. */
import { ErrorCode, LogLevel, WebClient } from '@slack/web-api';
import { renderSlack, type SlackMessage } from '../rendering/slack';
import { DeliveryError, type Carrier, type ChannelModule } from './carrier';

export interface SlackOptions {
  botToken: string;
  /** Instead of `https://slack.com/api/`. */
  apiUrl?: string;
}

const REQUEST_TIMEOUT_MS = 15_000;

/** Slack's temporary errors. All others are final: channel_not_found, invalid_auth, account_inactive … */
const TEMPORARY = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited']);

export function createSlack({ botToken, apiUrl }: SlackOptions): Carrier<SlackMessage> {
  const client = new WebClient(botToken, {
    ...(apiUrl ? { slackApiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/` } : {}),
    timeout: REQUEST_TIMEOUT_MS,
    // The error is enough. The SDK's own log lines could contain personal data.
    logLevel: LogLevel.ERROR,
    // The activity schedules the attempts, so that they survive this process.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  return {
    async send({ to, text, blocks, thread }) {
      try {
        const posted = await client.chat.postMessage({
          channel: to,
          text,
          blocks,
          // No previews: Slack would fetch the link.
          unfurl_links: false,
          unfurl_media: false,
          ...(thread === null ? {} : { thread_ts: thread.slice(thread.indexOf(':') + 1) }),
        });
        return `${posted.channel}:${posted.ts}`;
      } catch (error) {
        throw readSlackError(error);
      }
    },
  };
}

export function readSlackError(error: unknown): DeliveryError {
  const { code, retryAfter, statusCode, data } = error as {
    code?: ErrorCode;
    retryAfter?: number;
    statusCode?: number;
    data?: { error?: string };
  };
  if (code === ErrorCode.RateLimitedError)
    return new DeliveryError('slack_rate_limited', false, (retryAfter ?? 1) * 1000);
  if (code === ErrorCode.PlatformError) {
    const name = data?.error ?? 'unknown_error';
    return new DeliveryError(`slack_${name}`, !TEMPORARY.has(name));
  }
  if (code === ErrorCode.HTTPError) return new DeliveryError(`slack_http_${statusCode}`, (statusCode ?? 500) < 500);
  return new DeliveryError('slack_unreachable', false);
}

export const slack: ChannelModule<SlackMessage> = {
  render: renderSlack,
  createCarrier: ({ slack: { botToken, apiUrl } }) => (botToken ? createSlack({ botToken, apiUrl }) : null),
  describe: ({ slack: { signingSecret } }) => ({
    how: signingSecret ? 'configured' : 'configured to send; without SLACK_SIGNING_SECRET',
    settings: 'SLACK_BOT_TOKEN',
  }),
};
