import { addPerson, level } from '../tests/support/engine';
import { withDatabase } from '../tests/support/postgres';
import { lookUpFacts, type FactsQuestion } from './facts';

const at = (text: string): number => Date.parse(text);

describe('facts', () => {
  const { db } = withDatabase();

  const ask = (question: Partial<FactsQuestion>) =>
    lookUpFacts(db, {
      at_ms: at('2026-11-22T12:00:00Z'),
      selectors: [],
      excluded: [],
      persons: [],
      waiting: [],
      calendars: {},
      ...question,
    });

  test('hold the instants of each level that may open, counted from the command', async () => {
    const timing = {
      on_expire: 'expire' as const,
      expire_in: '2h',
      remind: { every: '30m', max: 2 },
      escalate: [{ after: '1h', add: ['role:boss'] }],
    };
    const { openings } = await ask({ waiting: [level('team', { timing }), level('later')] });
    const from = at('2026-11-22T12:00:00Z');
    expect(openings.team).toEqual({
      expires_at_ms: from + 7_200_000,
      reminders_ms: [from + 1_800_000, from + 3_600_000],
      escalations: [{ at_ms: from + 3_600_000, expires_at_ms: expect.anything() as number }],
    });
    expect(openings.later).toEqual({ expires_at_ms: null, reminders_ms: [], escalations: [] });
  });

  test('put email before SMS and Slack in a person’s quiet hours, and only then', async () => {
    const quiet_hours = { from: '22:00', to: '07:00' };
    const owl = await addPerson(db, 'owl', {
      channels: ['sms', 'slack', 'email'],
      phone: '+447700900001',
      slack: 'U1',
      timezone: 'America/New_York',
      quiet_hours,
    });
    const mute = await addPerson(db, 'mute', { channels: ['sms'], phone: '+447700900002', quiet_hours });
    const order = async (time: string) => (await ask({ at_ms: at(time), persons: [owl.id, mute.id] })).channels;
    expect(await order('2026-11-22T04:00:00Z')).toMatchObject({
      [owl.id]: ['email', 'sms', 'slack'],
      [mute.id]: ['sms'],
    });
    expect(await order('2026-11-22T17:00:00Z')).toMatchObject({ [owl.id]: ['sms', 'slack', 'email'] });
  });

  test('count a delegation as of the time of the command, however late the look-up runs', async () => {
    const bea = await addPerson(db, 'bea');
    const cyd = await addPerson(db, 'cyd');
    const away = JSON.stringify({ until: '2026-11-22T12:00:00.000Z', delegate: bea.id });
    await db.updateTable('users').set({ away }).where('id', '=', cyd.id).execute();
    const delegates = async (time: string) => (await ask({ at_ms: at(time), persons: [cyd.id] })).delegates;
    expect(await delegates('2026-11-22T11:59:59Z')).toEqual({ [cyd.id]: bea.id });
    expect(await delegates('2026-11-22T12:00:01Z')).toEqual({});
  });

  test('are looked up anew each time', async () => {
    const ana = await addPerson(db, 'ana', { roles: ['lead'] });
    const members = async () => (await ask({ selectors: ['role:lead'] })).members['role:lead'];
    expect(await members()).toEqual([ana.id]);
    await db.deleteFrom('user_roles').where('user_id', '=', ana.id).execute();
    expect(await members()).toEqual([]);
  });
});
