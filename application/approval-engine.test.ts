import { inspect } from 'node:util';
import { ServiceError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { newId } from '../db/ids';
import { level, snapshot, startEngine, voteOf, type Engine as Stage } from '../tests/support/engine';
import { connectClient } from '../temporal';
import { createEngine, refusalOf, type Engine } from './approval-engine';

describe('calls to Temporal', () => {
  let stage: Stage;
  let engine: Engine;
  beforeAll(async () => {
    stage = await startEngine();
    engine = createEngine(stage.client, stage.config.temporal.taskQueue);
    await stage.person('ada');
  }, 60_000);
  afterAll(() => stage.close());

  const opened = async () => {
    const request = snapshot({ levels: [level('team', { paths: [{ approvers: ['role:admin'], approve: 1 }] })] });
    expect(await engine.start(request)).toBe('started');
    await stage.projected(request.approval_id, ({ status }) => status === 'pending');
    return request;
  };
  const cancel = {
    by: { type: 'agent' as const, id: 'bot' },
    reason_code: 'requester_cancelled' as const,
    reason: null,
    ip: null,
    channel: null,
  };

  test('start one workflow for one approval, however often, also after its end', async () => {
    const request = await opened();
    expect(await engine.start(request)).toBe('already_started');
    await engine.cancel(request.approval_id, cancel, 'once');
    await stage.client.workflow.getHandle(request.approval_id).result();
    expect(await engine.start(request)).toBe('already_started');
    expect(await engine.exists(request.approval_id)).toBe(true);
    expect(await engine.exists('apr_never')).toBe(false);
  });

  test('give the workflow’s answer, and the same answer to the same update', async () => {
    const { approval_id, digest } = await opened();
    const ana = await stage.person(`ana-${newId('usr')}`);
    const vote = { ...voteOf(ana), digest };
    const first = await engine.decide(approval_id, vote, 'update');
    expect(first).toMatchObject({ status: 'approved', version: 2, vote: { counted: true, replaced: null } });
    expect(await engine.decide(approval_id, vote, 'update')).toEqual(first);
  });

  test('send a vote again whose workflow task failed, and it counts once', async () => {
    const { approval_id, digest } = await opened();
    const ana = await stage.person(`ana-${newId('usr')}`);
    let failures = 0;
    const failing = Object.create(stage.client, {
      workflow: {
        value: {
          getHandle(id: string) {
            const handle = stage.client.workflow.getHandle(id);
            const executeUpdate = (...args: Parameters<typeof handle.executeUpdate>): Promise<unknown> => {
              if (++failures > 2) return handle.executeUpdate(...args);
              const cause = Object.assign(new Error('unexpected workflow task failure'), { code: 9 });
              return Promise.reject(new ServiceError('Workflow Update failed', { cause }));
            };
            return { executeUpdate };
          },
        },
      },
    }) as typeof stage.client;
    const flaky = createEngine(failing, stage.config.temporal.taskQueue);
    const answer = await flaky.decide(approval_id, { ...voteOf(ana), digest }, 'update');
    expect(answer).toMatchObject({ status: 'approved', vote: { counted: true } });
    expect(failures).toBe(3);
  });

  test('give the workflow’s refusal as an error of ours, with its facts', async () => {
    const { approval_id, digest } = await opened();
    const stranger = await stage.person(`stranger-${newId('usr')}`, { roles: [] });
    const refused = (fields: object) =>
      engine.decide(approval_id, { ...voteOf(stranger), digest, ...fields }, newId('evt'));
    await expect(refused({})).rejects.toMatchObject({ name: 'AgentWardenError', code: 'not_eligible' });
    await expect(refused({ digest: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({ code: 'digest_mismatch' });
    await expect(refused({ level: 'nowhere' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('say that the workflow is gone where it never was, has ended or was ended by force', async () => {
    const ana = await stage.person(`ben-${newId('usr')}`);
    expect(await engine.decide('apr_never', voteOf(ana), 'x')).toBeNull();
    const ended = await opened();
    await engine.cancel(ended.approval_id, cancel, 'x');
    await stage.client.workflow.getHandle(ended.approval_id).result();
    expect(await engine.decide(ended.approval_id, { ...voteOf(ana), digest: ended.digest }, 'late')).toBeNull();
    const killed = await opened();
    await stage.client.workflow.getHandle(killed.approval_id).terminate('by an operator');
    expect(await engine.cancel(killed.approval_id, cancel, 'late')).toBeNull();
  });

  test('report the server and whether a worker is there', async () => {
    expect(await engine.health()).toEqual({ temporal: true, worker: true });
    const nobody = createEngine(stage.client, 'a-queue-that-nobody-polls');
    expect(await nobody.health()).toEqual({ temporal: true, worker: false });
  });

  test('end at their deadline when there is no server', async () => {
    const client = connectClient({ ...stage.config, temporal: { ...stage.config.temporal, address: '127.0.0.1:1' } });
    const alone = createEngine(client, 'queue');
    try {
      const ana = { id: 'usr_a', email: 'a@acme.example' };
      const [started, voted, looked, health] = await Promise.allSettled([
        alone.start(snapshot()),
        alone.decide('apr_x', voteOf(ana), 'x'),
        alone.exists('apr_x'),
        alone.health(),
      ]);
      expect(started).toMatchObject({ reason: { code: 'unavailable' } });
      expect(voted).toMatchObject({ reason: { code: 'outcome_unknown' } });
      expect(looked).toMatchObject({ reason: { code: 'unavailable' } });
      expect(health).toMatchObject({ value: { temporal: false, worker: false } });
      // Left alone, the client tries for some twenty seconds and gives up with another reason.
      for (const ended of [started, voted, looked])
        expect(inspect(ended, { depth: 6 })).toMatch(/TooLate|DEADLINE_EXCEEDED|RPCTimeout/);
    } finally {
      await alone.settled();
      await client.connection.close();
    }
  });

  test('are ours too when the server does not know the namespace', async () => {
    const lost = connectClient({ ...stage.config, temporal: { ...stage.config.temporal, namespace: 'never-made' } });
    const engine = createEngine(lost, 'queue');
    try {
      await expect(engine.start(snapshot())).rejects.toMatchObject({ code: 'unavailable' });
      await expect(engine.exists('apr_x')).rejects.toMatchObject({ code: 'unavailable' });
      await expect(engine.cancel('apr_x', cancel, 'x')).rejects.toMatchObject({ code: 'outcome_unknown' });
      expect(await engine.health()).toEqual({ temporal: false, worker: false });
    } finally {
      await engine.settled();
      await lost.connection.close();
    }
  });
});

describe('a failure of the workflow', () => {
  test('is ours when its type is one of our codes', () => {
    const failure = ApplicationFailure.nonRetryable('Level two waits.', 'level_not_open', { level: 'two' });
    expect(refusalOf(failure)).toMatchObject({
      code: 'level_not_open',
      message: 'Level two waits.',
      facts: { level: 'two' },
    });
  });

  test.each([
    ['of another type', ApplicationFailure.nonRetryable('x', 'AcceptedUpdateCompletedWorkflow')],
    ['without a type', ApplicationFailure.nonRetryable('x')],
    ['of another kind', new Error('x')],
    ['that is nothing', undefined],
  ])('is none of ours %s', (_, failure) => expect(refusalOf(failure)).toBeNull());
});
