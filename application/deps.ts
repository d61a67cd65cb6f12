/** What the API is made of; `server.ts` puts the real parts in. */
import type { Logger } from 'pino';
import type { Config } from '../config';
import type { AuditWriter } from '../db/audit';
import type { Db } from '../db/pool';
import type { KeyRing } from '../encryption/keys';
import type { EndpointCache } from './webhook-events';
import type { Changes } from './approval-changes';
import type { ConfigurationCache } from './configuration-cache';
import type { Engine } from './approval-engine';
import type { Limiter } from './limits';
import type { Metrics } from './telemetry';

export interface Rings {
  link: KeyRing<'link-token'>;
  csrf: KeyRing<'page-nonce'>;
  user: KeyRing<'user-token'>;
  seal: KeyRing<'seal'>;
}

export interface Deps {
  settings: Pick<Config, 'publicUrl' | 'trustedProxies' | 'metricsToken' | 'webhookAllowHosts' | 'outboxDir' | 'mail'>;
  rings: Rings;
  db: Db;
  audit: AuditWriter;
  engine: Engine;
  endpoints: EndpointCache;
  /** What is still being written after its answer was given: a stop waits for it. */
  announcing: Set<Promise<void>>;
  configuration: ConfigurationCache;
  changes: Changes;
  limiter: Limiter;
  metrics: Metrics;
  log: Logger;
  /** Sends a one-time login link to its person; throws when it could not. */
  mailLogin(to: { address: string; name: string }, link: string, expires_in_ms: number): Promise<void>;
  /** Unix milliseconds. */
  now(): number;
}
