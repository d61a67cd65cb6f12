/** Many votes at once have one outcome, the same in Temporal, Postgres and the audit log (T9, T10, T51). */
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { createKeyedSemaphore } from '../application/keyed-semaphore';
import { createWebhook } from '../db/webhooks/endpoints';
import { createCodec } from '../encryption/codec';
import { purposeKey } from '../encryption/keys';
import type { RecordInput } from '../db/projection/record';
import { decide } from './messages';
import {
  addressed,
  level,
  scheduledOf,
  snapshot,
  startEngine,
  voteOf,
  type ApprovalHandle,
  type Engine,
  type Person,
} from '../tests/support/engine';

type Result = { answer: Awaited<ReturnType<typeof vote>> } | { refused: string };

/** Between two starts, so that a busy machine opens each approval before its deadline while the deadlines overlap. */
const STAGGER_MS = 40;

const through = createKeyedSemaphore(8);

const vote = (handle: ApprovalHandle, person: Person, updateId?: string) =>
  through(handle.workflowId, () =>
    handle.executeUpdate(decide, { args: [addressed(handle, voteOf(person))], ...(updateId ? { updateId } : {}) }),
  );

/** A late vote is refused by the workflow, or by the server because the workflow has closed. The API answers both with the same 409. */
async function outcomeOf(work: ReturnType<typeof vote>): Promise<Result> {
  try {
    return { answer: await work };
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      const { type, message } = error.cause as { type?: string; message: string };
      return { refused: type && type !== 'AcceptedUpdateCompletedWorkflow' ? type : `closing: ${message}` };
    }
    return { refused: `closing: ${(error as Error).name}` };
  }
}

