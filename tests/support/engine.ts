/** Starts a real worker in the test process, with its own database and task queue, for the tests of the workflows. */
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import pino from 'pino';
import { loadConfig, type Config } from '../../config';
import { newId } from '../../db/ids';
import { createDb, type Db } from '../../db/pool';
import type { ApprovalState, LevelSpec, Snapshot, VoteRequest } from '../../domain/approval';
import { connectClient } from '../../temporal';
import { startWorker, type RunningWorker } from '../../worker';
import { WORKFLOWS, type Addressed, type ApprovalInput } from '../../workflows/messages';
import { freshDatabase } from './postgres';
import { levelSpec } from './sample-approval';
import { temporalAddress, uniqueTaskQueue } from './temporal';

export type ApprovalHandle = WorkflowHandle;

export interface Person {
  id: string;
  email: string;
}

export interface PersonOptions {
  roles?: string[];
  channels?: string[];
  phone?: string;
  slack?: string;
  timezone?: string;
  quiet_hours?: { from: string; to: string };
}

export interface Engine {
  config: Config;
  db: Db;
  client: Client;
  /** Creates a person with an email address and these roles. */
  person(name: string, options?: PersonOptions): Promise<Person>;
  start(snapshot: Snapshot): Promise<ApprovalHandle>;
  /** Waits until the state in Postgres fits, and returns it. Fails after `limit_ms`. */
  projected(approval_id: string, fits: (state: ApprovalState) => boolean, limit_ms?: number): Promise<ApprovalState>;
  /** Stops the worker. `startWorker` starts another one. */
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  close(): Promise<void>;
}

export function testConfig(databaseUrl: string, overrides: Partial<Config> = {}): Config {
  const settings = loadConfig({
    PORT: '0',
    PUBLIC_URL: 'https://warden.example',
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_TASK_QUEUE: uniqueTaskQueue(),
    SECRET_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ADMIN_EMAIL: 'admin@acme.example',
    MAIL_FROM: 'AgentWarden <warden@acme.example>',
    LOG_LEVEL: 'silent',
  });
  return { ...settings, payloadKeys: [{ kid: 'test', secret: randomBytes(32) }], ...overrides };
}

/** The workflow bundle. The first test file that needs it creates it for the whole run, because bundling takes seconds. */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  const codePath = join(dirname(process.env.AGENTWARDEN_TEST_SERVERS!), 'workflow-bundle.js');
  if (!existsSync(codePath)) {
    const { code } = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../workflows'),
      failureConverterPath: require.resolve('../../encryption/failure-converter'),
      logger: new DefaultLogger('ERROR'),
    });
    const half = `${codePath}.${process.pid}`;
    writeFileSync(half, code);
    renameSync(half, codePath);
  }
  return { codePath };
}

export function quietRuntime(): void {
  // Once per process: the SDK's runtime is a singleton.
  if (!Runtime._instance) Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), shutdownSignals: [] });
}

/** Pass `connect` to use another client than the configured one, such as that of the time-skipping server. */
export async function startEngine(
  overrides: Partial<Config> = {},
  connect: (config: Config) => Client = connectClient,
): Promise<Engine> {
  quietRuntime();
  const database = await freshDatabase();
  const config = testConfig(database.url, overrides);
  // Long timeouts for the test's own connections: creating fifty people at once is not the load under test.
  const db = createDb(database.url, { connection_timeout_ms: 30_000, statement_timeout_ms: 30_000 });
  const client = connect(config);
  const code = await workflowBundle();
  const log = pino({ level: config.logLevel });
  let worker: RunningWorker | undefined = await startWorker(config, log, code);
  const stopWorker = async (): Promise<void> => {
    await worker?.stop();
    worker = undefined;
  };
  await db.insertInto('agents').values({ id: 'bot', name: 'bot', created_by: 'test' }).execute();
  return {
    config,
    db,
    client,
    person: (name, options) => addPerson(db, name, options),
    start: (snapshot) => startApproval(client, config, { snapshot }),
    projected: (approval_id, fits, limit_ms) => projected(db, approval_id, fits, limit_ms),
    stopWorker,
    startWorker: async () => {
      worker = await startWorker(config, log, code);
    },
    close: async () => {
      await stopWorker();
      await client.connection.close();
      await db.destroy();
      await database.drop();
    },
  };
}

