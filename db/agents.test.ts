import { withDatabase } from '../tests/support/postgres';
import { createAgent, deleteAgent, findAgent, getAgent, listAgents, updateAgent } from './agents';
import { listPermissions, setPermission } from './permissions';

const { db } = withDatabase();

const by = { created_by: 'system' };

test('an agent is found by its id and by its name', async () => {
  const agent = await createAgent(db, { id: 'support', name: 'Support bot', description: 'Refunds', ...by });
  expect(agent).toMatchObject({
    id: 'support',
    name: 'Support bot',
    owner: null,
    status: 'active',
    created_by: 'system',
  });
  expect(await findAgent(db, 'support')).toEqual(agent);
  expect(await getAgent(db, 'Support bot')).toEqual(agent);
  await expect(getAgent(db, 'nobody')).rejects.toMatchObject({
    code: 'agent_not_found',
    message: expect.stringContaining('POST /api/agents'),
  });
});

test('an agent without an id gets a new one', async () => {
  expect((await createAgent(db, { name: 'Made', ...by })).id).toMatch(/^agt_[A-Za-z0-9]{22}$/);
});

test('an id or a name cannot be taken twice, and no name can be the id of another agent', async () => {
  await createAgent(db, { id: 'one', name: 'First', ...by });
  const taken = { code: 'identity_taken' };
  await expect(createAgent(db, { id: 'one', name: 'Other', ...by })).rejects.toMatchObject(taken);
  await expect(createAgent(db, { id: 'other', name: 'First', ...by })).rejects.toMatchObject(taken);
  await expect(createAgent(db, { id: 'other', name: 'one', ...by })).rejects.toMatchObject(taken);
  await expect(createAgent(db, { id: 'First', name: 'Other', ...by })).rejects.toMatchObject(taken);
  expect(await findAgent(db, 'other')).toBeNull();
  const two = await createAgent(db, { id: 'two', name: 'Second', ...by });
  await expect(updateAgent(db, 'two', { name: 'First' })).rejects.toMatchObject(taken);
  await expect(updateAgent(db, 'two', { name: 'one' })).rejects.toMatchObject(taken);
  expect(await getAgent(db, 'two')).toEqual(two);
});

test('two agents created at once cannot take each other’s id as name', async () => {
  const tries = await Promise.allSettled([
    createAgent(db, { id: 'left', name: 'right', ...by }),
    createAgent(db, { id: 'right', name: 'left', ...by }),
  ]);
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('an update changes only the given fields', async () => {
  await db.insertInto('users').values({ id: 'usr_owner', name: 'Owner' }).execute();
  await createAgent(db, { id: 'changing', name: 'Before', description: 'x', ...by });
  await updateAgent(db, 'changing', { owner: 'usr_owner', status: 'inactive' });
  expect(await updateAgent(db, 'changing', { name: 'After' })).toMatchObject({
    name: 'After',
    description: 'x',
    owner: 'usr_owner',
    status: 'inactive',
  });
  expect(await updateAgent(db, 'changing', { name: undefined, owner: null })).toMatchObject({
    name: 'After',
    owner: null,
  });
  expect(await updateAgent(db, 'changing', {})).toMatchObject({ name: 'After' });
  await expect(updateAgent(db, 'nobody', { name: 'x' })).rejects.toMatchObject({ code: 'agent_not_found' });
});

test('a deleted agent loses its permissions; its name is free again, its id is not', async () => {
  await createAgent(db, { id: 'leaver', name: 'Leaver', ...by });
  await setPermission(db, { agent_id: 'leaver', action: 'a.b', effect: 'allow', flow: null, max_amount: null });
  await deleteAgent(db, 'leaver');
  expect(await findAgent(db, 'leaver')).toBeNull();
  expect((await listPermissions(db, 'leaver', { limit: 9 })).items).toEqual([]);
  await expect(deleteAgent(db, 'leaver')).rejects.toMatchObject({ code: 'agent_not_found' });
  await expect(createAgent(db, { id: 'leaver', name: 'New', ...by })).rejects.toMatchObject({ code: 'identity_taken' });
  await expect(createAgent(db, { id: 'new', name: 'leaver', ...by })).rejects.toMatchObject({ code: 'identity_taken' });
  expect(await createAgent(db, { id: 'new', name: 'Leaver', ...by })).toMatchObject({ name: 'Leaver' });
});

test('paging lists each agent once', async () => {
  const first = await listAgents(db, { limit: 2 });
  const rest = await listAgents(db, { limit: 200, cursor: first.next_cursor });
  const ids = [...first.items, ...rest.items].map(({ id }) => id);
  expect(first.items).toHaveLength(2);
  expect(rest.next_cursor).toBeNull();
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(ids).toContain('support');
  expect(ids).not.toContain('leaver');
});
