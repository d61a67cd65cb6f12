/** Deadlines, reminders and escalations over days and weeks, on Temporal's time-skipping server. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataConverter } from '../encryption/codec';
import type { CalendarSpec, LevelSpec } from '../domain/approval';
import { decide } from './messages';
import {
  addressed,
  level,
  quietRuntime,
  snapshot,
  startEngine,
  voteOf,
  type ApprovalHandle,
  type Engine,
} from '../tests/support/engine';
import { describeWithTimeSkipping, timeSkippingEnvironment, uniqueTaskQueue } from '../tests/support/temporal';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const london: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-fri': '09:00-17:30' } };

/** Midnight UTC of the last Sunday of March, at least three days ahead. */
function nextChangeToSummerTime(now_ms: number): number {
  for (let year = new Date(now_ms).getUTCFullYear(); ; year++) {
    const last = new Date(Date.UTC(year, 2, 31));
    const sunday_ms = last.getTime() - last.getUTCDay() * DAY_MS;
    if (sunday_ms - 3 * DAY_MS > now_ms) return sunday_ms;
  }
}

describeWithTimeSkipping('an approval over days and weeks', () => {
  let environment: TestWorkflowEnvironment;
  let engine: Engine;
  const outboxDir = mkdtempSync(join(tmpdir(), 'agentwarden-clocks-'));
  beforeAll(async () => {
    quietRuntime();
    const payloadKeys = [{ kid: 'test', secret: randomBytes(32) }];
    environment = await timeSkippingEnvironment({ client: { dataConverter: createDataConverter(payloadKeys) } });
    const taskQueue = uniqueTaskQueue();
    engine = await startEngine(
      { outboxDir, payloadKeys, temporal: { address: environment.address, namespace: 'default', taskQueue } },
      () => environment.client,
    );
    await engine.person('ana', { roles: ['lead'], channels: ['email'] });
    await engine.person('max', { roles: ['boss'], channels: ['email'] });
    await engine.person('root', { roles: ['admin'], channels: ['email'] });
  }, 120_000);
  afterAll(async () => {
    await engine.close();
    await environment.teardown();
    rmSync(outboxDir, { recursive: true });
  }, 60_000);

  /** Lets the server's clock run to this instant. */
  async function until(at_ms: number): Promise<void> {
    const now_ms = await environment.currentTimeMs();
    if (at_ms > now_ms) await environment.sleep(at_ms - now_ms);
  }

  async function start(
    fields: Partial<LevelSpec>,
    ttl_ms: number,
    calendars: Record<string, CalendarSpec> = {},
  ): Promise<ApprovalHandle> {
    const created_at_ms = await environment.currentTimeMs();
    return engine.start(
      snapshot({
        created_at_ms,
        expires_at_ms: created_at_ms + ttl_ms,
        calendars,
        levels: [level('team', { paths: [{ approvers: ['role:lead'], approve: 1 }], ...fields })],
      }),
    );
  }

  const happened = (handle: ApprovalHandle) =>
    engine.db
      .selectFrom('audit')
      .select(['type', 'at'])
      .where('approval_id', '=', handle.workflowId)
      .orderBy('seq')
      .execute();

  test('expires after thirty days of silence, which is not a denial', async () => {
    const handle = await start({}, 30 * DAY_MS);
    const started_ms = await environment.currentTimeMs();
    await handle.result();
    const state = await engine.projected(handle.workflowId, ({ status }) => status !== 'pending');
    expect(state).toMatchObject({ status: 'expired', reason_code: 'request_ttl', decided_by: null });
    expect(state.decided_at_ms! - started_ms).toBeGreaterThan(29.9 * DAY_MS);
    const grants = await engine.db
      .selectFrom('grants')
      .select('digest')
      .where('approval_id', '=', handle.workflowId)
      .execute();
    expect(grants).toEqual([]);
  }, 60_000);

  test('has a bounded history after ninety days of reminders', async () => {
    const handle = await start(
      { timing: { on_expire: 'expire', remind: { every: '1d', max: 80 }, escalate: [] } },
      90 * DAY_MS,
    );
    await handle.result();
    const reminded = (await happened(handle)).filter(({ type }) => type === 'approval.reminded');
    expect(reminded).toHaveLength(80);
    expect((await handle.fetchHistory()).events!.length).toBeLessThan(1_500);
  }, 120_000);

  test('reminds at each interval', async () => {
    const handle = await start(
      {
        timing: { on_expire: 'expire', remind: { every: '4h', max: 3 }, escalate: [] },
        paths: [{ approvers: ['role:lead', 'role:boss'], approve: 2 }],
      },
      2 * DAY_MS,
    );
    const opened_ms = await environment.currentTimeMs();
    await until(opened_ms + 9 * HOUR_MS);
    // The clock has reached the instant, but the second reminder may not be recorded in Postgres yet.
    await engine.projected(handle.workflowId, ({ version }) => version === 3);
    const reminded = (await happened(handle)).filter(({ type }) => type === 'approval.reminded');
    expect(reminded.map(({ at }) => Math.round((at.getTime() - opened_ms) / HOUR_MS))).toEqual([4, 8]);
    await handle.result();
  }, 60_000);

  test('escalates by business time across the change to summer time', async () => {
    const monday_ms = nextChangeToSummerTime(await environment.currentTimeMs()) + DAY_MS;
    await until(monday_ms - 3 * DAY_MS + 15 * HOUR_MS); // Friday, 15:00 in London
    const handle = await start(
      { timing: { on_expire: 'expire', calendar: 'london', escalate: [{ after: '4bh', add: ['role:boss'] }] } },
      30 * DAY_MS,
      { london },
    );
    await until(monday_ms + 10 * HOUR_MS);
    const { levels } = await engine.projected(handle.workflowId, ({ version }) => version === 2);
    // 2 h 30 min on Friday, 1 h 30 min on Monday from 09:00 summer time, which is 08:00 UTC.
    const planned_ms = levels[0]!.instants!.escalations[0]!.at_ms!;
    expect(Math.floor((planned_ms - monday_ms) / 60_000)).toBe(9.5 * 60);
    const escalated = (await happened(handle)).filter(({ type }) => type === 'approval.escalated');
    expect(escalated.map(({ at }) => Math.floor((at.getTime() - monday_ms) / 60_000))).toEqual([9.5 * 60]);
    const boss = await engine.db.selectFrom('users').select('id').where('name', '=', 'max').executeTakeFirstOrThrow();
    await handle.executeUpdate(decide, { args: [addressed(handle, voteOf({ id: boss.id, email: '' }))] });
    await handle.result();
    expect((await engine.projected(handle.workflowId, ({ status }) => status !== 'pending')).status).toBe('approved');
  }, 60_000);

  test('a level’s own end denies where the policy says so', async () => {
    const handle = await start({ timing: { on_expire: 'deny', expire_in: '36h', escalate: [] } }, 7 * DAY_MS);
    await handle.result();
    const state = await engine.projected(handle.workflowId, ({ status }) => status !== 'pending');
    expect(state).toMatchObject({ status: 'denied', reason_code: 'level_timeout' });
  }, 60_000);
});
