import { ADDRESS_FIELDS } from '../domain/approval';
import { withDatabase } from '../tests/support/postgres';
import { createLoginLink, createSession, findLoginLink, findSession } from './login';
import { createPerson, findPerson, findPersonById, getPerson, listPeople, updatePerson } from './people';

const { db } = withDatabase();

test('a person is found by any address in any spelling, and by id', async () => {
  const ana = await createPerson(
    db,
    {
      id: 'usr_ana',
      name: 'Ana',
      emails: [' Ana@Acme.example ', 'ana@home.example'],
      phones: ['+441234567890'],
      slack_ids: ['U1'],
      roles: ['finance', 'admin'],
      channels: ['slack', 'email'],
      timezone: 'Europe/London',
      quiet_hours: { from: '22:00', to: '07:00' },
    },
    'system',
  );
  expect(ana).toEqual({
    id: 'usr_ana',
    name: 'Ana',
    emails: ['ana@acme.example', 'ana@home.example'],
    phones: ['+441234567890'],
    slack_ids: ['U1'],
    roles: ['admin', 'finance'],
    self_given_roles: [],
    self_given_emails: [],
    timezone: 'Europe/London',
    channels: ['slack', 'email'],
    quiet_hours: { from: '22:00', to: '07:00' },
    away: null,
    active: true,
    active_since: null,
  });
  for (const identity of ['usr_ana', 'ANA@acme.example', 'ana@HOME.example ']) {
    expect(await findPerson(db, identity)).toEqual(ana);
  }
  expect(await findPersonById(db, 'ana@acme.example')).toBeNull();
  for (const identity of ['', '@', 'ana', 'bob@acme.example', '+441234567890']) {
    expect(await findPerson(db, identity)).toBeNull();
  }
});

test.each(Object.entries(ADDRESS_FIELDS))(
  'a person can have addresses in %s, which are of the kind %s',
  async (field, kind) => {
    const address = `${kind}@addresses.example`;
    const person = await createPerson(db, { name: 'Somebody', [field]: [address] }, 'system');
    expect(person).toMatchObject({ [field]: [address] });
    const rows = await db.selectFrom('identities').select('kind').where('user_id', '=', person.id).execute();
    expect(rows).toEqual([{ kind }]);
  },
);

test('an address belongs to one person', async () => {
  await createPerson(db, { name: 'One', emails: ['one@acme.example'], phones: ['+10000000001'] }, 'system');
  const two = await createPerson(db, { name: 'Two', emails: ['two@acme.example'] }, 'system');
  await expect(
    createPerson(db, { name: 'Three', emails: ['three@acme.example', 'ONE@acme.example'] }, 'system'),
  ).rejects.toMatchObject({
    code: 'identity_taken',
    facts: { errors: [{ path: 'emails.1' }] },
  });
  expect(await findPerson(db, 'three@acme.example')).toBeNull();
  await expect(updatePerson(db, two.id, { name: 'Renamed', phones: ['+10000000001'] }, 'system')).rejects.toMatchObject(
    {
      code: 'identity_taken',
    },
  );
  expect(await getPerson(db, two.id)).toEqual(two);
});

test('of twenty people created at once with the same address one is created', async () => {
  const tries = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      createPerson(db, { name: `Twin ${n}`, emails: ['twin@acme.example'] }, 'system'),
    ),
  );
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('an update replaces only the given lists', async () => {
  const { id } = await createPerson(
    db,
    { name: 'Ben', emails: ['ben@a.example', 'ben@b.example'], roles: ['x'] },
    'system',
  );
  const away = { until: '2027-01-01T00:00:00Z', delegate: 'usr_ana' };
  await updatePerson(db, id, { away, quiet_hours: { from: '20:00', to: '06:00' } }, 'system');
  const changed = await updatePerson(
    db,
    id,
    { emails: ['ben@b.example', 'ben@a.example'], quiet_hours: null },
    'system',
  );
  expect(changed).toMatchObject({
    name: 'Ben',
    emails: ['ben@b.example', 'ben@a.example'],
    roles: ['x'],
    away,
    quiet_hours: null,
  });
  expect(await updatePerson(db, id, {}, 'system')).toEqual(changed);
  expect((await updatePerson(db, id, { emails: [], away: null }, 'system')).emails).toEqual([]);
});

