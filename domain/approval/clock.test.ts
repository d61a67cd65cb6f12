import { HOUR_MS, instants, level, path, START_MS, story, world } from './support/fixtures';
import type { LevelSpec } from './glossary';
import { nextDeadline } from './index';

const people = world({ 'role:lead': 'ana ben', 'role:boss': 'cem', 'role:admin': 'eve' });

const timed = (timing: Partial<LevelSpec['timing']>, opening: ReturnType<typeof instants>, need = 1) =>
  story([level('team', path('role:lead', need), { timing })], { ...people, openings: { team: opening } });

const deadlineInHours = (approval: ReturnType<typeof timed>): number | null => {
  const at_ms = nextDeadline(approval.state, approval.snapshot);
  return at_ms === null ? null : (at_ms - START_MS) / HOUR_MS;
};

describe('the end of a level', () => {
  it.each([
    ['expire', 'expired level_timeout', 'team:expired'],
    ['deny', 'denied level_timeout', 'team:denied'],
    ['escalate', 'expired level_timeout', 'team:expired'],
  ] as const)('on_expire %s with nobody left to escalate to: %s', (on_expire, outcome, levels) => {
    const approval = timed({ on_expire }, instants(5));
    expect(deadlineInHours(approval)).toBe(5);
    expect(approval.clock(4.99).events).toEqual([]);
    approval.clock(5);
    expect([approval.outcome, approval.levels]).toEqual([outcome, levels]);
    expect(approval.state).toMatchObject({ decided_by: null, comment: null });
  });

  it('closes its sibling levels and the waiting levels', () => {
    const levels = [
      level('team', path('role:lead')),
      level('boss', path('role:boss')),
      level('last', path('role:boss'), { stage: 2 }),
    ];
    const facts = { ...people, openings: { team: instants(5) } };
    const approval = story(levels, facts, { separation: { excluded: [], same_person_across_levels: 'act_again' } });
    approval.clock(5);
    expect(approval.levels).toBe('team:expired boss:cancelled last:cancelled');
  });

  it('ttl shorter than a level timer: the request expires', () => {
    const approval = timed({ on_expire: 'deny' }, instants(24 * 30));
    expect(deadlineInHours(approval)).toBe(7 * 24);
    approval.clock(7 * 24);
    expect(approval.outcome).toBe('expired request_ttl');
  });

  it('at the ttl open levels expire and waiting levels are cancelled', () => {
    const approval = story([level('team', path('role:lead')), level('boss', path('role:boss'), { stage: 2 })], people);
    approval.clock(7 * 24);
    expect(approval.levels).toBe('team:expired boss:cancelled');
  });

  it('at the same instant the ttl comes first', () => {
    const approval = timed({ on_expire: 'deny' }, instants(7 * 24));
    approval.clock(7 * 24);
    expect(approval.outcome).toBe('expired request_ttl');
  });

  it('if both deadlines are long past, the earlier one decides', () => {
    const approval = timed({ on_expire: 'deny' }, instants(5));
    approval.clock(100 * 24);
    expect(approval.outcome).toBe('denied level_timeout');
  });

  it('a vote and a deadline in one task, in both orders: the first one decides', () => {
    const voteFirst = timed({}, instants(5));
    const at_ms = START_MS + 5 * HOUR_MS;
    const approve = { type: 'vote', at_ms, vote: { ...ballotOf('ana') } } as const;
    voteFirst.apply(approve);
    expect(voteFirst.clock(5).events).toEqual([]);
    expect(voteFirst.outcome).toBe('approved quorum');

    const clockFirst = timed({}, instants(5));
    clockFirst.clock(5);
    expect(clockFirst.apply(approve).refusal?.code).toBe('already_decided');
    expect(clockFirst.outcome).toBe('expired level_timeout');
  });

  it('of a level that is not open does not tick', () => {
    const levels = [level('team', path('role:lead')), level('boss', path('role:boss'), { stage: 2 })];
    const approval = story(levels, { ...people, openings: { boss: instants(5) } });
    expect(approval.clock(6).events).toEqual([]);
    approval.facts = { ...people, openings: { boss: instants(30) } };
    approval.approve('ana');
    expect(deadlineInHours(approval)).toBe(30);
  });
});

const ballotOf = (voter: string) => ({
  voter,
  decision: 'approve' as const,
  digest: 'sha256:00',
  comment: null,
  channel: 'email' as const,
  assurance: 'link' as const,
  ip: null,
});

describe('reminders', () => {
  const reminded = (need = 2) =>
    timed({ remind: { every: '2h', max: 3 } }, instants(24, { reminders: [2, 4, 6] }), need);

  it('go to approvers who have not voted, each at its time', () => {
    const approval = reminded();
    approval.approve('ana');
    expect(deadlineInHours(approval)).toBe(2);
    approval.clock(2);
    expect(approval.deliveries).toEqual(['reminder ben email']);
    expect(approval.last.events.map(({ type, level: at }) => [type, at])).toEqual([['approval.reminded', 'team']]);
    expect(deadlineInHours(approval)).toBe(4);
  });

  it('that were missed are sent as one', () => {
    const approval = reminded();
    approval.clock(5);
    expect(approval.deliveries).toEqual(['reminder ana email', 'reminder ben email']);
    expect(deadlineInHours(approval)).toBe(6);
    approval.clock(23);
    expect(approval.deliveries).toHaveLength(2);
    expect(deadlineInHours(approval)).toBe(24);
  });

  it('reach people who joined the pool since the opening', () => {
    const approval = reminded();
    approval.facts = { ...world({ 'role:lead': 'ana ben zoe' }) };
    approval.clock(2);
    expect(approval.deliveries).toContain('reminder zoe email');
  });

  it('are not sent about a request that ends at the same clock event', () => {
    const approval = reminded();
    approval.clock(25);
    expect(approval.outcome).toBe('expired level_timeout');
    expect(approval.deliveries).toEqual(['outcome ana email', 'outcome ben email']);
  });

  it('skip people whose approval counts at another level', () => {
    const levels = [level('x', path(['role:lead', 'role:boss'], 1)), level('y', path('role:lead', 1))];
    const approval = story(levels, { ...people, openings: { x: instants(null, { reminders: [2] }) } });
    approval.approve('ana', 'y');
    approval.clock(2);
    expect(approval.deliveries).toEqual(['reminder ben email', 'reminder cem email']);
  });

  it('a change of membership counts at the next reminder', () => {
    const approval = reminded();
    approval.facts = world({ 'role:lead': 'ana' });
    approval.clock(2);
    expect(approval.outcome).toBe('denied quorum_unreachable');
    expect(approval.state.decided_by).toBeNull();
  });
});

describe('a clock', () => {
  it('leaves nothing due', () => {
    const approval = timed(
      {
        on_expire: 'escalate',
        escalate: [{ after: '1h', add: ['role:boss'] }, { extend: '5h' }],
        remind: { every: '1h', max: 3 },
      },
      instants(3, {
        reminders: [1, 2, 3],
        escalations: [
          { at: 1, end: 3 },
          { at: null, end: 8 },
        ],
      }),
    );
    approval.clock(7);
    expect(deadlineInHours(approval)).toBe(8);
    expect(approval.outcome).toBe('pending');
    approval.clock(8);
    expect(approval.outcome).toBe('expired level_timeout');
  });

  it('after the end changes nothing', () => {
    const approval = timed({}, instants(5));
    approval.approve('ana');
    const before = approval.state;
    expect(approval.clock(1000).state).toBe(before);
    expect(deadlineInHours(approval)).toBeNull();
  });
});
