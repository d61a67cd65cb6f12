import { withDatabase } from '../tests/support/postgres';
import { series, topActions, totals } from './statistics';

const MINUTE_MS = 60_000;
const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
const january = { from: day(1), to: new Date(Date.UTC(2026, 1, 1)) };

describe('statistics', () => {
  const { db } = withDatabase();
  let made = 0;

  type Status = 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled';
  async function insert(
    status: Status,
    created_at: Date,
    minutes: number,
    fields: { action?: string; agent_id?: string } = {},
  ): Promise<string> {
    const id = `apr_${++made}`;
    await db
      .insertInto('approvals')
      .values({
        id,
        version: 1,
        status,
        agent_id: 'bot',
        action: 'pay.out',
        risk: 'low',
        digest: 'd',
        created_at,
        expires_at: day(30),
        decided_at: status === 'pending' ? null : new Date(created_at.getTime() + minutes * MINUTE_MS),
        snapshot: '{"policy":{"version":1}}',
        state: '{}',
        ...fields,
      })
      .execute();
    return id;
  }
  const vote = (
    approval_id: string,
    voter: string,
    decision: 'approve' | 'deny' | 'pass',
    at: Date,
    fields: { channel?: 'sms'; superseded_by?: string } = {},
  ) =>
    db
      .insertInto('votes')
      .values({
        id: `vot_${++made}`,
        approval_id,
        level: 'team',
        voter,
        decision,
        channel: 'email',
        assurance: 'link',
        at,
        ...fields,
      })
      .execute();

  test('of no approvals have zero counts, and null rates and times', async () => {
    expect(await totals(db, january)).toEqual({
      approval_rate: null,
      average_response_seconds: null,
      median_response_seconds: null,
      p95_response_seconds: null,
      pending: 0,
      approved: 0,
      denied: 0,
      expired: 0,
      cancelled: 0,
    });
    expect(await topActions(db, january)).toEqual([]);
    expect(await series(db, january, 'day')).toEqual([]);
  });

  describe('of a period', () => {
    beforeAll(async () => {
      const first = await insert('approved', day(2), 1);
      const second = await insert('approved', day(2), 2, { action: 'mail.send' });
      const third = await insert('denied', day(3), 6, { agent_id: 'other' });
      await insert('expired', day(3), 999);
      await insert('cancelled', day(3), 999);
      await insert('pending', day(4), 0);
      await insert('approved', new Date(Date.UTC(2026, 1, 1)), 1);
      await insert('approved', new Date(Date.UTC(2025, 11, 31, 23, 59)), 1);
      const after = (minutes: number, of: number) => new Date(day(of).getTime() + minutes * MINUTE_MS);
      await vote(first, 'usr_ana', 'deny', after(0.5, 2), { superseded_by: 'vot_x' });
      await vote(first, 'usr_ana', 'approve', after(1, 2));
      await vote(second, 'usr_ana', 'approve', after(2, 2), { channel: 'sms' });
      await vote(third, 'usr_ben', 'deny', after(6, 3));
      await vote(third, 'usr_cleo', 'pass', after(3, 3));
    });

    test('count approvals by outcome, and time only those that people decided', async () => {
      expect(await totals(db, january)).toEqual({
        approval_rate: expect.closeTo(2 / 3),
        average_response_seconds: expect.closeTo(180),
        median_response_seconds: expect.closeTo(120),
        p95_response_seconds: expect.closeTo(336),
        pending: 1,
        approved: 2,
        denied: 1,
        expired: 1,
        cancelled: 1,
      });
    });

    test('name the most frequent actions first', async () => {
      expect(await topActions(db, january)).toEqual([
        { action: 'pay.out', count: 5 },
        { action: 'mail.send', count: 1 },
      ]);
    });

    const by = async (grouping: Parameters<typeof series>[2]) =>
      Object.fromEntries((await series(db, january, grouping)).map(({ key, ...rest }) => [key, rest]));

    test('are grouped by days in UTC', async () => {
      const days = await by('day');
      expect(Object.keys(days)).toEqual(['2026-01-02', '2026-01-03', '2026-01-04']);
      expect(days['2026-01-03']).toMatchObject({ approved: 0, denied: 1, expired: 1, cancelled: 1, approval_rate: 0 });
      expect(days['2026-01-04']).toMatchObject({ pending: 1, approval_rate: null });
    });

    test('are grouped by agent and action', async () => {
      expect(await by('agent')).toMatchObject({ bot: { approved: 2, denied: 0 }, other: { denied: 1 } });
      expect(await by('action')).toMatchObject({ 'mail.send': { approved: 1 }, 'pay.out': { approved: 1, denied: 1 } });
    });

    test('by reviewer count the votes in force, and the time until each', async () => {
      const reviewers = await by('reviewer');
      expect(Object.keys(reviewers)).toEqual(['usr_ana', 'usr_ben']);
      expect(reviewers.usr_ana).toMatchObject({
        approved: 2,
        denied: 0,
        approval_rate: 1,
        average_response_seconds: expect.closeTo(90),
      });
      expect(reviewers.usr_ben).toMatchObject({ denied: 1, average_response_seconds: expect.closeTo(360) });
    });

    test('by level and channel count votes too', async () => {
      expect(await by('level')).toMatchObject({ team: { approved: 2, denied: 1 } });
      expect(await by('channel')).toMatchObject({ email: { approved: 1, denied: 1 }, sms: { approved: 1 } });
    });
  });
});
