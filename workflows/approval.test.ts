import { WorkflowUpdateFailedError, type ApplicationFailure } from '@temporalio/client';
import { cancel, decide, decision, state as stateQuery, type CancelRequest } from './messages';
import {
  addressed,
  level,
  snapshot,
  startEngine,
  voteOf,
  type ApprovalHandle,
  type Engine,
} from '../tests/support/engine';
import { startSmtp, type Smtp } from '../tests/support/smtp';

/** The code and facts of the refusal that an update met. */
async function refusalOf(work: Promise<unknown>): Promise<{ code: string; facts: Record<string, unknown> }> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`not refused: ${String(error)}`, { cause: error });
  const failure = error.cause as ApplicationFailure;
  expect(failure.nonRetryable).toBe(true);
  return { code: failure.type!, facts: failure.details?.[0] as Record<string, unknown> };
}

const team = (fields = {}) => level('team', { paths: [{ approvers: ['role:lead'], approve: 1 }], ...fields });
const byAgent: CancelRequest = {
  by: { type: 'agent', id: 'bot' },
  reason_code: 'requester_cancelled',
  reason: 'no longer wanted',
  ip: null,
  channel: 'api',
};

describe('an approval', () => {
  let smtp: Smtp;
  let engine: Engine;
  beforeAll(async () => {
    smtp = await startSmtp();
    engine = await startEngine({ mail: { smtpUrl: smtp.url, from: 'AgentWarden <warden@acme.example>' } });
  }, 60_000);
  afterAll(async () => {
    await engine.close();
    await smtp.close();
  });

  const vote = (handle: ApprovalHandle, ...args: Parameters<typeof voteOf>) =>
    handle.executeUpdate(decide, { args: [addressed(handle, voteOf(...args))] });

  test('asks by email, records the vote, and ends with a grant', async () => {
    const ana = await engine.person('ana', { roles: ['lead'] });
    const request = snapshot({ levels: [team()], valid_for_ms: 3_600_000 });
    const handle = await engine.start(request);
    const mail = await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(ana.email));
    expect(mail.text).toContain('https://warden.example/r/');
    const answer = await vote(handle, ana, { comment: 'fine' });
    expect(answer).toEqual({ status: 'approved', version: 2, vote: expect.objectContaining({ counted: true }) });
    await handle.result();
    const row = await engine.db
      .selectFrom('approvals')
      .selectAll()
      .where('id', '=', request.approval_id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      status: 'approved',
      reason_code: 'quorum',
      decided_by: ana.id,
      comment: 'fine',
      version: 2,
    });
    const grant = await engine.db
      .selectFrom('grants')
      .selectAll()
      .where('approval_id', '=', request.approval_id)
      .executeTakeFirstOrThrow();
    expect(grant).toMatchObject({ digest: request.digest, consumed_at: null });
    expect(grant.expires_at.getTime() - row.decided_at!.getTime()).toBe(3_600_000);
  });

  test('sends the outcome to the asked people, in the thread of the request', async () => {
    const ben = await engine.person('ben', { roles: ['told'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:told'], approve: 1 }] })] }),
    );
    const mails = () => smtp.messages().filter((candidate) => JSON.stringify(candidate.to).includes(ben.email));
    await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(ben.email));
    await vote(handle, ben, { decision: 'deny' });
    await handle.result();
    const [request, outcome] = mails();
    expect(mails()).toHaveLength(2);
    expect(outcome!.inReplyTo).toBe(request!.messageId);
    expect(outcome!.references).toBe(request!.messageId);
  });

  test('refuses a vote with another digest, an unknown level or a wrong shape before anything is written', async () => {
    const cleo = await engine.person('cleo', { roles: ['strict'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:strict'], approve: 1 }] })] }),
    );
    expect(await refusalOf(vote(handle, cleo, { digest: `sha256:${'cd'.repeat(32)}` }))).toMatchObject({
      code: 'digest_mismatch',
    });
    expect(await refusalOf(vote(handle, cleo, { level: 'cellar' }))).toMatchObject({ code: 'invalid_request' });
    expect(await refusalOf(vote(handle, cleo, { decision: 'maybe' as never }))).toMatchObject({
      code: 'invalid_request',
    });
    expect(await refusalOf(vote(handle, cleo, { comment: 'nul\0byte' }))).toMatchObject({ code: 'invalid_request' });
    expect(await refusalOf(vote(handle, cleo, { comment: 'half \ud83d' }))).toMatchObject({ code: 'invalid_request' });
    expect(await refusalOf(vote(handle, cleo, { comment: 'x'.repeat(2_001) }))).toMatchObject({
      code: 'invalid_request',
    });
    const history = await handle.fetchHistory();
    expect(history.events!.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
    await vote(handle, cleo);
    await handle.result();
  });

  test('refuses a stranger with our code, and goes on', async () => {
    const dora = await engine.person('dora', { roles: ['insider'] });
    const eve = await engine.person('eve', { roles: [] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:insider'], approve: 1 }] })] }),
    );
    expect(await refusalOf(vote(handle, eve))).toMatchObject({ code: 'not_eligible' });
    expect(await vote(handle, dora)).toMatchObject({ status: 'approved' });
    await handle.result();
  });

  test('checks membership when the vote arrives: a role that was taken away does not count', async () => {
    const finn = await engine.person('finn', { roles: ['live'] });
    const gina = await engine.person('gina', { roles: ['live'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:live'], approve: 1 }] })] }),
    );
    await engine.projected(handle.workflowId, ({ version }) => version === 1);
    await engine.db.deleteFrom('user_roles').where('user_id', '=', finn.id).execute();
    expect(await refusalOf(vote(handle, finn))).toMatchObject({ code: 'not_eligible' });
    await engine.db.updateTable('users').set({ active: false }).where('id', '=', gina.id).execute();
    expect(await refusalOf(vote(handle, gina))).toMatchObject({ code: 'not_eligible' });
    await handle.executeUpdate(cancel, { args: [addressed(handle, byAgent)] });
    await handle.result();
  });

  test('answers a repeated update with the first result, also after the end', async () => {
    const hugo = await engine.person('hugo', { roles: ['again'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:again'], approve: 1 }] })] }),
    );
    const send = () => handle.executeUpdate(decide, { args: [addressed(handle, voteOf(hugo))], updateId: 'one-click' });
    const first = await send();
    await handle.result();
    expect(await send()).toEqual(first);
  });

  test('handles a signal in the same inbox, and ignores a malformed one', async () => {
    const ida = await engine.person('ida', { roles: ['signal'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:signal'], approve: 1 }] })] }),
    );
    await handle.signal(decision, 'nonsense' as never);
    await handle.signal(decision, addressed(handle, voteOf(ida, { channel: 'slack', assurance: 'slack' })));
    await handle.result();
    expect(await handle.query(stateQuery)).toMatchObject({
      status: 'approved',
      votes: [{ voter: ida.id, channel: 'slack' }],
    });
  });

  test('is cancelled by an update, and once more with the same answer', async () => {
    await engine.person('jo', { roles: ['gone'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:gone'], approve: 1 }] })] }),
    );
    const [first, second] = await Promise.all(
      [1, 2].map(() => handle.executeUpdate(cancel, { args: [addressed(handle, byAgent)] })),
    );
    expect(first).toEqual({ status: 'cancelled', version: 2 });
    expect(second).toEqual(first);
    await handle.result();
    const state = await engine.projected(handle.workflowId, ({ status }) => status === 'cancelled');
    expect(state).toMatchObject({ reason_code: 'requester_cancelled', decided_by: null, comment: 'no longer wanted' });
  });

  test('takes a cancel request of Temporal as an outcome', async () => {
    const kim = await engine.person('kim', { roles: ['ops'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:ops'], approve: 1 }] })] }),
    );
    await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(kim.email));
    await handle.cancel();
    await handle.result();
    const state = await engine.projected(handle.workflowId, ({ status }) => status === 'cancelled');
    expect(state.reason_code).toBe('user_cancelled');
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });

  test('of an agent that was suspended meanwhile ends before anybody is asked', async () => {
    const lea = await engine.person('lea', { roles: ['unasked'] });
    await engine.db
      .insertInto('agents')
      .values({ id: 'halted', name: 'halted', status: 'inactive', created_by: 'test' })
      .execute();
    const handle = await engine.start(
      snapshot({
        agent: { id: 'halted', name: 'halted' },
        levels: [team({ paths: [{ approvers: ['role:unasked'], approve: 1 }] })],
      }),
    );
    await handle.result();
    const state = await engine.projected(handle.workflowId, ({ status }) => status === 'cancelled');
    expect(state.reason_code).toBe('agent_suspended');
    expect(smtp.messages().filter((mail) => JSON.stringify(mail.to).includes(lea.email))).toEqual([]);
    const deliveries = await engine.db
      .selectFrom('deliveries')
      .select(['kind', 'status', 'error'])
      .where('approval_id', '=', handle.workflowId)
      .execute();
    expect(deliveries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'request', status: 'failed', error: 'agent_suspended' }),
      ]),
    );
    expect(deliveries.filter(({ status }) => status === 'queued')).toEqual([]);
  });

  test('that no worker handled before its ttl is recorded as requested and expired, and asks nobody', async () => {
    const ada = await engine.person('ada', { roles: ['late'] });
    const request = snapshot({
      created_at_ms: Date.now() - 60_000,
      expires_at_ms: Date.now() - 1_000,
      levels: [team({ paths: [{ approvers: ['role:late'], approve: 1 }] })],
    });
    await (await engine.start(request)).result();
    const state = await engine.projected(request.approval_id, () => true);
    expect(state).toMatchObject({ status: 'expired', reason_code: 'request_ttl', version: 1 });
    expect(smtp.messages().filter((mail) => JSON.stringify(mail.to).includes(ada.email))).toEqual([]);
    const entries = await engine.db
      .selectFrom('audit')
      .select(['type', 'entry'])
      .where('approval_id', '=', request.approval_id)
      .orderBy('seq')
      .execute();
    expect(entries.map(({ type }) => type)).toEqual(['approval.requested', 'approval.decided']);
    // `projection rebuild` reads the snapshot from this entry.
    expect(entries[0]!.entry).toHaveProperty('data.snapshot');
  });

  test('costs two records, two messages and few workflow tasks for a request, a vote and an end', async () => {
    const max = await engine.person('max', { roles: ['thrifty'] });
    const handle = await engine.start(
      snapshot({ levels: [team({ paths: [{ approvers: ['role:thrifty'], approve: 1 }] })] }),
    );
    await smtp.waitFor((candidate) => JSON.stringify(candidate.to).includes(max.email));
    await vote(handle, max);
    await handle.result();
    const { events } = await handle.fetchHistory();
    const scheduled = events!.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
    expect(scheduled).toEqual(['record', 'notify', 'record', 'notify']);
    expect(events!.filter((event) => event.workflowTaskCompletedEventAttributes).length).toBeLessThanOrEqual(6);
    expect(events!.filter((event) => event.timerStartedEventAttributes).length).toBeLessThanOrEqual(1);
  });
});
