/** Payload encryption: Temporal's server cannot read approvals (T44) nor change them, and keys can be rotated (T47). */
import { randomBytes } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { digestOf } from '../domain/digest';
import { createDataConverter } from '../encryption/codec';
import { connectClient } from '../temporal';
import { cancel, decide, decision } from '../workflows/messages';
import { addressed, level, snapshot, startEngine, voteOf, type Engine, type Person } from './support/engine';

const key = (kid: string) => ({ kid, secret: randomBytes(32) });
const [old, fresh] = [key('p1'), key('p2')];
/** Texts that must not be in a history. Long enough not to occur in ciphertext by chance. */
const HIDDEN = [
  'hush',
  'Hush',
  'acme.example',
  'role:admin',
  'stripe',
  'refund',
  'digest',
  'because',
  'at codec',
  'not what',
];

describe('with encrypted payloads', () => {
  let engine: Engine;
  let ana: Person;
  beforeAll(async () => {
    engine = await startEngine({ payloadKeys: [old] });
    ana = await engine.person('ana');
  }, 60_000);
  afterAll(() => engine.close());

  const request = () => {
    const bound = { agent_id: 'bot', action: 'stripe.refund.hush', context: { note: 'hush-hush' } };
    return snapshot({ ...bound, digest: digestOf(bound), reason: 'Hush', levels: [level('hush')] });
  };
  const historyOf = async (handle: WorkflowHandle): Promise<string> => {
    const { events } = await handle.fetchHistory();
    return Buffer.from(temporal.api.history.v1.History.encode({ events }).finish()).toString('latin1');
  };
  /** A client that sends in the clear, as an operator's console does. It reads the answers, so that the test sees the refusal. */
  const plainly = (handle: WorkflowHandle): WorkflowHandle => {
    const { payloadCodecs: [codec] = [], ...converter } = createDataConverter([old]);
    const payloadCodecs = [
      { encode: async (payloads: Payload[]) => payloads, decode: (payloads: Payload[]) => codec!.decode(payloads) },
    ];
    const dataConverter = { ...converter, payloadCodecs };
    return new Client({ connection: engine.client.connection, dataConverter }).workflow.getHandle(handle.workflowId);
  };

  test('the history of an approval holds ids and function names, and no text of the request, the vote or a refusal', async () => {
    const asked = request();
    const handle = await engine.start(asked);
    const refused = handle.executeUpdate(decide, {
      args: [addressed(handle, voteOf(ana, { digest: `sha256:${'0'.repeat(64)}`, comment: 'hush' }))],
    });
    await expect(refused).rejects.toMatchObject({ cause: { type: 'digest_mismatch' } });
    await handle.executeUpdate(decide, {
      args: [addressed(handle, voteOf(ana, { digest: asked.digest, decision: 'deny', comment: 'because' }))],
    });
    await handle.result();
    const history = await historyOf(handle);
    expect(history).toContain('binary/encrypted');
    for (const hidden of HIDDEN) expect([hidden, history.includes(hidden)]).toEqual([hidden, false]);
  });

  test('a client without the keys can neither vote nor cancel, and does not disturb the approval', async () => {
    const asked = request();
    const handle = await engine.start(asked);
    await engine.projected(asked.approval_id, ({ status }) => status === 'pending');
    const vote = voteOf(ana, { digest: asked.digest });
    const stranger = plainly(handle);
    const refusal = { cause: { type: 'invalid_request' } };
    await stranger.signal(decision, addressed(stranger, vote));
    await stranger.signal('no such signal', { some: 'thing' });
    await expect(stranger.executeUpdate(decide, { args: [addressed(stranger, vote)] })).rejects.toMatchObject(refusal);
    const ending = {
      by: { type: 'agent' as const, id: 'bot' },
      reason_code: 'user_cancelled' as const,
      reason: null,
      ip: null,
      channel: null,
    };
    await expect(stranger.executeUpdate(cancel, { args: [addressed(stranger, ending)] })).rejects.toMatchObject(
      refusal,
    );
    // The worker still works and the approval is unchanged: the next real vote is the first one.
    const answer = await handle.executeUpdate(decide, { args: [addressed(handle, vote)] });
    expect(answer).toMatchObject({ status: 'approved', vote: { counted: true, replaced: null } });
    const { votes } = await engine.projected(asked.approval_id, ({ status }) => status === 'approved');
    expect(votes).toHaveLength(1);
    await handle.result();
  });

  test('after a key rotation running approvals go on, and new payloads use the new key', async () => {
    const asked = request();
    await engine.start(asked);
    await engine.projected(asked.approval_id, ({ status }) => status === 'pending');
    await engine.stopWorker();
    engine.config.payloadKeys = [fresh, old];
    await engine.startWorker();
    const client = connectClient(engine.config);
    try {
      const after = client.workflow.getHandle(asked.approval_id);
      const answer = await after.executeUpdate(decide, {
        args: [addressed(after, voteOf(ana, { digest: asked.digest }))],
      });
      expect(answer).toMatchObject({ status: 'approved', vote: { counted: true } });
      await after.result();
      const history = await historyOf(after);
      expect(history).toContain('p1');
      expect(history).toContain('p2');
    } finally {
      await client.connection.close();
    }
  }, 60_000);
});
