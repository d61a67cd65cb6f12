import { snapshot, startEngine, type Engine } from '../tests/support/engine';
import { WORKFLOWS, type SuspendInput } from './messages';

describe('suspending an agent', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.person('root', { channels: [] });
    await engine.db.insertInto('agents').values({ id: 'other', name: 'other', created_by: 'test' }).execute();
  }, 60_000);
  afterAll(() => engine.close(), 60_000);

  const input: SuspendInput = { agent_id: 'bot', by: { type: 'user', id: 'usr_admin' }, reason: 'went wild' };
  const suspend = () =>
    engine.client.workflow.execute(WORKFLOWS.suspend, {
      workflowId: `suspend_${Math.random()}`,
      taskQueue: engine.config.temporal.taskQueue,
      args: [input],
    });

  test('cancels all of its pending approvals, over more than one page, and nobody else’s', async () => {
    const own = await Promise.all(Array.from({ length: 55 }, () => engine.start(snapshot())));
    const other = await engine.start(snapshot({ agent: { id: 'other', name: 'other' } }));
    for (const handle of [...own, other]) await engine.projected(handle.workflowId, ({ version }) => version > 0);
    await engine.db.updateTable('agents').set({ status: 'inactive' }).where('id', '=', 'bot').execute();
    await suspend();
    const rows = await engine.db
      .selectFrom('approvals')
      .select(['agent_id', 'status', 'reason_code', 'comment'])
      .execute();
    const ofBot = rows.filter(({ agent_id }) => agent_id === 'bot');
    expect(ofBot).toHaveLength(55);
    for (const row of ofBot)
      expect(row).toMatchObject({ status: 'cancelled', reason_code: 'agent_suspended', comment: 'went wild' });
    expect(rows.find(({ agent_id }) => agent_id === 'other')).toMatchObject({ status: 'pending' });
    await other.terminate();
  }, 120_000);

  test('continues after an approval whose workflow is gone', async () => {
    await engine.db.updateTable('agents').set({ status: 'active' }).where('id', '=', 'bot').execute();
    const lost = await engine.start(snapshot());
    const kept = await engine.start(snapshot());
    for (const handle of [lost, kept]) await engine.projected(handle.workflowId, ({ version }) => version > 0);
    await lost.terminate();
    await suspend();
    expect((await engine.projected(kept.workflowId, ({ status }) => status !== 'pending')).reason_code).toBe(
      'agent_suspended',
    );
  }, 60_000);
});
