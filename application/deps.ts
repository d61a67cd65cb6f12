/** Dependencies of the application. `api/server.ts` builds the real ones. */
import type { Logger } from 'pino';
import type { AuditWriter } from '../db/audit';
import type { Db } from '../db/pool';
import type { Changes } from './approval-changes';
import type { Engine } from './approval-engine';
import type { ConfigurationCache } from './configuration-cache';
import type { Limiter } from './limits';
import type { Telemetry } from './telemetry';
import type { DenialAnnouncer } from './webhook-events';

export interface Deps {
  /** The public URL of this deployment, without a slash at the end. */
  publicUrl: string;
  db: Db;
  audit: AuditWriter;
  engine: Engine;
  configuration: ConfigurationCache;
  changes: Changes;
  denials: DenialAnnouncer;
  limiter: Limiter;
  telemetry: Telemetry;
  log: Logger;
  /** Sends a one-time login link to its person; throws when it could not. */
  mailLogin(to: { address: string; name: string }, link: string, expires_in_ms: number): Promise<void>;
  /** Unix milliseconds. */
  now(): number;
}
