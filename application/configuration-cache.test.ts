import { createAgent, deleteAgent, updateAgent } from '../db/agents';
import { createKey, revokeKey } from '../db/keys';
import { setPermission } from '../db/permissions';
import { createDb, type Db } from '../db/pool';
import { withDatabasePerTest } from '../tests/support/postgres';
import {
  agentFor,
  createConfigurationCache,
  isKeyFor,
  keyInForce,
  type ConfigurationCache,
  type Key,
} from './configuration-cache';

describe('the configuration in memory', () => {
  let db: Db;
  let cache: ConfigurationCache;
  let now_ms = Date.now();
  const errors: unknown[] = [];

  withDatabasePerTest((database) => ({ db } = database));
  beforeEach(() => {
    cache = createConfigurationCache(
      db,
      () => now_ms,
      (error) => void errors.push(error),
    );
  });

  const agent = (id: string, name = id) => createAgent(db, { id, name, created_by: 'test' });
  const publish = (version: number, document: string) =>
    db.insertInto('policy_versions').values({ version, document, published_by: 'test' }).execute();

  test('begins with the built-in policy, and stays until somebody says that it changed', async () => {
    const first = await cache.cached();
    expect(first).toMatchObject({ policy_version: 0, policy: { defaults: { effect: 'deny' } } });
    await agent('late');
    expect(await cache.cached()).toBe(first);
    expect((await cache.fresh()).agents.has('late')).toBe(true);
    expect((await cache.cached()).agents.has('late')).toBe(true);
  });

  test('is read once by many at once, and not at all when nothing changed', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.cached()));
    expect(new Set(all).size).toBe(1);
    expect(await cache.fresh()).toBe(all[0]);
  });

  test('is as new as asked for, also when a reading had begun before', async () => {
    await cache.cached();
    const began = cache.fresh();
    await agent('meanwhile');
    const { version } = await db.selectFrom('config_version').select('version').executeTakeFirstOrThrow();
    expect((await cache.atLeast(version)).agents.has('meanwhile')).toBe(true);
    await began;
  });

  test('refuses to promise a version that is not there', async () => {
    await expect(cache.atLeast(1_000_000)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('finds agents by id and by name, and not those that were deleted', async () => {
    await agent('bot', 'The bot');
    await setPermission(db, { agent_id: 'bot', action: 'a', effect: 'allow', flow: null, max_amount: null });
    const key: Key = { id: 'key_1', hash: 'h', agents: ['*'], expires_at_ms: null };
    const before = await cache.fresh();
    expect([agentFor(before, key, 'bot')?.id, agentFor(before, key, 'The bot')?.id]).toEqual(['bot', 'bot']);
    expect(before.permissions.get('bot')).toMatchObject([{ action: 'a', effect: 'allow' }]);
    await updateAgent(db, 'bot', { status: 'inactive' });
    expect(agentFor(await cache.fresh(), key, 'bot')?.status).toBe('inactive');
    await deleteAgent(db, 'bot');
    expect(agentFor(await cache.fresh(), key, 'bot')).toBeNull();
  });

  test.each([
    [['*'], 'anything', true],
    [['support-*'], 'support-bot', true],
    [['support-*'], 'my-support-bot', false],
    [['a', 'b'], 'b', true],
    [['a'], 'A', false],
    [['Bot of a'], 'a', true],
    [['Bot of *'], 'a', true],
    [['Bot of b'], 'a', false],
  ])('a key for %j and the agent %s, which has a name of its own: %s', (agents, id, is) => {
    const key = { id: 'key_1', hash: 'h', agents, expires_at_ms: null };
    expect(isKeyFor(key, { id, name: `Bot of ${id}` })).toBe(is);
  });

  test('knows keys in force only', async () => {
    const made = await createKey(db, {
      prefix: 'aw_x',
      hash: 'hash',
      expires_at: new Date(now_ms + 1000),
      created_by: 'test',
    });
    expect(await cache.key('hash')).toMatchObject({ id: made.id, agents: ['*'] });
    expect(await cache.key('other')).toBeNull();
    const configuration = await cache.cached();
    expect(keyInForce(configuration, 'hash', now_ms + 999)).not.toBeNull();
    expect(keyInForce(configuration, 'hash', now_ms + 1000)).toBeNull();
    now_ms += 2000;
    expect(await cache.key('hash')).toBeNull();
    now_ms -= 2000;
    await revokeKey(db, made.id);
    expect(await cache.key('hash')).toBeNull();
  });

  test('compiles the newest policy, and fails closed on one that it cannot read', async () => {
    await publish(1, 'version: 1\nrules: [{ id: a, action: x, effect: allow }]');
    expect(await cache.fresh()).toMatchObject({ policy_version: 1, policy: { rules: [{ id: 'a' }] } });
    await publish(2, 'version: 99');
    await expect(cache.fresh()).rejects.toMatchObject({ code: 'unavailable', facts: { errors: expect.any(Array) } });
    await publish(3, 'version: 1');
    expect((await cache.fresh()).policy_version).toBe(3);
  });

  test('a hint that cannot be followed up is told, and breaks nothing', async () => {
    const nowhere = createDb('postgres://app:x@127.0.0.1:1/none', { connection_timeout_ms: 200 });
    const told: unknown[] = [];
    const away = createConfigurationCache(nowhere, Date.now, (error) => void told.push(error));
    away.warm();
    await expect(away.cached()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(away.fresh()).rejects.toMatchObject({ code: 'unavailable' });
    expect(told).toHaveLength(1);
    await nowhere.destroy();
  });
});
