/** A fake of Slack's Web API. */
import { startLoopback, type HttpAnswer, type HttpQuestion } from './loopback';

export interface SlackCall {
  /** `chat.postMessage`, `chat.update`, `conversations.open`, … */
  method: string;
  /** The arguments. Nested ones such as `blocks` are parsed. */
  args: Record<string, unknown>;
}

/** How the fake answers the next calls. An `error` is one of Slack's documented words (`channel_not_found`, `account_inactive`, …) in an answer with status 200. */
export type SlackBehaviour = void | { error: string } | { status: number; retry_after_s?: number } | 'cut';

export interface Slack {
  /** The value for `SLACK_API_URL`. */
  url: string;
  token: string;
  calls(): SlackCall[];
  /** The arguments of the posted messages. */
  messages(): Record<string, unknown>[];
  behave(behaviour: (call: SlackCall) => SlackBehaviour): void;
  close(): Promise<void>;
}

/** A fake of Slack's Web API, as documented: form or JSON bodies, a bearer token, `{ok: false, error}` with status 200, and 429 with `Retry-After`. */
export async function startSlack(token = 'xoxb-test-token'): Promise<Slack> {
  const calls: SlackCall[] = [];
  let behaviour: (call: SlackCall) => SlackBehaviour = () => undefined;
  let count = 0;

  const server = await startLoopback((question) => {
    const call = readCall(question);
    const given = (question.headers.authorization ?? `Bearer ${String(call.args.token ?? '')}`).replace(/^Bearer /, '');
    if (!given) return refuse('not_authed');
    if (given !== token) return refuse('invalid_auth');
    const wanted = behaviour(call);
    if (wanted === 'cut') return 'cut';
    if (wanted && 'error' in wanted) return refuse(wanted.error);
    if (wanted)
      return {
        status: wanted.status,
        body: {},
        headers: wanted.retry_after_s ? { 'retry-after': String(wanted.retry_after_s) } : {},
      };
    calls.push(call);
    return answer(call, ++count);
  });

  return {
    url: `${server.origin}/api/`,
    token,
    calls: () => [...calls],
    messages: () => calls.filter((call) => call.method === 'chat.postMessage').map((call) => call.args),
    behave: (next) => void (behaviour = next),
    close: () => server.close(),
  };
}

const refuse = (error: string): HttpAnswer => ({ status: 200, body: { ok: false, error } });

function readCall(question: HttpQuestion): SlackCall {
  const json = question.headers['content-type']?.startsWith('application/json');
  const raw = json
    ? (JSON.parse(question.body || '{}') as Record<string, unknown>)
    : Object.fromEntries(new URLSearchParams(question.body));
  const args = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, unpack(value)]));
  return { method: question.path.replace(/^\/api\//, '').replace(/\?.*$/, ''), args };
}

/** In a form body nested arguments are JSON text. */
function unpack(value: unknown): unknown {
  return typeof value === 'string' && /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value;
}

function answer({ method, args }: SlackCall, count: number): HttpAnswer {
  const ts = `1700000000.${String(count).padStart(6, '0')}`;
  const ok = (body: object): HttpAnswer => ({ status: 200, body: { ok: true, ...body } });
  switch (method) {
    case 'auth.test':
      return ok({
        url: 'https://example.slack.com/',
        team: 'Example',
        user: 'agentwarden',
        team_id: 'T0001',
        user_id: 'U0BOT',
        bot_id: 'B0001',
      });
    case 'conversations.open':
      return args.users
        ? ok({ channel: { id: `D${String(args.users).slice(1)}` } })
        : refuse('users_list_not_supplied');
    case 'chat.postMessage':
      if (!args.channel) return refuse('channel_not_found');
      if (!args.text && !args.blocks) return refuse('no_text');
      return ok({ channel: String(args.channel), ts, message: { type: 'message', text: args.text, ts } });
    case 'chat.update':
      return ok({ channel: String(args.channel), ts: String(args.ts), text: args.text });
    case 'users.lookupByEmail':
      return refuse('users_not_found');
    default:
      return refuse('unknown_method');
  }
}