describe('many votes at once', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
  }, 60_000);
  afterAll(() => engine.close());

  async function people(count: number, role: string): Promise<Person[]> {
    return Promise.all(
      Array.from({ length: count }, (_, index) => engine.person(`${role}-${index}`, { roles: [role], channels: [] })),
    );
  }

  const open = async (role: string, approve: number | 'all'): Promise<ApprovalHandle> => {
    const handle = await engine.start(
      snapshot({ levels: [level('team', { paths: [{ approvers: [`role:${role}`], approve }] })] }),
    );
    await engine.projected(handle.workflowId, ({ version }) => version === 1);
    return handle;
  };

  /** The inputs of `record` in the history, whether or not the activity ran. */
  async function recordedIn(handle: ApprovalHandle): Promise<RecordInput[]> {
    const codec = createCodec(engine.config.payloadKeys);
    const inputs = (await scheduledOf(handle)).filter(({ activityType }) => activityType?.name === 'record');
    return Promise.all(
      inputs.map(async ({ input }) => {
        const [payload] = await codec.decode(input!.payloads as temporal.api.common.v1.IPayload[]);
        return JSON.parse(Buffer.from(payload!.data!).toString()) as RecordInput;
      }),
    );
  }

  const votesInHistory = async (handle: ApprovalHandle): Promise<Set<string>> =>
    new Set((await recordedIn(handle)).flatMap(({ state }) => state.votes.map(({ id }) => id)));

  const votesInPostgres = async (id: string): Promise<string[]> =>
    (await engine.db.selectFrom('votes').select('id').where('approval_id', '=', id).execute()).map((row) => row.id);

  test('fifty people and a need of one: one vote decides, the others are refused (T9)', async () => {
    const voters = await people(50, 'crowd');
    const handle = await open('crowd', 1);
    const results = await Promise.all(voters.map((person) => outcomeOf(vote(handle, person))));
    await handle.result();
    const counted = results.filter((result) => 'answer' in result);
    expect(counted).toHaveLength(1);
    for (const result of results) {
      if ('refused' in result) expect(result.refused).toMatch(/^(already_decided|closing: )/);
    }
    const inPostgres = await votesInPostgres(handle.workflowId);
    expect(inPostgres).toHaveLength(1);
    expect([...(await votesInHistory(handle))]).toEqual(inPostgres);
    const audited = await engine.db
      .selectFrom('audit')
      .select('type')
      .where('approval_id', '=', handle.workflowId)
      .execute();
    // Nobody in the crowd has a channel, so the approval is first reported as unreachable.
    expect(
      audited
        .map(({ type }) => type)
        .filter((type) => type !== 'approval.unreachable')
        .sort(),
    ).toEqual(['approval.decided', 'approval.requested', 'approval.voted']);
  }, 60_000);

  test('fifty repeats of one vote get the same answer and are one vote (T9)', async () => {
    const [first, second] = await people(2, 'repeat');
    const handle = await open('repeat', 2);
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => vote(handle, first!, `click-${index}`)));
    expect(new Set(results.map(({ vote: { vote_id } }) => vote_id)).size).toBe(1);
    expect(results.filter(({ vote: { counted } }) => counted)).toHaveLength(1);
    expect(await votesInPostgres(handle.workflowId)).toHaveLength(1);
    await vote(handle, second!);
    await handle.result();
  }, 60_000);

  test('twenty votes at once, many times: Postgres never has a vote that the history does not have (T51)', async () => {
    const voters = await people(20, 'mob');
    for (let round = 0; round < Number(process.env.T51_ROUNDS ?? 50); round++) {
      const handle = await open('mob', 1 + (round % 20));
      const results = await Promise.all(voters.map((person) => outcomeOf(vote(handle, person))));
      await handle.result();
      const inPostgres = await votesInPostgres(handle.workflowId);
      const inHistory = await votesInHistory(handle);
      expect(inPostgres.filter((id) => !inHistory.has(id))).toEqual([]);
      expect(inPostgres.sort()).toEqual([...inHistory].sort());
      const answered = results.flatMap((result) => ('answer' in result ? result.answer.vote.vote_id : []));
      expect(answered.sort()).toEqual(inPostgres);
      expect(inPostgres).toHaveLength(1 + (round % 20));
    }
  }, 300_000);

  test('votes around the deadline: one outcome, the same everywhere (T10)', async () => {
    const voters = await people(1, 'late');
    // Plain http is not allowed, so each delivery is created and fails at once.
    const endpoint = { url: 'http://receiver.example/', types: ['approval.decided'], created_by: 'test' };
    await createWebhook(engine.db, purposeKey(engine.config.secretKeys, 'seal'), endpoint);
    const tries: Promise<void>[] = [];
    for (let index = 0; index < 200; index++) {
      tries.push(aroundTheDeadline(voters[0]!, (index % 25) * 20 - 400));
      await pause(STAGGER_MS);
    }
    await Promise.all(tries);
  }, 300_000);

  /** Votes `after_ms` after the deadline, and checks that answer, history, Postgres, webhook and grant agree on the outcome. */
  async function aroundTheDeadline(person: Person, after_ms: number): Promise<void> {
    const request = snapshot({
      expires_at_ms: Date.now() + 2_000,
      levels: [level('team', { paths: [{ approvers: ['role:late'], approve: 1 }] })],
    });
    const handle = await engine.start(request);
    await pause(request.expires_at_ms + after_ms - Date.now());
    const result = await outcomeOf(vote(handle, person));
    await handle.result();
    const { status } = await engine.projected(handle.workflowId, (state) => state.status !== 'pending');
    expect(status).toBe('answer' in result ? 'approved' : 'expired');
    expect((await recordedIn(handle)).at(-1)!.state.status).toBe(status);
    const told = await engine.db
      .selectFrom('deliveries')
      .select('body')
      .where('approval_id', '=', handle.workflowId)
      .where('kind', '=', 'approval.decided')
      .execute();
    expect(told).toMatchObject([{ body: { decision: status } }]);
    const grants = await engine.db
      .selectFrom('grants')
      .select('digest')
      .where('approval_id', '=', handle.workflowId)
      .execute();
    expect(grants).toHaveLength(status === 'approved' ? 1 : 0);
    expect(await votesInPostgres(handle.workflowId)).toHaveLength(status === 'approved' ? 1 : 0);
  }
});