export const startApproval = (client: Client, config: Config, input: ApprovalInput): Promise<ApprovalHandle> =>
  client.workflow.start(WORKFLOWS.approval, {
    workflowId: input.snapshot.approval_id,
    taskQueue: config.temporal.taskQueue,
    args: [input],
  });

export async function addPerson(db: Db, name: string, options: PersonOptions = {}): Promise<Person> {
  const { roles = ['admin'], channels = ['email'], phone, slack, timezone = 'UTC', quiet_hours } = options;
  const id = newId('usr');
  const email = `${name}@acme.example`;
  await db
    .insertInto('users')
    .values({ id, name, channels, timezone, quiet_hours: quiet_hours ? JSON.stringify(quiet_hours) : null })
    .execute();
  const identities = [
    { kind: 'email' as const, value: email },
    ...(phone ? [{ kind: 'phone' as const, value: phone }] : []),
    ...(slack ? [{ kind: 'slack' as const, value: slack }] : []),
  ];
  await db
    .insertInto('identities')
    .values(identities.map((identity) => ({ ...identity, user_id: id, position: 0 })))
    .execute();
  if (roles.length > 0) {
    const rows = roles.map((role) => ({ user_id: id, role, granted_by: 'system' }));
    await db.insertInto('user_roles').values(rows).execute();
  }
  return { id, email };
}

async function projected(
  db: Db,
  approval_id: string,
  fits: (state: ApprovalState) => boolean,
  limit_ms = 20_000,
): Promise<ApprovalState> {
  for (const end = Date.now() + limit_ms; ; await pause(25)) {
    const row = await db.selectFrom('approvals').select('state').where('id', '=', approval_id).executeTakeFirst();
    if (row && fits(row.state)) return row.state;
    if (Date.now() > end)
      throw new Error(`Postgres did not show it within ${limit_ms} ms: ${JSON.stringify(row?.state)}`);
  }
}

export const level = (name: string, fields: Partial<LevelSpec> = {}): LevelSpec =>
  levelSpec({ name, paths: [{ approvers: ['role:admin'], approve: 1 }], ...fields });

const DAY_MS = 24 * 3600 * 1000;

export function snapshot(fields: Partial<Snapshot> = {}): Snapshot {
  const created_at_ms = fields.created_at_ms ?? Date.now();
  return {
    semantics: 1,
    approval_id: newId('apr'),
    agent: { id: 'bot', name: 'bot' },
    action: 'deploy.production',
    context: { version: 'v2.1.0' },
    display: null,
    metadata: {},
    digest: `sha256:${'ab'.repeat(32)}`,
    risk: 'medium',
    reason: 'Deployments are looked at',
    requester: null,
    on_behalf_of: null,
    policy: { version: 1, rule: 'deploy' },
    created_at_ms,
    expires_at_ms: created_at_ms + 7 * DAY_MS,
    valid_for_ms: DAY_MS,
    separation: { excluded: [], same_person_across_levels: 'forbid' },
    calendars: {},
    levels: [level('admins')],
    ...fields,
  };
}

/** The scheduled activities in the history of a workflow, in order. */
export const scheduledOf = async (handle: WorkflowHandle) =>
  (await handle.fetchHistory()).events!.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);

/** Adds the `approval_id` that every message to an approval must carry. */
export const addressed = <Request>(handle: ApprovalHandle, request: Request): Addressed<Request> => ({
  ...request,
  approval_id: handle.workflowId,
});

export const voteOf = (person: Person, fields: Partial<VoteRequest> = {}): VoteRequest => ({
  voter: person.id,
  decision: 'approve',
  digest: `sha256:${'ab'.repeat(32)}`,
  comment: null,
  channel: 'email',
  assurance: 'link',
  ip: null,
  ...fields,
});
