/** The real parts of the API, put together and taken apart again; the one place of this folder that builds them. */
import type { Logger } from 'pino';
import { createCarriers } from '../activities/carriers';
import type { Config } from '../config';
import { AuditWriter } from '../db/audit';
import { createDb } from '../db/pool';
import { purposeKey } from '../encryption/keys';
import { connectClient } from '../temporal';
import { createEndpointCache } from './announce';
import { listenForChanges } from './changes';
import { createConfigurationCache } from './configuration';
import { createMetrics } from './counters';
import type { Deps } from './deps';
import { createEngine } from './engine';
import { createLimiter, LIMITS, type Limits } from './limits';
import { createLoginMailer } from './login-mail';

export interface Parts {
  deps: Deps;
  /** Lets go of whoever waits for a change, so that the server can close; then of everything else. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

export function buildParts(config: Config, log: Logger, limits: Limits = LIMITS): Parts {
  const now = Date.now;
  const code = (error: unknown): { code?: unknown; name?: unknown } => ({
    code: (error as { code?: unknown }).code,
    name: (error as { name?: unknown }).name,
  });
  const db = createDb(config.databaseUrl, {
    application_name: 'agentwarden-api',
    on_idle_error: (error) => log.warn(code(error), 'a database connection was lost'),
  });
  const client = connectClient(config);
  const { email, ...unused } = createCarriers(config);
  for (const carrier of Object.values(unused)) carrier.close?.();
  const audit = new AuditWriter(db, { now_ms: now });
  const configuration = createConfigurationCache(db, now, (error) =>
    log.warn(code(error), 'the configuration could not be read'),
  );
  const changes = listenForChanges({
    databaseUrl: config.databaseUrl,
    onConfig: () => configuration.warm(),
    onError: (error) => log.warn(code(error), 'the connection that listens for changes was lost'),
    now,
  });
  const deps: Deps = {
    settings: config,
    rings: {
      link: purposeKey(config.secretKeys, 'link-token'),
      nonce: purposeKey(config.secretKeys, 'page-nonce'),
      user: purposeKey(config.secretKeys, 'user-token'),
      seal: purposeKey(config.secretKeys, 'seal'),
    },
    db,
    audit,
    engine: createEngine(client, config.temporal.taskQueue),
    endpoints: createEndpointCache(db, now),
    configuration,
    changes,
    limiter: createLimiter(limits),
    metrics: createMetrics(),
    log,
    mailLogin: createLoginMailer(email),
    now,
  };
  return {
    deps,
    hangUp: () => changes.close(),
    async close() {
      await changes.close();
      await audit.close();
      email.close?.();
      await Promise.allSettled([client.connection.close(), db.destroy()]);
    },
  };
}
