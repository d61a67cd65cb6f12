export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable {
  name: string;
  /** What holds when it is not set; in words where it is not a plain value. */
  default: string;
  meaning: string;
  /** Never shown, not even by `doctor`. */
  secret?: true;
}

/** Every setting there is. `.env.example` and docs/reference/configuration.md are generated from this table. */
export const VARIABLES = [
  { name: 'HOST', default: '127.0.0.1', meaning: 'Address to listen on.' },
  { name: 'PORT', default: '8080', meaning: 'Port to listen on; 0 takes a free one.' },
  {
    name: 'PUBLIC_URL',
    default: 'http://127.0.0.1:<PORT>',
    meaning: 'Where people and agents reach this server; the start of every link that is sent.',
  },
  {
    name: 'TRUSTED_PROXIES',
    default: 'none',
    meaning: 'Addresses or networks (CIDR), separated by commas, whose X-Forwarded-For is believed.',
  },
  {
    name: 'DATABASE_URL',
    default: 'an embedded Postgres under npm start',
    meaning: "Postgres, as the application's role.",
    secret: true,
  },
  {
    name: 'DATABASE_MIGRATION_URL',
    default: 'none',
    meaning: 'Postgres, as the role that owns the tables; only migrations use it.',
    secret: true,
  },
  {
    name: 'TEMPORAL_ADDRESS',
    default: 'a dev server under npm start, else 127.0.0.1:7233',
    meaning: 'host:port of the Temporal server.',
  },
  { name: 'TEMPORAL_NAMESPACE', default: 'default', meaning: 'Temporal namespace; one per deployment.' },
  {
    name: 'TEMPORAL_TASK_QUEUE',
    default: 'agentwarden',
    meaning: 'Task queue that the worker polls; beside it one for each channel, such as agentwarden-email.',
  },
  { name: 'TEMPORAL_API_KEY', default: 'none', meaning: 'API key for Temporal Cloud; switches TLS on.', secret: true },
  {
    name: 'TEMPORAL_TLS',
    default: 'false',
    meaning: 'true: speak TLS with Temporal. Any other TEMPORAL_TLS_ setting switches it on too.',
  },
  {
    name: 'TEMPORAL_TLS_SERVER_NAME',
    default: 'the host of TEMPORAL_ADDRESS',
    meaning: "Name that Temporal's certificate must have.",
  },
  {
    name: 'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
    default: "the system's authorities",
    meaning: "PEM text of the authority that signed Temporal's certificate.",
  },
  { name: 'TEMPORAL_TLS_CLIENT_CERT_DATA', default: 'none', meaning: 'PEM text of our certificate for mutual TLS.' },
  {
    name: 'TEMPORAL_TLS_CLIENT_KEY_DATA',
    default: 'none',
    meaning: 'PEM text of the key of that certificate.',
    secret: true,
  },
  {
    name: 'SECRET_KEYS',
    default: 'made once in the data folder under npm start',
    meaning:
      'kid:base64 pairs, separated by commas, each of 32 random bytes. The first signs and seals, all verify and open.',
    secret: true,
  },
  {
    name: 'PAYLOAD_KEYS',
    default: 'derived from SECRET_KEYS',
    meaning: 'Like SECRET_KEYS: encrypt what Temporal stores.',
    secret: true,
  },
  { name: 'ADMIN_EMAIL', default: 'admin@localhost', meaning: 'The first admin, made at the first start.' },
  {
    name: 'SMTP_URL',
    default: 'none: mails go to the outbox page under npm start',
    meaning: 'smtp:// or smtps:// address of the mail server.',
    secret: true,
  },
  { name: 'MAIL_FROM', default: 'AgentWarden <agentwarden@ the host of PUBLIC_URL>', meaning: 'Sender of every mail.' },
  { name: 'SLACK_BOT_TOKEN', default: 'none', meaning: 'Bot token (xoxb-…) of the Slack app.', secret: true },
  { name: 'SLACK_SIGNING_SECRET', default: 'none', meaning: 'Proves that a request comes from Slack.', secret: true },
  {
    name: 'SLACK_API_URL',
    default: "Slack's own",
    meaning: 'Another address of the Slack Web API, for tests and proxies.',
  },
  {
    name: 'TWILIO_ACCOUNT_SID',
    default: 'none',
    meaning: 'Twilio account; text messages need this, the token and the sender.',
  },
  { name: 'TWILIO_AUTH_TOKEN', default: 'none', meaning: 'Its token.', secret: true },
  {
    name: 'TWILIO_FROM',
    default: 'none',
    meaning: 'Sender of text messages, +15551234567 or a messaging service (MG…).',
  },
  {
    name: 'TWILIO_API_URL',
    default: "Twilio's own",
    meaning: 'Another address of the Twilio API, for tests and proxies.',
  },
  {
    name: 'WEBHOOK_ALLOW_HOSTS',
    default: 'none',
    meaning:
      'host or host:port, separated by commas, that webhooks may reach over plain http and on private addresses.',
  },
  {
    name: 'METRICS_TOKEN',
    default: 'none: /metrics answers loopback only',
    meaning: 'Bearer token for /metrics.',
    secret: true,
  },
  { name: 'LOG_LEVEL', default: 'info', meaning: 'trace, debug, info, warn, error, fatal or silent.' },
  {
    name: 'AGENTWARDEN_DATA_DIR',
    default: '.agentwarden in the project',
    meaning: 'Where npm start keeps its keys, Postgres, Temporal and outbox.',
  },
  {
    name: 'AGENTWARDEN_OUTBOX_DIR',
    default: 'none',
    meaning: 'Folder for messages of channels that are not configured; npm start sets it.',
  },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]['name'];