test('a role keeps its first giver, so that a self-given role stays self-given', async () => {
  const { id } = await createPerson(db, { name: 'Eve', roles: ['admin'] }, 'system');
  await updatePerson(db, id, { roles: ['admin', 'finance'] }, id);
  const saved = await updatePerson(db, id, { name: 'Eve E.', roles: ['admin', 'finance', 'risk'] }, 'usr_ana');
  expect(saved).toMatchObject({ roles: ['admin', 'finance', 'risk'], self_given_roles: ['finance'] });
  await updatePerson(db, id, { roles: ['risk'] }, 'usr_ana');
  expect(await updatePerson(db, id, { roles: ['risk', 'finance'] }, 'usr_ana')).toMatchObject({ self_given_roles: [] });
  expect((await updatePerson(db, id, { roles: [] }, 'usr_ana')).roles).toEqual([]);
});

test('an address keeps its first giver too', async () => {
  const { id } = await createPerson(db, { name: 'Fay', emails: ['fay@acme.example'] }, 'system');
  const own = ['fay@acme.example', 'chief@acme.example'];
  expect(await updatePerson(db, id, { emails: own }, id)).toMatchObject({ self_given_emails: ['chief@acme.example'] });
  const saved = await updatePerson(db, id, { emails: own.toReversed() }, 'usr_ana');
  expect(saved).toMatchObject({ emails: own.toReversed(), self_given_emails: ['chief@acme.example'] });
  await updatePerson(db, id, { emails: own.slice(0, 1) }, 'usr_ana');
  expect(await updatePerson(db, id, { emails: own }, 'usr_ana')).toMatchObject({ self_given_emails: [] });
});

test('sessions and login links of a person who becomes inactive end at once', async () => {
  const { id } = await createPerson(db, { name: 'Leaver' }, 'system');
  const expires_at = new Date(Date.now() + 60_000);
  await createSession(db, { hash: 'session of leaver', user_id: id, expires_at });
  await createLoginLink(db, { hash: 'link of leaver', user_id: id, expires_at });
  await updatePerson(db, id, { active: false }, 'system');
  await updatePerson(db, id, { active: true }, 'system');
  expect(await findSession(db, 'session of leaver', new Date())).toBeNull();
  expect(await findLoginLink(db, 'link of leaver', new Date())).toBeNull();
});

test('a change of addresses deletes login links, and keeps sessions', async () => {
  const { id } = await createPerson(db, { name: 'Mover', emails: ['old@mover.example'] }, 'system');
  const expires_at = new Date(Date.now() + 60_000);
  await createSession(db, { hash: 'session of mover', user_id: id, expires_at });
  await createLoginLink(db, { hash: 'link of mover', user_id: id, expires_at });
  await updatePerson(db, id, { name: 'Mover too', phones: ['+441632960961'] }, 'system');
  expect(await findLoginLink(db, 'link of mover', new Date())).not.toBeNull();
  await updatePerson(db, id, { emails: ['new@mover.example'] }, 'system');
  expect(await findLoginLink(db, 'link of mover', new Date())).toBeNull();
  expect(await findSession(db, 'session of mover', new Date())).not.toBeNull();
});

test('an unknown person is named', async () => {
  await expect(getPerson(db, 'usr_nobody')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('usr_nobody'),
  });
  await expect(updatePerson(db, 'usr_nobody', { name: 'x' }, 'system')).rejects.toMatchObject({ code: 'not_found' });
});

test('paging lists each person once, and can filter by role and by activity', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listPeople>> = await listPeople(db, { limit: 2, cursor });
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor);
  const all = await db.selectFrom('users').select('id').orderBy('id').execute();
  expect(seen).toEqual(all.map(({ id }) => id));
  const { id } = await createPerson(db, { name: 'Rare', roles: ['rare'], active: false }, 'system');
  expect((await listPeople(db, { limit: 9 }, { role: 'rare' })).items.map((person) => person.id)).toEqual([id]);
  expect((await listPeople(db, { limit: 9 }, { role: 'rare', active: true })).items).toEqual([]);
});
