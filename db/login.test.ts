import { withDatabase } from '../tests/support/postgres';
import { createLoginLink, createSession, deleteSession, findLoginLink, findSession, consumeLoginLink } from './login';

const { db } = withDatabase();

const now = new Date('2026-11-22T10:00:00Z');
const soon = new Date('2026-11-22T10:10:00Z');

beforeAll(async () => {
  await db
    .insertInto('users')
    .values([
      { id: 'usr_ana', name: 'Ana' },
      { id: 'usr_old', name: 'Old', active: false },
    ])
    .execute();
});

test('a login link works once, however many try at once', async () => {
  await createLoginLink(db, { hash: 'h1', user_id: 'usr_ana', return_to: '/approvals/apr_1', expires_at: soon });
  const tries = await Promise.all(Array.from({ length: 20 }, () => consumeLoginLink(db, 'h1', now)));
  expect(tries.filter(Boolean)).toEqual([{ user_id: 'usr_ana', return_to: '/approvals/apr_1' }]);
  expect(await findLoginLink(db, 'h1', now)).toBeNull();
});

test('reading a login link does not use it up', async () => {
  await createLoginLink(db, { hash: 'h2', user_id: 'usr_ana', expires_at: soon });
  for (let n = 0; n < 3; n++) expect(await findLoginLink(db, 'h2', now)).toEqual({ user_id: 'usr_ana' });
  expect(await consumeLoginLink(db, 'h2', now)).toEqual({ user_id: 'usr_ana', return_to: null });
});

test('an expired or unknown login link signs nobody in, and neither does that of an inactive person', async () => {
  await createLoginLink(db, { hash: 'h3', user_id: 'usr_ana', expires_at: now });
  await createLoginLink(db, { hash: 'h4', user_id: 'usr_old', expires_at: soon });
  for (const hash of ['h3', 'h4', 'h5']) {
    expect(await findLoginLink(db, hash, now)).toBeNull();
    expect(await consumeLoginLink(db, hash, now)).toBeNull();
  }
});

test('links that expired long ago are deleted when the next one is created', async () => {
  await createLoginLink(db, { hash: 'h6', user_id: 'usr_ana', expires_at: new Date('2020-01-01') });
  await createLoginLink(db, { hash: 'h7', user_id: 'usr_ana', expires_at: soon });
  const left = await db.selectFrom('login_links').select('hash').where('hash', 'in', ['h6', 'h7']).execute();
  expect(left).toEqual([{ hash: 'h7' }]);
});

test('a session ends when it expires, at sign-out, and when its person becomes inactive', async () => {
  await createSession(db, { hash: 's1', user_id: 'usr_ana', expires_at: soon });
  await createSession(db, { hash: 's2', user_id: 'usr_old', expires_at: soon });
  expect(await findSession(db, 's1', now)).toMatchObject({ user_id: 'usr_ana', expires_at: soon });
  expect(await findSession(db, 's1', soon)).toBeNull();
  expect(await findSession(db, 's2', now)).toBeNull();
  await deleteSession(db, 's1');
  await deleteSession(db, 's1');
  expect(await findSession(db, 's1', now)).toBeNull();
});
