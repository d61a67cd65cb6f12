import { status } from '@grpc/grpc-js';
import { level, snapshot, startEngine, type Engine } from '../tests/support/engine';
import { connectClient } from '../temporal';
import { findOrphans } from './orphans';

describe('a pending approval whose workflow is gone', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.person('root', { channels: [] });
  }, 60_000);
  afterAll(() => engine.close(), 60_000);

  const alerts = async (now_ms: number): Promise<unknown[]> => {
    const found: object[] = [];
    const log = { error: (facts: object) => void found.push(facts), warn: () => undefined };
    expect(await findOrphans({ db: engine.db, temporal: engine.client, log }, null, now_ms)).toBeNull();
    return found;
  };

  test('raises an alert, and one that only waits does not', async () => {
    const lost = await engine.start(snapshot({ levels: [level('admins')] }));
    const waiting = await engine.start(snapshot());
    for (const { workflowId } of [lost, waiting]) await engine.projected(workflowId, ({ version }) => version > 0);
    await lost.terminate();
    expect(await alerts(Date.now())).toEqual([]);
    const later_ms = Date.now() + 120_000;
    expect(await alerts(later_ms)).toEqual([{ alert: 'approval_without_workflow', approval_id: lost.workflowId }]);
    await waiting.terminate();
  });

  test('raises no alert while Temporal does not answer, and the check ends after its limit', async () => {
    const waiting = await engine.start(snapshot());
    await engine.projected(waiting.workflowId, ({ version }) => version > 0);
    const { config, db } = engine;
    const away = connectClient({ ...config, temporal: { ...config.temporal, address: '127.0.0.1:1' } });
    const log = { error: jest.fn(), warn: jest.fn() };
    try {
      await expect(findOrphans({ db, temporal: away, log }, null, Date.now() + 120_000)).rejects.toHaveProperty(
        'cause.code',
        status.DEADLINE_EXCEEDED,
      );
      expect(log.error).not.toHaveBeenCalled();
    } finally {
      await away.connection.close();
      await waiting.terminate();
    }
  });
});
