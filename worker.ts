/** Composition root of the worker process: builds the dependencies of workflows and activities, and runs until it is stopped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from './activities';
import { createCarriers } from './activities/configured-carriers';
import { watchForOrphans } from './activities/orphans';
import { createPoster } from './activities/webhook-post';
import { createEngine } from './application/approval-engine';
import { environment, loadConfig, type Config } from './config';
import { assertSchema } from './db/migrate';
import { createDb } from './db/pool';
import { createDataConverter } from './encryption/codec';
import { purposeKey } from './encryption/keys';
import { createLog } from './log';
import { connectClient, connectionOptions } from './temporal';
import { CARRIERS } from './domain/approval';
import { carrierQueue } from './workflows/messages';

export interface RunningWorker {
  /** Resolves when the worker has stopped; rejects with the error that stopped it. */
  finished: Promise<void>;
  /** Takes no new tasks, lets running ones end, closes everything. Any number of calls. */
  stop(): Promise<void>;
}

/** On stop, activities get this long to end. Then they are cancelled, and another worker retries them. */
const GRACE = '5 seconds';
const FORCE = '13 seconds';

export async function startWorker(config: Config, log: Logger, code?: WorkflowBundleOption): Promise<RunningWorker> {
  const db = createDb(config.databaseUrl, {
    application_name: 'agentwarden-worker',
    on_idle_error: (error) => log.warn({ code: (error as { code?: string }).code }, 'a database connection was lost'),
  });
  const carriers = createCarriers(config);
  const poster = createPoster({ allowHosts: config.webhookAllowHosts });
  const temporal = connectClient(config);
  const engine = createEngine(temporal, config.temporal.taskQueue);
  let connection: NativeConnection | undefined;
  const closeAll = async (): Promise<void> => {
    for (const carrier of Object.values(carriers)) carrier.close?.();
    await engine.settled();
    await Promise.allSettled([connection?.close(), poster.close(), temporal.connection.close(), db.destroy()]);
  };
  try {
    // A build older than the schema would record incomplete approvals.
    await assertSchema(db);
    // Rejects after half a minute by itself.
    connection = await NativeConnection.connect(connectionOptions(config));
    const { namespace, taskQueue } = config.temporal;
    const shared = {
      connection,
      namespace,
      dataConverter: createDataConverter(config.payloadKeys),
      activities: createActivities({
        db,
        carriers,
        cancel: engine.cancel,
        log,
        post: poster.post,
        links: { publicUrl: config.publicUrl, ring: purposeKey(config.secretKeys, 'link-token') },
        sealRing: purposeKey(config.secretKeys, 'seal'),
        now_ms: Date.now,
        random: Math.random,
      }),
      activityTaskPollerBehavior: { type: 'autoscaling' },
      shutdownGraceTime: GRACE,
      shutdownForceTime: FORCE,
    } satisfies Partial<WorkerOptions>;
    const workers = await createAll([
      {
        ...shared,
        taskQueue,
        ...(code ? { workflowBundle: code } : workflowCode()),
        // Without autoscaling, a burst of starts delays the decisions behind it: 32 decisions a second instead of 82.
        workflowTaskPollerBehavior: { type: 'autoscaling' },
        // A workflow task for a dead worker goes to another one after this time. People wait at most 5 s for an answer.
        stickyQueueScheduleToStartTimeout: '3 seconds',
      },
      ...CARRIERS.map((carrier) => ({ ...shared, taskQueue: carrierQueue(taskQueue, carrier) })),
    ]);
    const stopWatching = watchForOrphans({ db, temporal, log });
    const finished = runTogether(workers).finally(async () => {
      stopWatching();
      await closeAll();
    });
    return {
      finished,
      stop: () => {
        shutDown(workers);
        return finished;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Creates all workers or none. If one fails, the others are run and stopped at once, because a worker releases its connection only at the end of a run. */
async function createAll(options: readonly WorkerOptions[]): Promise<Worker[]> {
  const created = await Promise.allSettled(options.map((each) => Worker.create(each)));
  const workers = created.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = created.find((each) => each.status === 'rejected');
  if (failed === undefined) return workers;
  await Promise.allSettled(workers.map((worker) => worker.runUntil(Promise.resolve())));
  throw failed.reason;
}

const shutDown = (workers: readonly Worker[]): void => {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
};

/** A worker that ends stops the others: a process that polls only some of the queues would look healthy. */
async function runTogether(workers: readonly Worker[]): Promise<void> {
  const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(() => shutDown(workers))));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** The bundle of the build. In tests there is none, so the SDK bundles the sources at the start. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, 'workflow-bundle.js');
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath: require.resolve('./workflows') };
}

const LONGEST_FAILURE = 500;

/** Routine messages of each worker; those of the channels run activities only. */
const ROUTINE = /^(Worker state changed|No (workflows|Nexus services) registered)/;

/** Writes the messages of the SDK, its native part included, to our log. Of their metadata only ids, names and codes. */
function sdkLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { taskQueue, workflowId, activityType, run_id, code, error, failure } = (meta ?? {}) as Record<
      string,
      unknown
    >;
    // Only failures of the native part are text; those of our code arrive encrypted.
    const why = typeof failure === 'string' ? failure.slice(0, LONGEST_FAILURE) : undefined;
    const facts = { taskQueue, workflowId, activityType, run_id, code, error, failure: why };
    log[ROUTINE.test(message) ? 'debug' : (level.toLowerCase() as 'info')](facts, message);
  });
}

async function main(): Promise<void> {
  const config = loadConfig(environment());
  const log = createLog('worker', config.logLevel);
  Runtime.install({
    // Signals are handled below: the SDK's handler does not notice when the supervisor dies.
    shutdownSignals: [],
    logger: sdkLogger(log),
    telemetryOptions: { logging: { forward: {} } },
  });
  const worker = await startWorker(config, log);
  const stop = (): void => void worker.stop();
  process.once('SIGTERM', stop).once('SIGINT', stop).once('disconnect', stop);
  process.send?.({ ready: true });
  log.info('the worker runs');
  await worker.finished;
  log.info('the worker has stopped');
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect();
}

if (require.main === module) {
  main().catch((error: unknown) => {
    createLog('worker', 'fatal').fatal({ err: error }, 'the worker failed');
    process.exit(1);
  });
}
