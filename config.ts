/** The settings of a process. No other file reads the environment. */
import { isIP } from 'node:net';
import { readSettings, type Environment } from './config/read';
import { channelSettings, type ChannelSettings, type Settings } from './config/settings';
import { derivedPayloadKeys, type SecretKey } from './encryption/keys';

export type { Environment } from './config/read';

/** The environment of this process, to pass to `loadConfig` and to child processes. */
export const environment = (): Environment => process.env;

export interface Config extends ChannelSettings {
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
  /** The first key signs and seals, all verify and open. */
  secretKeys: SecretKey[];
  /** AES-256 keys of the Temporal payloads; derived from `secretKeys` when not set. */
  payloadKeys: SecretKey[];
  adminEmail: string;
  mail: { smtpUrl?: string; from: string };
  /** Host names (with optional :port) that webhooks may reach over http and on private addresses. */
  webhookAllowHosts: string[];
  metricsToken?: string;
  logLevel: string;
  /** Only under `npm start`: unconfigured channels write their messages here. */
  outboxDir?: string;
}

/** Pure: the same environment gives the same configuration. Throws `invalid_request` with every fault at once. */
export function loadConfig(env: Environment): Config {
  const settings = readSettings(env);
  const publicUrl = settings.PUBLIC_URL ?? `http://127.0.0.1:${settings.PORT}`;
  return {
    host: settings.HOST,
    port: settings.PORT,
    publicUrl,
    trustedProxies: settings.TRUSTED_PROXIES,
    databaseUrl: settings.DATABASE_URL,
    databaseMigrationUrl: settings.DATABASE_MIGRATION_URL,
    temporal: temporalOf(settings),
    secretKeys: settings.SECRET_KEYS,
    payloadKeys: settings.PAYLOAD_KEYS ?? derivedPayloadKeys(settings.SECRET_KEYS),
    adminEmail: settings.ADMIN_EMAIL,
    mail: {
      smtpUrl: settings.SMTP_URL,
      from: settings.MAIL_FROM ?? `AgentWarden <agentwarden@${mailHost(publicUrl)}>`,
    },
    ...channelSettings(settings),
    webhookAllowHosts: settings.WEBHOOK_ALLOW_HOSTS,
    metricsToken: settings.METRICS_TOKEN,
    logLevel: settings.LOG_LEVEL,
    outboxDir: settings.AGENTWARDEN_OUTBOX_DIR,
  };
}

function temporalOf(settings: Settings): Config['temporal'] {
  const tls = {
    serverName: settings.TEMPORAL_TLS_SERVER_NAME,
    ca: settings.TEMPORAL_TLS_SERVER_CA_CERT_DATA,
    cert: settings.TEMPORAL_TLS_CLIENT_CERT_DATA,
    key: settings.TEMPORAL_TLS_CLIENT_KEY_DATA,
  };
  const apiKey = settings.TEMPORAL_API_KEY;
  const useTls = settings.TEMPORAL_TLS === 'true' || !!apiKey || Object.values(tls).some(Boolean);
  return {
    address: settings.TEMPORAL_ADDRESS,
    namespace: settings.TEMPORAL_NAMESPACE,
    taskQueue: settings.TEMPORAL_TASK_QUEUE,
    apiKey,
    tls: useTls ? tls : undefined,
  };
}

/** `localhost` instead of an IP address: mail servers refuse senders such as agentwarden@127.0.0.1. */
function mailHost(publicUrl: string): string {
  const host = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) ? 'localhost' : host;
}
