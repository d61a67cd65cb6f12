/** What a new run of an approval takes over from the run before it, and which of its votes are in time. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ApprovalState, Snapshot } from '../domain/approval';
import { decide, decision, state as stateQuery } from './messages';
import {
  addressed,
  level,
  snapshot,
  startApproval,
  startEngine,
  voteOf,
  type ApprovalHandle,
  type Engine,
  type Person,
} from '../tests/support/engine';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(() => engine.close());

const people = (role: string, ...names: string[]): Promise<Person[]> =>
  Promise.all(names.map((name) => engine.person(`${name}-${role}`, { roles: [role] })));

const request = (role: string, approve: number, deny = 1): Snapshot =>
  snapshot({ levels: [level('team', { paths: [{ approvers: [`role:${role}`], approve }], deny })] });

async function open(request: Snapshot): Promise<ApprovalHandle> {
  const handle = await engine.start(request);
  await engine.projected(handle.workflowId, ({ version }) => version === 1);
  return handle;
}

/** Ends the run, and returns what continue-as-new would hand over. The server suggests that only after thousands of events. */
async function stop(handle: ApprovalHandle): Promise<ApprovalState> {
  const state = await handle.query(stateQuery);
  await handle.terminate();
  return state;
}

const voteCommand = (person: Person, at_ms: number) => ({ type: 'vote' as const, at_ms, vote: voteOf(person) });

describe('a new run of an approval', () => {
  test('goes on with the state and the votes that it takes over, and opens nothing twice', async () => {
    const [nora] = await people('carried', 'nora');
    const asked = request('carried', 1);
    const state = await stop(await open(asked));
    const pending = [voteCommand(nora!, Date.now())];
    await (await startApproval(engine.client, engine.config, { snapshot: asked, state, pending })).result();
    const ended = await engine.projected(asked.approval_id, ({ status }) => status !== 'pending');
    expect(ended).toMatchObject({ status: 'approved', version: 2, decided_by: nora!.id });
  });

  test('knows a vote that was sent in the run before, although another vote has replaced it', async () => {
    const [una] = await people('again', 'una', 'vic', 'wes');
    const asked = request('again', 2, 2);
    const send = (to: ApprovalHandle, decision: 'approve' | 'deny', updateId: string) =>
      to.executeUpdate(decide, { args: [addressed(to, voteOf(una!, { decision }))], updateId });
    const handle = await open(asked);
    const { vote: first } = await send(handle, 'approve', 'key 1');
    const { vote: second } = await send(handle, 'deny', 'key 2');
    const state = await stop(handle);
    const next = await startApproval(engine.client, engine.config, { snapshot: asked, state });
    expect((await send(next, 'approve', 'key 1')).vote).toEqual({ ...first, counted: false });
    const { votes } = await stop(next);
    expect(votes.map(({ id, superseded_by }) => [id, superseded_by])).toEqual([
      [first.vote_id, second.vote_id],
      [second.vote_id, null],
    ]);
  });

  test.each([
    ['counts a vote that arrived before the deadline, however late it is handled', -1, 'approved'],
    ['does not count a vote that arrived at the deadline', 0, 'expired'],
  ])('%s', async (_, after_ms, status) => {
    const [olga, paul] = await people(`slow-${status}`, 'olga', 'paul');
    const asked = request(`slow-${status}`, 2);
    const state = await stop(await open(asked));
    const expires_at_ms = Date.now() - 1_000;
    const next = await startApproval(engine.client, engine.config, {
      snapshot: { ...asked, expires_at_ms },
      state,
      pending: [voteCommand(olga!, expires_at_ms - 2), voteCommand(paul!, expires_at_ms + after_ms)],
    });
    await next.result();
    const ended = await engine.projected(asked.approval_id, (found) => found.status !== 'pending');
    expect(ended).toMatchObject({ status, votes: { length: status === 'approved' ? 2 : 1 } });
  });
});

describe('a vote that waits', () => {
  /** Waits until a workflow task has handled two signals. */
  async function bothAreHandled(handle: ApprovalHandle): Promise<void> {
    for (;;) {
      const { events } = await handle.fetchHistory();
      const lastSignal = events!.findLastIndex((event) => event.workflowExecutionSignaledEventAttributes);
      const signals = events!.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
      const handled = events!.slice(lastSignal).some((event) => event.workflowTaskCompletedEventAttributes);
      if (signals === 2 && handled) return;
      await pause(25);
    }
  }

  test('has the time of its arrival, although the vote before it is still being recorded', async () => {
    const [rosa, sam] = await people('queued', 'rosa', 'sam');
    const handle = await open(request('queued', 2));
    let released_ms = 0;
    // Recording the first vote waits for this lock, so the second vote waits in the inbox.
    await engine.db.transaction().execute(async (trx) => {
      await trx.selectFrom('approvals').select('id').where('id', '=', handle.workflowId).forUpdate().execute();
      await handle.signal(decision, addressed(handle, voteOf(rosa!)));
      await handle.signal(decision, addressed(handle, voteOf(sam!)));
      await bothAreHandled(handle);
      released_ms = Date.now();
    });
    await handle.result();
    const { votes } = await engine.projected(handle.workflowId, ({ status }) => status === 'approved');
    expect(votes.map(({ voter }) => voter)).toEqual([rosa!.id, sam!.id]);
    expect(votes[1]!.at_ms).toBeLessThanOrEqual(released_ms);
  });
});
