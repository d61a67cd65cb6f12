import { withDatabasePerTest } from '../tests/support/postgres';
import { createAgent, deleteAgent, updateAgent } from './agents';
import { configVersion, loadConfiguration } from './configuration';
import { createKey, listKeys, revokeKey } from './keys';
import { deletePermission, listPermissions, setPermission, updatePermission } from './permissions';
import { currentPolicy, findPolicyVersion, listPolicyVersions, pendingOnOlder, publishPolicy } from './policy';
import type { Db } from './pool';

let db: Db;
withDatabasePerTest((database) => ({ db } = database));

const by = { created_by: 'system' };
const permission = { agent_id: 'bot', action: 'a.*', effect: 'allow' as const, flow: null, max_amount: null };

test('an empty database has the built-in policy and no agents', async () => {
  expect(await loadConfiguration(db)).toEqual({
    version: 1,
    agents: [],
    keys: [],
    permissions: [],
    policy: { version: 0, document: null },
  });
});

test('the configuration holds no deleted agents and no revoked keys', async () => {
  const expires_at = new Date('2027-01-01T00:00:00Z');
  await createAgent(db, { id: 'bot', name: 'Bot', ...by });
  await createAgent(db, { id: 'gone', name: 'Gone', ...by });
  await deleteAgent(db, 'gone');
  const kept = await createKey(db, { prefix: 'aw_abc', hash: 'h1', agents: ['bot'], expires_at, ...by });
  const revoked = await createKey(db, { prefix: 'aw_def', hash: 'h2', ...by });
  await revokeKey(db, revoked.id);
  const { permission: set } = await setPermission(db, { ...permission, max_amount: 12.5 });
  await publishPolicy(db, { document: 'one', published_by: 'system', expected_version: 0 });
  await publishPolicy(db, { document: 'two', published_by: 'system', expected_version: 1 });
  expect(await loadConfiguration(db)).toEqual({
    version: await configVersion(db),
    agents: [{ id: 'bot', name: 'Bot', owner: null, status: 'active' }],
    keys: [{ id: kept.id, hash: 'h1', agents: ['bot'], expires_at_ms: expires_at.getTime() }],
    permissions: [set],
    policy: { version: 2, document: 'two' },
  });
});

test('every change of the configuration raises its version in the same transaction', async () => {
  const versions: number[] = [await configVersion(db)];
  const note = async () => versions.push(await configVersion(db));
  await createAgent(db, { id: 'bot', name: 'Bot', ...by }).then(note);
  await updateAgent(db, 'bot', { status: 'inactive' }).then(note);
  const key = await createKey(db, { prefix: 'aw_abc', hash: 'h1', ...by });
  await note();
  await revokeKey(db, key.id).then(note);
  const set = await setPermission(db, permission);
  await note();
  await updatePermission(db, 'bot', set.permission.id, { effect: 'deny' }).then(note);
  await deletePermission(db, 'bot', set.permission.id).then(note);
  await publishPolicy(db, { document: 'one', published_by: 'system', expected_version: 0 }).then(note);
  await deleteAgent(db, 'bot').then(note);
  versions.slice(1).forEach((version, index) => expect(version).toBeGreaterThan(versions[index] as number));
  const before = await configVersion(db);
  await db
    .transaction()
    .execute(async (trx) => {
      await createAgent(trx, { id: 'never', name: 'Never', ...by });
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  expect(await configVersion(db)).toBe(before);
});

test('the application cannot set the version by hand, nor through a table of its own with that name', async () => {
  await expect(db.updateTable('config_version').set({ version: 0 }).execute()).rejects.toThrow('permission denied');
  const { CompiledQuery } = await import('kysely');
  await db.connection().execute(async (connection) => {
    await connection.executeQuery(CompiledQuery.raw('create temporary table config_version (version bigint)'));
    await createAgent(connection, { id: 'bot', name: 'Bot', ...by });
    await connection.executeQuery(CompiledQuery.raw('drop table pg_temp.config_version'));
  });
  expect(await configVersion(db)).toBe(2);
});

test('of twenty publications at once on the same version one succeeds, the others get policy_conflict', async () => {
  const tries = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      publishPolicy(db, { document: `by ${n}`, published_by: 'system', expected_version: 0 }),
    ),
  );
  const refused = tries.filter((one) => one.status === 'rejected').map(({ reason }) => reason.code);
  expect(refused).toEqual(Array(19).fill('policy_conflict'));
  expect((await currentPolicy(db))?.version).toBe(1);
});

