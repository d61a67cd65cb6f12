/** The only reader of the environment. */
import { isIP } from 'node:net';
import { Reader } from './config/reader';
import type { Environment, VariableName } from './config/variables';
import { derivedPayloadKeys } from './encryption/keys';

export { VARIABLES, type Environment } from './config/variables';

/** The process's own environment, for handing on to `loadConfig` and to child processes. */
export const environment = (): Environment => process.env;

export interface Config {
  host: string;
  port: number;
  publicUrl: string;
  trustedProxies: string[];
  databaseUrl: string;
  /** Empty when this process may not migrate. */
  databaseMigrationUrl: string;
  temporal: {
    address: string;
    namespace: string;
    taskQueue: string;
    apiKey?: string;
    tls?: { serverName?: string; ca?: string; cert?: string; key?: string };
  };
  /** The first signs and seals, all verify and open. Each secret is 32 bytes. */
  secretKeys: { kid: string; secret: Buffer }[];
  /** AES-256 keys of the Temporal payloads; derived from secretKeys when not set. */
  payloadKeys: { kid: string; secret: Buffer }[];
  adminEmail: string;
  mail: { smtpUrl?: string; from: string };
  slack: { botToken?: string; signingSecret?: string; apiUrl?: string };
  twilio: { accountSid?: string; authToken?: string; from?: string; apiUrl?: string };
  /** Host names (with optional :port) that webhooks may reach over http and on private addresses. */
  webhookAllowHosts: string[];
  metricsToken?: string;
  logLevel: string;
  /** Only under `npm start`: unconfigured channels write their messages here. */
  outboxDir?: string;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const EMAIL = /^[^\s@<>]+@[^\s@<>]+$/;
const HOST_PORT = /^[A-Za-z0-9_.-]+:\d{1,5}$/;

/** Pure: the same environment gives the same settings. Throws `invalid_request` with every fault at once, so that nobody fixes them one start at a time. */
export function loadConfig(env: Environment): Config {
  const read = new Reader(env);
  const port = read.port('PORT', 8080);
  const publicUrl = (read.url('PUBLIC_URL', ['http:', 'https:']) ?? `http://127.0.0.1:${port}`).replace(/\/+$/, '');
  const secretKeys = read.keys('SECRET_KEYS');
  if (!secretKeys.length && !read.faults.some((fault) => fault.path === 'SECRET_KEYS'))
    read.fault('SECRET_KEYS', 'is needed; make one with: echo "k1:$(openssl rand -base64 32)"');
  const payloadKeys = read.keys('PAYLOAD_KEYS');
  const config: Config = {
    host: read.text('HOST') ?? '127.0.0.1',
    port,
    publicUrl,
    trustedProxies: read.list('TRUSTED_PROXIES', isNetwork, 'an IP address or network such as 10.0.0.0/8'),
    databaseUrl:
      read.url('DATABASE_URL', ['postgres:', 'postgresql:']) ??
      read.missing('DATABASE_URL', 'postgres://user:password@host:5432/name'),
    databaseMigrationUrl: read.url('DATABASE_MIGRATION_URL', ['postgres:', 'postgresql:']) ?? '',
    temporal: readTemporal(read),
    secretKeys,
    payloadKeys: payloadKeys.length || read.faults.length ? payloadKeys : derivedPayloadKeys(secretKeys),
    adminEmail: (read.matching('ADMIN_EMAIL', EMAIL, 'an e-mail address') ?? 'admin@localhost').toLowerCase(),
    mail: {
      smtpUrl: read.url('SMTP_URL', ['smtp:', 'smtps:']),
      from:
        read.matching('MAIL_FROM', /^[^\r\n]*@[^\r\n]*$/, 'an e-mail address, with or without a name') ??
        `AgentWarden <agentwarden@${mailHost(publicUrl)}>`,
    },
    slack: {
      botToken: read.matching('SLACK_BOT_TOKEN', /^xox/, 'a bot token, which begins with xoxb-'),
      signingSecret: read.text('SLACK_SIGNING_SECRET'),
      apiUrl: read.url('SLACK_API_URL', ['http:', 'https:']),
    },
    twilio: readTwilio(read),
    webhookAllowHosts: read
      .list(
        'WEBHOOK_ALLOW_HOSTS',
        (item) => /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:\d{1,5})?$/i.test(item),
        'a host name or host:port, without http://',
      )
      .map((host) => host.toLowerCase()),
    metricsToken: read.matching('METRICS_TOKEN', /^\S{16,}$/, 'at least 16 characters without spaces'),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS) ?? 'info',
    outboxDir: read.text('AGENTWARDEN_OUTBOX_DIR'),
  };
  read.throwFaults();
  return config;
}

function readTemporal(read: Reader): Config['temporal'] {
  const tls = {
    serverName: read.text('TEMPORAL_TLS_SERVER_NAME'),
    ca: read.pem('TEMPORAL_TLS_SERVER_CA_CERT_DATA'),
    cert: read.pem('TEMPORAL_TLS_CLIENT_CERT_DATA'),
    key: read.pem('TEMPORAL_TLS_CLIENT_KEY_DATA'),
  };
  if (!tls.cert !== !tls.key)
    read.fault(
      tls.cert ? 'TEMPORAL_TLS_CLIENT_KEY_DATA' : 'TEMPORAL_TLS_CLIENT_CERT_DATA',
      'is needed: certificate and key go together',
    );
  const apiKey = read.text('TEMPORAL_API_KEY');
  const wanted =
    read.oneOf('TEMPORAL_TLS', ['true', 'false']) === 'true' || !!apiKey || Object.values(tls).some(Boolean);
  return {
    address: read.matching('TEMPORAL_ADDRESS', HOST_PORT, 'host:port') ?? '127.0.0.1:7233',
    namespace: read.text('TEMPORAL_NAMESPACE') ?? 'default',
    taskQueue: read.text('TEMPORAL_TASK_QUEUE') ?? 'agentwarden',
    apiKey,
    tls: wanted ? tls : undefined,
  };
}

function readTwilio(read: Reader): Config['twilio'] {
  const twilio = {
    accountSid: read.matching('TWILIO_ACCOUNT_SID', /^AC\w+$/, 'an account SID, which begins with AC'),
    authToken: read.text('TWILIO_AUTH_TOKEN'),
    from: read.matching(
      'TWILIO_FROM',
      /^(\+[1-9]\d{4,14}|MG\w+)$/,
      'a number such as +15551234567 or a messaging service MG…',
    ),
  };
  const needed = {
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_AUTH_TOKEN: twilio.authToken,
    TWILIO_FROM: twilio.from,
  } as const;
  if (Object.values(needed).some(Boolean))
    for (const [name, value] of Object.entries(needed))
      if (!value && !read.faults.some((fault) => fault.path === name))
        read.fault(name as VariableName, 'is needed: text messages need account, token and sender');
  return { ...twilio, apiUrl: read.url('TWILIO_API_URL', ['http:', 'https:']) };
}

/** Mail servers refuse senders at a bare address. */
function mailHost(publicUrl: string): string {
  const host = URL.canParse(publicUrl) ? new URL(publicUrl).hostname.replace(/^\[|\]$/g, '') : 'localhost';
  return isIP(host) ? 'localhost' : host;
}

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  return (
    version !== 0 &&
    more.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}
