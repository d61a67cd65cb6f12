/** The worker as its own process: killed at every point, it loses nothing and does nothing twice. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { sql } from 'kysely';
import { Client as Connection } from 'pg';
import pino from 'pino';
import { createKeyedSemaphore } from '../application/keyed-semaphore';
import { verifyAudit } from '../db/audit';
import { createDb } from '../db/pool';
import type { RecordInput } from '../db/projection/record';
import { createCodec } from '../encryption/codec';
import { connectClient } from '../temporal';
import { startWorker } from '../worker';
import { decide, state as stateQuery } from '../workflows/messages';
import {
  addressed,
  addPerson,
  level,
  quietRuntime,
  scheduledOf,
  snapshot,
  startApproval,
  testConfig,
  voteOf,
  type ApprovalHandle,
  type Person,
} from './support/engine';
import { freshDatabase, withDatabase } from './support/postgres';
import { until } from './support/product';
import { startSmtp, type Smtp } from './support/smtp';
import { buildWorker, startWorkerProcess, type WorkerProcess } from './support/worker-process';

jest.setTimeout(180_000);

let client: Client;
let smtp: Smtp;
const workers = new Set<WorkerProcess>();
// Before the database is dropped.
afterAll(async () => {
  await Promise.all([...workers].map((worker) => worker.kill()));
  await Promise.all([client.connection.close(), smtp.close()]);
});
const { db, url, migrationUrl } = withDatabase();
const config = testConfig(url);

beforeAll(async () => {
  quietRuntime();
  await buildWorker();
  smtp = await startSmtp();
  client = connectClient(config);
  await db.insertInto('agents').values({ id: 'bot', name: 'bot', created_by: 'test' }).execute();
});

async function startProcess(): Promise<WorkerProcess> {
  const worker = await startWorkerProcess(config, { SMTP_URL: smtp.url });
  workers.add(worker);
  return worker;
}

const people = (count: number, role: string, channels: string[]): Promise<Person[]> =>
  Promise.all(
    Array.from({ length: count }, (_, index) => addPerson(db, `${role}-${index}`, { roles: [role], channels })),
  );

const through = createKeyedSemaphore(8);

/** Retries as a client does: the same vote with the same update id, until there is an answer. */
async function insist(handle: ApprovalHandle, person: Person): Promise<'counted' | 'refused'> {
  for (;;) {
    try {
      await through(handle.workflowId, () =>
        client.withDeadline(Date.now() + 3_000, () =>
          handle.executeUpdate(decide, { args: [addressed(handle, voteOf(person))], updateId: `vote-${person.id}` }),
        ),
      );
      return 'counted';
    } catch (error) {
      const { type } = (error instanceof WorkflowUpdateFailedError ? error.cause : {}) as { type?: string };
      if (type === 'already_decided' || (error as Error).name === 'WorkflowNotFoundError') return 'refused';
      const { status } = await handle.describe().catch(() => ({ status: { name: 'RUNNING' } }));
      if (status.name !== 'RUNNING') return 'refused';
    }
  }
}

async function votesInHistory(handle: ApprovalHandle): Promise<Set<string>> {
  const codec = createCodec(config.payloadKeys);
  const ids = new Set<string>();
  for (const scheduled of await scheduledOf(handle)) {
    if (scheduled.activityType?.name !== 'record') continue;
    const [payload] = await codec.decode(scheduled.input!.payloads as never);
    const { state } = JSON.parse(Buffer.from(payload!.data!).toString()) as RecordInput;
    for (const { id } of state.votes) ids.add(id);
  }
  return ids;
}

const votesInPostgres = async ({ workflowId }: ApprovalHandle): Promise<string[]> =>
  (await db.selectFrom('votes').select('id').where('approval_id', '=', workflowId).execute()).map(({ id }) => id);

const stateInPostgres = async ({ workflowId }: ApprovalHandle) =>
  (await db.selectFrom('approvals').select('state').where('id', '=', workflowId).executeTakeFirst())?.state;

/** Makes every commit of an accepted command wait until `letGo`, even if the worker that sent it dies. */
async function holdCommits() {
  const owner = new Connection({ connectionString: migrationUrl });
  await owner.connect();
  const run = async (sql: string): Promise<number> => (await owner.query(sql)).rowCount!;
  const hold = () => run('select pg_advisory_lock(51)');
  const letGo = () => run('select pg_advisory_unlock(51)');
  await hold();
  await run(`create function wait_for_test() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock_shared(51); return null; end $$`);
  await run(`create constraint trigger wait_for_test after insert on approval_events
    deferrable initially deferred for each row execute function wait_for_test()`);
  const waiting = `select from pg_locks join pg_database d on d.oid = database
    where datname = current_database() and locktype = 'advisory' and not granted`;
  return {
    hold,
    letGo,
    isHeld: async () => (await run(waiting)) > 0,
    async end() {
      await letGo();
      await run('drop function wait_for_test cascade');
      await owner.end();
    },
  };
}

