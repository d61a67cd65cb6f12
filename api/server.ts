/** Composition root of the API: builds the real parts, listens, and stops in order. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createCarrier } from '../activities/configured-carriers';
import type { Carrier } from '../activities/carrier';
import { environment, loadConfig, type Config } from '../config';
import { AuditWriter } from '../db/audit';
import { forgetOldAnswers } from '../db/idempotency';
import { assertSchema } from '../db/migrate';
import { createDb } from '../db/pool';
import { purposeKey } from '../encryption/keys';
import { renderLoginMail } from '../rendering/mail/mail';
import { createLog } from '../log';
import { connectClient } from '../temporal';
import { cancelForSuspendedAgents } from '../application/suspend-agent';
import { ensureFirstAdmin } from '../application/first-start';
import { createDenialAnnouncer, startLostDeliveries } from '../application/webhook-events';
import { routes } from './contract';
import { createApp } from './http/app';
import { listenForChanges } from '../application/approval-changes';
import { createConfigurationCache } from '../application/configuration-cache';
import { createTelemetry } from '../application/telemetry';
import type { HttpDeps } from './http/deps';
import { createEngine } from '../application/approval-engine';
import { createLimiter, LIMITS, type Limits } from '../application/limits';

export interface RunningApi {
  port: number;
  url: string;
  deps: HttpDeps;
  /** Takes no new requests, finishes running ones, closes everything. Any number of calls. */
  stop(): Promise<void>;
}

/** On stop, running requests get this long to end. */
const DRAIN_MS = 10_000;
const LOST_DELIVERIES_EVERY_MS = 15_000;
const SUSPENSIONS_EVERY_MS = 60_000;
const OLD_ANSWERS_EVERY_MS = 3_600_000;

export async function startApi(config: Config, log: Logger, limits?: Limits): Promise<RunningApi> {
  const server = createServer();
  // Longer than a long poll, which is answered after at most a minute.
  server.requestTimeout = 120_000;
  server.keepAliveTimeout = 65_000;
  const port = await listen(server, config);
  const settled = { ...config, port, publicUrl: config.publicUrl.replace(/:0$/, `:${port}`) };
  const parts = buildParts(settled, log, limits);
  const app = createApp(parts.deps, routes);
  const ready = assertSchema(parts.deps.db).then(() => ensureFirstAdmin(parts.deps, config.adminEmail));
  // Requests that arrive early wait until we are ready. Without a listener they would never be answered.
  server.on('request', (request, response) => {
    ready.then(
      () => void app(request, response),
      () => void response.destroy(),
    );
  });
  try {
    await ready;
  } catch (error) {
    server.closeAllConnections();
    await Promise.all([parts.close(), new Promise((resolve) => server.close(resolve))]);
    throw error;
  }
  const jobs = startBackgroundJobs(parts.deps);
  let stopping: Promise<void> | null = null;
  return { port, url: settled.publicUrl, deps: parts.deps, stop: () => (stopping ??= stop(server, parts, jobs)) };
}

interface Parts {
  deps: HttpDeps;
  /** Answers the requests that wait for a change, so that the server can close. */
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

function buildParts(config: Config, log: Logger, limits: Limits = LIMITS): Parts {
  const now = Date.now;
  const db = createDb(config.databaseUrl, {
    application_name: 'agentwarden-api',
    on_idle_error: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  const client = connectClient(config);
  const email = createCarrier('email', config);
  const audit = new AuditWriter(db, { now_ms: now });
  const configuration = createConfigurationCache(db, now, (error) =>
    log.warn({ err: error }, 'the configuration could not be read'),
  );
  const changes = listenForChanges({
    databaseUrl: config.databaseUrl,
    onConfig: () => configuration.warm(),
    onError: (error) => log.warn({ err: error }, 'the connection that listens for changes was lost'),
    now,
  });
  const engine = createEngine(client, config.temporal.taskQueue);
  const deps: HttpDeps = {
    settings: config,
    publicUrl: config.publicUrl,
    rings: {
      link: purposeKey(config.secretKeys, 'link-token'),
      csrf: purposeKey(config.secretKeys, 'page-nonce'),
      user: purposeKey(config.secretKeys, 'user-token'),
      seal: purposeKey(config.secretKeys, 'seal'),
    },
    db,
    audit,
    engine,
    denials: createDenialAnnouncer({ db, engine, log, now }),
    configuration,
    changes,
    limiter: createLimiter(limits, now),
    telemetry: createTelemetry(() => changes.waiting()),
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
      await deps.denials.settled();
      await engine.settled();
      email.close?.();
      await Promise.allSettled([client.connection.close(), db.destroy()]);
    },
  };
}

/** The only email that the API sends. Workflows send all others. */
const createLoginMailer =
  (email: Carrier): HttpDeps['mailLogin'] =>
  async ({ address }, link, expires_in_ms) => {
    const { subject, html, text } = renderLoginMail({ link, expires_in_ms });
    await email.send({
      channel: 'email',
      delivery_id: `login_${randomUUID()}`,
      to: address,
      subject,
      html,
      text,
      thread: null,
    });
  };

function listen(server: Server, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const busy = error.code === 'EADDRINUSE';
      reject(
        busy
          ? new Error(
              `The port ${port} on ${host} is in use by another program. Stop it, or set PORT to a free one (0 picks one).`,
              { cause: error },
            )
          : error,
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Background jobs, which any replica may run at any time. */
function startBackgroundJobs(deps: HttpDeps): NodeJS.Timeout[] {
  const each = (every_ms: number, failure: string, work: () => Promise<unknown>): NodeJS.Timeout =>
    setInterval(() => void work().catch((error: unknown) => deps.log.warn({ err: error }, failure)), every_ms);
  return [
    each(LOST_DELIVERIES_EVERY_MS, 'lost deliveries were not started', () => startLostDeliveries(deps)),
    each(SUSPENSIONS_EVERY_MS, 'approvals of suspended agents were not cancelled', () =>
      cancelForSuspendedAgents(deps),
    ),
    each(OLD_ANSWERS_EVERY_MS, 'old idempotent answers were not deleted', () =>
      forgetOldAnswers(deps.db, new Date(deps.now())),
    ),
  ];
}

async function stop(server: Server, parts: Parts, jobs: NodeJS.Timeout[]): Promise<void> {
  for (const job of jobs) clearInterval(job);
  const closed = new Promise((resolve) => server.close(resolve));
  await parts.hangUp();
  // A keep-alive connection becomes idle only after its last answer, so look again and again.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const force = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(force);
  await parts.close();
}

/** Stops on a signal, and when the supervisor's IPC channel closes: a dead supervisor could not stop us later. */
async function main(): Promise<void> {
  const config = loadConfig(environment());
  const log = createLog('api', config.logLevel);
  const api = await startApi(config, log);
  let ended: Promise<void> | undefined;
  const end = (): void => {
    ended ??= api.stop().then(() => {
      log.info('the API has stopped');
      if (process.connected) process.disconnect();
    });
  };
  process.once('SIGTERM', end).once('SIGINT', end).once('disconnect', end);
  process.send?.({ ready: true, port: api.port });
  log.info({ port: api.port }, 'the API listens');
}

if (require.main === module) {
  main().catch((error: unknown) => {
    createLog('api', 'fatal').fatal({ err: error }, 'the API cannot start');
    process.exit(1);
  });
}
