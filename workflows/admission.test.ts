/** Who can write to Temporal holds every message that was ever sent, encrypted: sent again, a copy must be good for nothing. */
import type { temporal } from '@temporalio/proto';
import {
  addressed,
  level,
  snapshot,
  startEngine,
  voteOf,
  type ApprovalHandle,
  type Engine,
} from '../tests/support/engine';
import { cancel, decide, decision, state as stateQuery, type CancelRequest } from './messages';

type Payloads = temporal.api.common.v1.IPayloads;

const wish: CancelRequest = {
  by: { type: 'agent', id: 'bot' },
  reason_code: 'requester_cancelled',
  reason: null,
  ip: null,
  channel: 'api',
};

describe('a message that was sent to one approval', () => {
  let engine: Engine;
  let count = 0;
  beforeAll(async () => {
    engine = await startEngine();
  }, 60_000);
  afterAll(() => engine.close());

  /** Two approvals with the same bytes, level and approver: all that could tell them apart is their id. */
  const twins = async () => {
    const role = `twin-${++count}`;
    const person = await engine.person(role, { roles: [role], channels: [] });
    const levels = [level('team', { paths: [{ approvers: [`role:${role}`], approve: 1 }] })];
    const [first, second] = await Promise.all([1, 2].map(() => engine.start(snapshot({ levels }))));
    for (const { workflowId } of [first!, second!]) await engine.projected(workflowId, ({ version }) => version === 1);
    return { person, first: first!, second: second! };
  };

  /** The payload of the accepted update, encrypted, as it is in the history. */
  async function copied(from: ApprovalHandle): Promise<Payloads> {
    for (const event of (await from.fetchHistory()).events!) {
      const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args;
      const signal = event.workflowExecutionSignaledEventAttributes?.input;
      if (update ?? signal) return (update ?? signal)!;
    }
    throw new Error('the history holds no message');
  }

  const namespace = 'default';

  /** Sends the payload without our client, which would encrypt it again. */
  const resend = async (name: string, args: Payloads, { workflowId }: ApprovalHandle) =>
    engine.client.workflowService.updateWorkflowExecution({
      namespace,
      workflowExecution: { workflowId },
      request: { meta: { updateId: `copy-${++count}` }, input: { name, args } },
      waitPolicy: { lifecycleStage: 3 },
    });

  const refusedWith = ({ outcome }: Awaited<ReturnType<typeof resend>>) =>
    outcome?.failure?.applicationFailureInfo?.type;

  const goesOn = async (handle: ApprovalHandle, person: Parameters<typeof voteOf>[0]) => {
    expect(await handle.query(stateQuery)).toMatchObject({ status: 'pending', version: 1, votes: [] });
    const answer = await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(person))] });
    expect(answer).toMatchObject({ status: 'approved', vote: { counted: true, replaced: null } });
    await handle.result();
  };

  test('is refused by another, a vote as an update', async () => {
    const { person, first, second } = await twins();
    await first.executeUpdate(decide, { args: [addressed(first, voteOf(person))] });
    expect(refusedWith(await resend('decide', await copied(first), second))).toBe('invalid_request');
    await goesOn(second, person);
  });

  test('is dropped by another, a vote as a signal, however it was first sent', async () => {
    const { person, first, second } = await twins();
    await first.signal(decision, addressed(first, voteOf(person)));
    await first.result();
    const copy = await copied(first);
    await engine.client.workflowService.signalWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: second.workflowId },
      signalName: 'decision',
      input: copy,
    });
    expect(refusedWith(await resend('decide', copy, second))).toBe('invalid_request');
    await goesOn(second, person);
  });

  test('is refused by another, a cancellation', async () => {
    const { person, first, second } = await twins();
    await first.executeUpdate(cancel, { args: [addressed(first, wish)] });
    expect(refusedWith(await resend('cancel', await copied(first), second))).toBe('invalid_request');
    await goesOn(second, person);
  });

  test('is refused when it names no approval', async () => {
    const { person, second } = await twins();
    const unaddressed = voteOf(person) as never;
    await expect(second.executeUpdate(decide, { args: [unaddressed] })).rejects.toMatchObject({
      cause: { type: 'invalid_request' },
    });
    await expect(second.executeUpdate(cancel, { args: [wish as never] })).rejects.toMatchObject({
      cause: { type: 'invalid_request' },
    });
    await second.signal(decision, unaddressed);
    await goesOn(second, person);
  });
});
