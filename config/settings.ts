/** All settings: name, meaning, default and parser. .env.example and docs/reference/configuration.md are generated from this table. */
import { z } from 'zod';
import { email, isHost, isNetwork, keys, list, matching, oneOf, pem, port, required, text, url } from './parsers';

export interface Setting {
  meaning: string;
  /** Parses undefined when the variable is not set. A plain default value is part of the parser. */
  parser: z.ZodType<unknown, string | undefined>;
  /** The default in words, when it is not a plain value. */
  default?: string;
  /** Never shown, not even by `doctor`. */
  secret?: true;
}

const LOCAL_TEMPORAL = '127.0.0.1:7233';
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export const SETTINGS = {
  HOST: { meaning: 'Address to listen on.', parser: text.default('127.0.0.1') },
  PORT: { meaning: 'Port to listen on; 0 takes a free one.', parser: port.default(8080) },
  PUBLIC_URL: {
    meaning: 'Address at which people and agents reach this server. Every link in a message begins with it.',
    parser: url('http', 'https')
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    default: 'http://127.0.0.1:<PORT>',
  },
  TRUSTED_PROXIES: {
    meaning: 'Addresses or networks (CIDR) of proxies, separated by commas, whose X-Forwarded-For header is trusted.',
    parser: list(isNetwork, 'an IP address or network such as 10.0.0.0/8').default([]),
  },
  DATABASE_URL: {
    meaning: "Postgres URL with the application's role.",
    parser: required(', such as postgres://user:password@host:5432/name').pipe(url('postgres', 'postgresql')),
    default: 'an embedded Postgres under npm start',
    secret: true,
  },
  DATABASE_MIGRATION_URL: {
    meaning: 'Postgres URL with the role that owns the tables. Only migrations use it.',
    parser: url('postgres', 'postgresql').default(''),
    secret: true,
  },
  TEMPORAL_ADDRESS: {
    meaning: 'host:port of the Temporal server.',
    parser: matching(/^[A-Za-z0-9_.-]+:\d{1,5}$/, 'host:port').default(LOCAL_TEMPORAL),
    default: `a dev server under npm start, else ${LOCAL_TEMPORAL}`,
  },
  TEMPORAL_NAMESPACE: { meaning: 'Temporal namespace; one per deployment.', parser: text.default('default') },
  TEMPORAL_TASK_QUEUE: {
    meaning: 'Task queue of the worker. Each channel has one more, such as agentwarden-email.',
    parser: text.default('agentwarden'),
  },
  TEMPORAL_API_KEY: {
    meaning: 'API key for Temporal Cloud; switches TLS on.',
    parser: text.optional(),
    secret: true,
  },
  TEMPORAL_TLS: {
    meaning: 'true connects to Temporal by TLS. Any other TEMPORAL_TLS_ setting switches TLS on too.',
    parser: oneOf('true', 'false').default('false'),
  },
  TEMPORAL_TLS_SERVER_NAME: {
    meaning: "Host name that Temporal's certificate must have.",
    parser: text.optional(),
    default: 'the host of TEMPORAL_ADDRESS',
  },
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: {
    meaning: "PEM text of the authority that signed Temporal's certificate.",
    parser: pem.optional(),
    default: "the system's authorities",
  },
  TEMPORAL_TLS_CLIENT_CERT_DATA: {
    meaning: 'PEM text of the client certificate, for mutual TLS.',
    parser: pem.optional(),
  },
  TEMPORAL_TLS_CLIENT_KEY_DATA: {
    meaning: 'PEM text of the key of the client certificate.',
    parser: pem.optional(),
    secret: true,
  },
  SECRET_KEYS: {
    meaning:
      'kid:base64 pairs, separated by commas, each of 32 random bytes. The first key signs and encrypts, all verify and decrypt.',
    parser: required('; create one with: echo "k1:$(openssl rand -base64 32)"').pipe(keys),
    default: 'created once in the data folder under npm start',
    secret: true,
  },
  PAYLOAD_KEYS: {
    meaning: 'Keys in the form of SECRET_KEYS that encrypt the data in Temporal.',
    parser: keys.optional(),
    default: 'derived from SECRET_KEYS',
    secret: true,
  },
  ADMIN_EMAIL: {
    meaning: 'Email address of the first admin, who is created at the first start.',
    parser: email.default('admin@localhost'),
  },
  SMTP_URL: {
    meaning: 'smtp:// or smtps:// URL of the mail server.',
    parser: url('smtp', 'smtps').optional(),
    default: 'none; under npm start, emails go to the outbox page',
    secret: true,
  },
  MAIL_FROM: {
    meaning: 'Sender of every email.',
    parser: matching(/^[^\r\n]*@[^\r\n]*$/, 'an email address, with or without a name').optional(),
    default: 'AgentWarden <agentwarden@(host of PUBLIC_URL)>',
  },
  SLACK_BOT_TOKEN: {
    meaning: 'Bot token of the Slack app (xoxb-…).',
    parser: matching(/^xox/, 'a bot token, which begins with xoxb-').optional(),
    secret: true,
  },
  SLACK_SIGNING_SECRET: {
    meaning: 'Signing secret of the Slack app. It proves that a request comes from Slack.',
    parser: text.optional(),
    secret: true,
  },
  SLACK_API_URL: {
    meaning: 'URL of the Slack Web API, for tests and proxies.',
    parser: url('http', 'https').optional(),
    default: "Slack's own",
  },
  TWILIO_ACCOUNT_SID: {
    meaning: 'Account SID of Twilio (AC…). Text messages need this, the token and the sender.',
    parser: matching(/^AC\w+$/, 'an account SID, which begins with AC').optional(),
  },
  TWILIO_AUTH_TOKEN: { meaning: 'Auth token of the Twilio account.', parser: text.optional(), secret: true },
  TWILIO_FROM: {
    meaning: 'Sender of text messages: a number such as +15551234567, or a messaging service (MG…).',
    parser: matching(
      /^(\+[1-9]\d{4,14}|MG\w+)$/,
      'a number such as +15551234567 or a messaging service MG…',
    ).optional(),
  },
  TWILIO_API_URL: {
    meaning: 'URL of the Twilio API, for tests and proxies.',
    parser: url('http', 'https').optional(),
    default: "Twilio's own",
  },
  WEBHOOK_ALLOW_HOSTS: {
    meaning: 'host or host:port, separated by commas, that webhooks may reach by plain http and at private addresses.',
    parser: list(isHost, 'a host name or host:port, without http://')
      .transform((hosts) => hosts.map((host) => host.toLowerCase()))
      .default([]),
  },
  METRICS_TOKEN: {
    meaning: 'Bearer token of /metrics.',
    parser: matching(/^\S{16,}$/, 'at least 16 characters without spaces').optional(),
    default: 'none; /metrics answers only on loopback',
    secret: true,
  },
  LOG_LEVEL: {
    meaning: 'Lowest level that is logged: trace, debug, info, warn, error, fatal or silent.',
    parser: oneOf(...LOG_LEVELS).default('info'),
  },
  AGENTWARDEN_DATA_DIR: {
    meaning: 'Data folder of npm start: its keys, Postgres, Temporal and outbox.',
    parser: text.optional(),
    default: '.agentwarden in the project',
  },
  AGENTWARDEN_OUTBOX_DIR: {
    meaning: 'Folder for the messages of channels that are not configured. npm start sets it.',
    parser: text.optional(),
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['parser']> };

/** The settings of the channels, as their carriers take them. */
export interface ChannelSettings {
  slack: { botToken?: string; signingSecret?: string; apiUrl?: string };
  twilio: { accountSid?: string; authToken?: string; from?: string; apiUrl?: string };
}

export const channelSettings = (settings: Settings): ChannelSettings => ({
  slack: {
    botToken: settings.SLACK_BOT_TOKEN,
    signingSecret: settings.SLACK_SIGNING_SECRET,
    apiUrl: settings.SLACK_API_URL,
  },
  twilio: {
    accountSid: settings.TWILIO_ACCOUNT_SID,
    authToken: settings.TWILIO_AUTH_TOKEN,
    from: settings.TWILIO_FROM,
    apiUrl: settings.TWILIO_API_URL,
  },
});

/** Settings that work only together. When one of a group is set, the others are required. */
export const GROUPS: readonly { names: readonly SettingName[]; missing: string }[] = [
  {
    names: ['TEMPORAL_TLS_CLIENT_CERT_DATA', 'TEMPORAL_TLS_CLIENT_KEY_DATA'],
    missing: 'is required: certificate and key go together',
  },
  {
    names: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'],
    missing: 'is required: text messages need account, token and sender',
  },
];

/** The default in words, for the documents. */
export function defaultOf({ parser, default: words }: Setting): string {
  if (words !== undefined) return words;
  const value = parser instanceof z.ZodDefault ? String(parser.def.defaultValue) : '';
  return value || 'none';
}
