/** The only reader of the environment. */
export interface Config {
  host: string;
  port: number;
  publicUrl: string;
  trustedProxies: string[];
  databaseUrl: string;
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
