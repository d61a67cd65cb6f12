import { advance, initialState, nextDeadline } from './index';
import { DAY_MS, level, path, snapshotOf, START_MS, Story, story, world } from './support/fixtures';

const team = [level('team', path('role:lead', 2))];
const leads = world({ 'role:lead': 'ana ben cem', 'role:admin': 'eve' });
const user = (id: string) => ({ type: 'user' as const, id });

describe('one approval from its opening to its end', () => {
  it('begins pending, with nothing open and version 0', () => {
    expect(initialState(snapshotOf(team))).toMatchObject({ status: 'pending', version: 0, votes: [] });
    expect(new Story(snapshotOf(team), leads).levels).toBe('team:waiting');
  });

  it('opens its first stage and asks everybody in the pool', () => {
    const approval = story(team, leads);
    expect(approval.levels).toBe('team:open');
    expect(approval.deliveries).toEqual(['request ana email', 'request ben email', 'request cem email']);
    expect(approval.last.events).toEqual([{ type: 'approval.requested', actor: { type: 'agent', id: 'bot' } }]);
    expect(approval.state.version).toBe(1);
  });

  it('opens once: the same command again changes nothing', () => {
    const approval = story(team, leads);
    const before = approval.state;
    expect(approval.open().state).toBe(before);
  });

  it('is approved by the vote that makes the quorum', () => {
    const approval = story(team, leads);
    expect(approval.approve('ana').vote).toEqual({ counted: true, vote_id: 'vot_1_1', replaced: null });
    expect(approval.outcome).toBe('pending');
    expect(approval.vote('ben', 'approve', { comment: 'fine' }).events.map(({ type }) => type)).toEqual([
      'approval.voted',
      'approval.decided',
    ]);
    expect(approval.outcome).toBe('approved quorum');
    expect(approval.state).toMatchObject({ decided_by: 'ben', comment: 'fine', version: 3 });
    expect(approval.state.decided_at_ms).toBe(START_MS + 120_000);
  });

  it('is denied by one denial', () => {
    const approval = story(team, leads);
    approval.deny('cem');
    expect([approval.outcome, approval.levels]).toEqual(['denied deny_threshold', 'team:denied']);
    expect(approval.state.decided_by).toBe('cem');
  });

  it('expires at its ttl, decided by nobody', () => {
    const approval = story(team, leads);
    expect(nextDeadline(approval.state, approval.snapshot)).toBe(START_MS + 7 * DAY_MS);
    approval.clock(7 * 24);
    expect([approval.outcome, approval.levels]).toEqual(['expired request_ttl', 'team:expired']);
    expect(approval.state.decided_by).toBeNull();
    expect(nextDeadline(approval.state, approval.snapshot)).toBeNull();
  });

  it('that is opened after its ttl is recorded as requested and expired, and nobody is asked', () => {
    const approval = new Story(snapshotOf(team, { expires_at_ms: START_MS - 1 }), leads);
    expect(nextDeadline(approval.state, approval.snapshot)).toBeNull();
    approval.clock(1);
    expect(approval.state.version).toBe(0);
    expect(approval.open().last.events.map(({ type }) => type)).toEqual(['approval.requested', 'approval.decided']);
    expect([approval.outcome, approval.levels, approval.deliveries]).toEqual([
      'expired request_ttl',
      'team:cancelled',
      [],
    ]);
  });

  it('is cancelled with the reason that was given', () => {
    const approval = story(team, leads);
    approval.cancel(user('eve'));
    expect([approval.outcome, approval.levels]).toEqual(['cancelled user_cancelled', 'team:cancelled']);
    expect(approval.state).toMatchObject({ decided_by: 'eve', comment: 'not needed' });
  });

  it('answers a second cancellation with the same end and refuses one after another end', () => {
    const cancelled = story(team, leads);
    cancelled.cancel(user('eve'));
    const before = cancelled.state;
    expect(cancelled.cancel(user('eve'))).toEqual({ state: before, events: [], deliveries: [] });
    const denied = story(team, leads);
    denied.deny('ana');
    expect(denied.cancel(user('eve')).refusal?.code).toBe('already_decided');
    expect(denied.outcome).toBe('denied deny_threshold');
  });

  it('can be cancelled before it opened', () => {
    const approval = new Story(snapshotOf(team), leads);
    approval.cancel(user('eve'));
    expect(approval.outcome).toBe('cancelled user_cancelled');
    expect(approval.open().outcome).toBe('cancelled user_cancelled');
  });

  it('names no person as decider when an agent or the system cancels', () => {
    const approval = story(team, leads);
    approval.cancel({ type: 'agent', id: 'bot' });
    expect(approval.state.decided_by).toBeNull();
  });

  it('does nothing at a clock command when nothing is due', () => {
    const approval = story(team, leads);
    const before = approval.state;
    expect(approval.clock(1)).toEqual({ state: before, events: [], deliveries: [] });
    expect(approval.state).toBe(before);
  });

  it('never changes the state that it is given', () => {
    const approval = story(team, leads);
    const before = approval.state;
    const frozen = JSON.stringify(before);
    approval.approve('ana');
    approval.approve('ben');
    expect(JSON.stringify(before)).toBe(frozen);
  });

  it('counts one version for each accepted command and none for a refused one', () => {
    const approval = story(team, leads);
    const versions = [
      approval.approve('ana'),
      approval.approve('zoe'),
      approval.approve('ana'),
      approval.approve('ben'),
    ].map(({ state }) => state.version);
    expect(versions).toEqual([2, 2, 2, 3]);
  });

  it('runs stages in order, and those of one stage together', () => {
    const facts = world({ 'role:a': 'ana', 'role:b': 'ben', 'role:c': 'cem', 'role:d': 'dan' });
    const approval = story(
      [
        level('a', path('role:a')),
        level('b', path('role:b'), { stage: 2 }),
        level('c', path('role:c'), { stage: 2 }),
        level('d', path('role:d'), { stage: 3 }),
      ],
      facts,
    );
    expect(approval.levels).toBe('a:open b:waiting c:waiting d:waiting');
    approval.approve('ana');
    expect(approval.levels).toBe('a:approved b:open c:open d:waiting');
    expect(approval.deliveries).toEqual(['request ben email', 'request cem email']);
    approval.approve('cem');
    expect(approval.levels).toBe('a:approved b:open c:approved d:waiting');
    approval.approve('ben');
    approval.approve('dan');
    expect(approval.outcome).toBe('approved quorum');
    expect(approval.state.levels.map(({ opened_at_ms }) => (opened_at_ms! - START_MS) / 60_000)).toEqual([0, 1, 1, 3]);
  });

  it('cannot open a level without its instants', () => {
    const facts = { ...leads, openings: {} };
    const snapshot = snapshotOf(team);
    expect(() => advance(snapshot, initialState(snapshot), { type: 'opened', at_ms: START_MS }, facts)).toThrow(
      'its deadlines are not in the facts',
    );
  });
});