describe('a worker process', () => {
  test('reports when it is ready, and ends when it is told to or when its parent is gone', async () => {
    const told = await startProcess();
    expect(await told.terminate()).toEqual({ code: 0, signal: null });
    const orphan = await startProcess();
    const left = once(orphan.child, 'exit');
    orphan.child.disconnect();
    expect(await left).toEqual([0, null]);
  });

  test('does not start on a database with an unknown schema', async () => {
    const later = await freshDatabase();
    const owner = createDb(later.migrationUrl, { max: 1 });
    await sql`insert into migrations (version, name, sha256) values (9999, '9999_later.sql', '')`.execute(owner);
    await expect(startWorker({ ...config, databaseUrl: later.url }, pino({ level: 'silent' }))).rejects.toThrow(
      'The database has the migration 9999_later.sql, which this version of AgentWarden does not know',
    );
    await owner.destroy();
    await later.drop();
  });

  test('that fails to start closes its connection', async () => {
    const close = jest.spyOn(NativeConnection.prototype, 'close');
    const nowhere = { codePath: '/nowhere/workflow-bundle.js' };
    await expect(startWorker(config, pino({ level: 'silent' }), nowhere)).rejects.toThrow('ENOENT');
    expect(close).toHaveBeenCalledTimes(1);
    await close.mock.results[0]!.value;
    close.mockRestore();
  });

  test('that is killed while votes come in loses none and invents none (T51)', async () => {
    const voters = await people(20, 'mob', []);
    for (const life_ms of [0, 60, 150, 300]) {
      let worker = await startProcess();
      const handle = await startApproval(client, config, {
        snapshot: snapshot({ levels: [level('team', { paths: [{ approvers: ['role:mob'], approve: 7 }] })] }),
      });
      const votes = voters.map((person) => insist(handle, person));
      await pause(life_ms);
      await worker.kill();
      worker = await startProcess();
      const outcomes = await Promise.all(votes);
      await handle.result();
      const inPostgres = await votesInPostgres(handle);
      const inHistory = await votesInHistory(handle);
      expect({ life_ms, made_up: inPostgres.filter((id) => !inHistory.has(id)) }).toEqual({ life_ms, made_up: [] });
      expect(inPostgres.sort()).toEqual([...inHistory].sort());
      expect(inPostgres).toHaveLength(7);
      expect(outcomes.filter((outcome) => outcome === 'counted').length).toBeLessThanOrEqual(7);
      expect(await handle.query(stateQuery)).toEqual(await stateInPostgres(handle));
      await worker.kill();
    }
  });

  test('that is killed between the commit of a command and the end of its task counts each command once (T51)', async () => {
    const commits = await holdCommits();
    const voters = await people(2, 'pair', []);
    const handle = await startApproval(client, config, {
      snapshot: snapshot({ levels: [level('team', { paths: [{ approvers: ['role:pair'], approve: 2 }] })] }),
    });
    const votes = voters.map((person) => insist(handle, person));
    const events = () =>
      db.selectFrom('approval_events').select('version').where('approval_id', '=', handle.workflowId).execute();
    let kills = 0;
    const ended = async () => (await stateInPostgres(handle))?.status === 'approved';
    while (!(await ended())) {
      const worker = await startProcess();
      await until('a commit waits', commits.isHeld, 60_000);
      await worker.kill();
      kills += 1;
      await commits.letGo();
      await until('Postgres has it', async () => (await events()).length === kills, 60_000);
      await commits.hold();
    }
    await commits.end();
    expect(kills).toBeGreaterThanOrEqual(3);
    const worker = await startProcess();
    expect(await Promise.all(votes)).toEqual(['counted', 'counted']);
    await handle.result();
    expect(await events()).toHaveLength(kills);
    expect((await votesInPostgres(handle)).sort()).toEqual([...(await votesInHistory(handle))].sort());
    expect(await handle.query(stateQuery)).toEqual(await stateInPostgres(handle));
    const audited = db.selectFrom('audit').select('type').where('approval_id', '=', handle.workflowId);
    const types = (await audited.execute()).map(({ type }) => type).filter((type) => type !== 'approval.unreachable');
    expect(types.sort()).toEqual(['approval.decided', 'approval.requested', 'approval.voted', 'approval.voted']);
    expect(await verifyAudit(db)).toMatchObject({ ok: true });
    await worker.kill();
  });

  test('that is killed while it sends an email sends the same email again', async () => {
    const [ana] = await people(1, 'mailed', ['email']);
    smtp.behave(({ phase }) => (phase === 'data' ? 'stall' : undefined));
    const worker = await startProcess();
    const handle = await startApproval(client, config, {
      snapshot: snapshot({ levels: [level('team', { paths: [{ approvers: ['role:mailed'], approve: 1 }] })] }),
    });
    const attempts = () =>
      db.selectFrom('deliveries').select('attempts').where('approval_id', '=', handle.workflowId).executeTakeFirst();
    while (((await attempts())?.attempts ?? 0) === 0) await pause(20);
    await worker.kill();
    smtp.behave(() => undefined);
    const next = await startProcess();
    // The server notices the death by the attempt's timeout.
    const mail = await smtp.waitFor(({ to }) => JSON.stringify(to).includes(ana!.email), 60_000);
    expect(mail.messageId).toMatch(/^<dlv_.*@acme\.example>$/);
    expect((await attempts())!.attempts).toBe(2);
    expect(await insist(handle, ana!)).toBe('counted');
    await handle.result();
    await next.kill();
  });
});
