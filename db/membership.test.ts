import { withDatabasePerTest } from '../tests/support/postgres';
import { MEMBERS_MAX, membership } from './membership';
import { createPerson, updatePerson, type NewPerson } from './people';
import type { Db } from './pool';

let db: Db;
withDatabasePerTest((database) => ({ db } = database));

const person = (name: string, more: Partial<NewPerson> = {}) =>
  createPerson(db, { id: `usr_${name}`, name, emails: [`${name}@acme.example`], ...more }, 'system');

const ask = (selectors: string[], more: { excluded?: string[]; persons?: string[]; at_ms?: number } = {}) =>
  membership(db, { selectors, excluded: [], persons: [], ...more });

test('an empty question gets an empty answer', async () => {
  expect(await ask([])).toEqual({ members: {}, excluded: [], delegates: {}, inactive: [], channels: {} });
});

test('roles and users give active people, each person once', async () => {
  await person('ana', { roles: ['finance'] });
  await person('ben', { roles: ['finance', 'risk'] });
  await person('old', { roles: ['finance'], active: false });
  const { members } = await ask([
    'role:finance',
    'role:risk',
    'role:none',
    'user:Ana@Acme.example',
    'user:usr_ben',
    'user:old@acme.example',
    'user:no@one',
    'x:y',
  ]);
  expect(members).toEqual({
    'role:finance': ['usr_ana', 'usr_ben'],
    'role:risk': ['usr_ben'],
    'role:none': [],
    'user:Ana@Acme.example': ['usr_ana'],
    'user:usr_ben': ['usr_ben'],
    'user:old@acme.example': [],
    'user:no@one': [],
    'x:y': [],
  });
});

test('an auditor is excluded', async () => {
  await person('ana', { roles: ['finance'] });
  await person('aud', { roles: ['finance', 'auditor'] });
  expect((await ask(['role:finance'])).excluded).toEqual(['usr_aud']);
});

test('a role that a person gave to themself does not count', async () => {
  await person('eve', { roles: ['admin'] });
  await updatePerson(db, 'usr_eve', { roles: ['admin', 'finance'] }, 'usr_eve');
  expect((await ask(['role:finance', 'role:admin'])).members).toEqual({
    'role:finance': [],
    'role:admin': ['usr_eve'],
  });
});

test('excluded people are found by any of their addresses or by id, also inactive ones', async () => {
  await person('ana', { emails: ['ana@acme.example', 'ana@home.example'] });
  await person('old', { active: false });
  const { excluded } = await ask([], {
    excluded: ['ANA@home.example', 'ana@acme.example', 'usr_old', 'nobody@x.example'],
  });
  expect([...excluded].sort()).toEqual(['usr_ana', 'usr_old']);
});

test('inactive and unknown people among `persons` are reported', async () => {
  await person('ana');
  await person('old', { active: false });
  const { inactive, channels } = await ask([], { persons: ['usr_ana', 'usr_old', 'usr_gone', 'usr_old'] });
  expect(inactive).toEqual(['usr_old', 'usr_gone']);
  expect(channels).toEqual({ usr_ana: ['email'] });
});

test('channels are in the person’s order, without those that have no address', async () => {
  await person('ana', { channels: ['sms', 'slack', 'email'], slack_ids: ['U1'] });
  expect((await ask(['user:usr_ana'])).channels).toEqual({ usr_ana: ['slack', 'email'] });
});

test('a delegation counts while it lasts, for active delegates only, and is not passed on', async () => {
  const until = '2026-06-01T00:00:00Z';
  const during = Date.parse('2026-05-31T23:59:59Z');
  await person('ana', { roles: ['finance'], away: { until, delegate: 'usr_ben' } });
  await person('ben', { away: { until, delegate: 'usr_cal' } });
  await person('cal');
  await person('old', { active: false });
  await person('dan', { roles: ['finance'], away: { until, delegate: 'usr_old' } });
  await person('sol', { roles: ['finance'], away: { until, delegate: 'usr_sol' } });
  await person('fay', { roles: ['finance'], away: { until } });
  const facts = await ask(['role:finance'], { at_ms: during });
  expect(facts.delegates).toEqual({ usr_ana: 'usr_ben' });
  expect(facts.channels.usr_ben).toEqual(['email']);
  expect((await ask(['role:finance'], { at_ms: Date.parse(until) })).delegates).toEqual({});
});

test('a delegate who votes has the delegator in the answer', async () => {
  await person('ben');
  await person('ana', { away: { until: '2999-01-01T00:00:00Z', delegate: 'usr_ben' } });
  expect((await ask([], { persons: ['usr_ben'] })).delegates).toEqual({ usr_ana: 'usr_ben' });
});

test('a role is capped, but `persons` and their delegators are always found', async () => {
  const names = Array.from({ length: MEMBERS_MAX + 20 }, (_, n) => `p${String(n).padStart(4, '0')}`);
  await db
    .insertInto('users')
    .values(names.map((name) => ({ id: `usr_${name}`, name })))
    .execute();
  await db
    .insertInto('user_roles')
    .values(names.map((name) => ({ user_id: `usr_${name}`, role: 'all', granted_by: 'system' })))
    .execute();
  const last = `usr_${names.at(-1)}`;
  expect((await ask(['role:all'])).members['role:all']).toHaveLength(MEMBERS_MAX);
  expect((await ask(['role:all'])).members['role:all']).not.toContain(last);
  expect((await ask(['role:all'], { persons: [last] })).members['role:all']).toContain(last);
  await person('ben');
  await updatePerson(db, last, { away: { until: '2999-01-01T00:00:00Z', delegate: 'usr_ben' } }, 'system');
  const facts = await ask(['role:all'], { persons: ['usr_ben'] });
  expect(facts.members['role:all']).toContain(last);
  expect(facts.delegates).toEqual({ [last]: 'usr_ben' });
});