test('versions stay readable, and a wrong expected version is refused in both directions', async () => {
  expect(await currentPolicy(db)).toBeNull();
  for (const expected_version of [0, 1, 2]) {
    await publishPolicy(db, {
      document: `v${expected_version + 1}`,
      note: 'why',
      published_by: 'usr_a',
      expected_version,
    });
  }
  for (const expected_version of [0, 2, 4, -1]) {
    await expect(publishPolicy(db, { document: 'x', published_by: 'usr_a', expected_version })).rejects.toMatchObject({
      code: 'policy_conflict',
    });
  }
  expect(await findPolicyVersion(db, 2)).toMatchObject({
    version: 2,
    document: 'v2',
    note: 'why',
    published_by: 'usr_a',
  });
  expect(await findPolicyVersion(db, 4)).toBeNull();
  const first = await listPolicyVersions(db, { limit: 2 });
  expect(first.items.map(({ version }) => version)).toEqual([3, 2]);
  const second = await listPolicyVersions(db, { limit: 2, cursor: first.next_cursor });
  expect(second).toMatchObject({ items: [{ version: 1 }], next_cursor: null });
  await expect(db.updateTable('policy_versions').set({ document: 'x' }).execute()).rejects.toThrow('permission denied');
});

test('one permission per agent and pattern: the second replaces the first and keeps its id', async () => {
  await createAgent(db, { id: 'bot', name: 'Bot', ...by });
  const first = await setPermission(db, permission);
  const second = await setPermission(db, { ...permission, effect: 'require_approval', flow: 'refund' });
  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.permission).toEqual({
    ...permission,
    id: first.permission.id,
    effect: 'require_approval',
    flow: 'refund',
  });
  expect((await listPermissions(db, 'bot', { limit: 9 })).items).toEqual([second.permission]);
});

test('a permission is changed and deleted only under its own agent', async () => {
  await createAgent(db, { id: 'bot', name: 'Bot', ...by });
  await createAgent(db, { id: 'other', name: 'Other', ...by });
  const { permission: one } = await setPermission(db, permission);
  const { permission: two } = await setPermission(db, { ...permission, action: 'b.c' });
  await expect(updatePermission(db, 'other', one.id, { effect: 'deny' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(deletePermission(db, 'other', one.id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(updatePermission(db, 'bot', two.id, { action: 'a.*' })).rejects.toMatchObject({
    code: 'identity_taken',
  });
  expect(await updatePermission(db, 'bot', one.id, { max_amount: 3 })).toEqual({ ...one, max_amount: 3 });
  expect(await updatePermission(db, 'bot', one.id, {})).toEqual({ ...one, max_amount: 3 });
  expect(await deletePermission(db, 'bot', two.id)).toEqual(two);
  expect((await listPermissions(db, 'bot', { limit: 9 })).items).toHaveLength(1);
});

test('a key is listed without its hash until it is revoked; creating the same key again returns the old one', async () => {
  const key = await createKey(db, { name: 'ci', prefix: 'aw_abc', hash: 'h1', ...by });
  expect(await createKey(db, { prefix: 'aw_abc', hash: 'h1', ...by })).toEqual(key);
  expect((await listKeys(db, { limit: 5 })).items).toEqual([key]);
  expect(JSON.stringify(key)).not.toContain('h1');
  expect(key.agents).toEqual(['*']);
  await revokeKey(db, key.id);
  expect((await listKeys(db, { limit: 5 })).items).toEqual([]);
  await expect(revokeKey(db, key.id)).rejects.toMatchObject({ code: 'not_found' });
});

test('pending approvals of an earlier policy are counted, ended ones are not', async () => {
  const at = new Date();
  const approval = (id: string, version: number, status: 'pending' | 'approved') => ({
    id,
    version: 1,
    status,
    agent_id: 'bot',
    action: 'a.b',
    risk: 'low' as const,
    digest: 'sha256:00',
    created_at: at,
    expires_at: at,
    snapshot: JSON.stringify({ policy: { version, rule: null } }),
    state: '{}',
  });
  const rows = [
    approval('apr_1', 0, 'pending'),
    approval('apr_2', 1, 'pending'),
    approval('apr_3', 1, 'approved'),
    approval('apr_4', 2, 'pending'),
  ];
  await db.insertInto('approvals').values(rows).execute();
  expect(await pendingOnOlder(db, 2)).toBe(2);
  expect(await pendingOnOlder(db, 0)).toBe(0);
});
