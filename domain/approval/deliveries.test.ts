import { instants, level, path, story, world } from './support/fixtures';
import { peopleToResolve, selectorsToResolve } from './index';

const people = world({ 'role:lead': 'ana ben', 'role:boss': 'cem', 'role:admin': 'eve' });
const notified = (notify?: string[]) => ({ ...level('team', path('role:lead', 2)), ...(notify ? { notify } : {}) });

describe('who gets a message, and where', () => {
  it('without notify: the first channel of each person, with the others as alternatives', () => {
    const approval = story([notified()], { ...people, channels: { ana: ['slack', 'email', 'sms'], ben: ['sms'] } });
    expect(approval.last.deliveries).toEqual([
      {
        delivery_id: 'dlv_1_1',
        kind: 'request',
        level: 'team',
        person: 'ana',
        channel: 'slack',
        then: ['email', 'sms'],
      },
      { delivery_id: 'dlv_1_2', kind: 'request', level: 'team', person: 'ben', channel: 'sms', then: [] },
    ]);
  });

  it('with notify: each personal channel for each person, and each shared channel once', () => {
    const approval = story([notified(['email', 'slack:#refunds', 'sms'])], people);
    expect(approval.deliveries).toEqual([
      'request slack:#refunds',
      'request ana email',
      'request ana sms',
      'request ben email',
      'request ben sms',
    ]);
    expect(approval.last.deliveries.every(({ then }) => then.length === 0)).toBe(true);
  });

  it('a shared channel alone gets one message for all, and one reminder', () => {
    const approval = story([notified(['slack:#refunds'])], {
      ...people,
      openings: { team: instants(null, { reminders: [1] }) },
    });
    expect(approval.deliveries).toEqual(['request slack:#refunds']);
    expect(approval.state.warnings).toEqual([]);
    approval.clock(1);
    expect(approval.deliveries).toEqual(['reminder slack:#refunds']);
  });

  it('people who join by an escalation get a message of their own, even if only a shared channel is listed', () => {
    const escalate = [{ after: '1h', add: ['role:boss'] }];
    for (const [notify, sends] of [
      [['slack:#refunds'], ['escalation cem email']],
      [['slack:#refunds', 'sms'], ['escalation cem sms']],
    ] as const) {
      const spec = { ...notified([...notify]), timing: { on_expire: 'expire' as const, escalate } };
      const approval = story([spec], { ...people, openings: { team: instants(null, { escalations: [{ at: 1 }] }) } });
      approval.clock(1);
      expect(approval.deliveries).toEqual(sends);
    }
  });

  it('a person without a channel gets no message', () => {
    const approval = story([notified()], { ...people, channels: { ana: ['email'] } });
    expect(approval.deliveries).toEqual(['request ana email']);
  });

  it('numbers its messages without a gap or a repeat', () => {
    const approval = story([notified(), level('boss', path('role:boss'), { stage: 2 })], people);
    const ids = approval.last.deliveries.map((send) => send.delivery_id);
    for (const person of ['ana', 'ben', 'cem']) {
      approval.approve(person);
      ids.push(...approval.last.deliveries.map((send) => send.delivery_id));
    }
    expect(ids).toEqual(Array.from({ length: 6 }, (_, index) => `dlv_1_${index + 1}`));
    expect(approval.state.sends).toBe(6);
  });
});

describe('the outcome', () => {
  it.each([
    ['approved', (approval: ReturnType<typeof story>) => (approval.approve('ana'), approval.approve('ben'))],
    ['denied', (approval: ReturnType<typeof story>) => approval.deny('ana')],
    ['expired', (approval: ReturnType<typeof story>) => approval.clock(7 * 24)],
    ['cancelled', (approval: ReturnType<typeof story>) => approval.cancel({ type: 'agent', id: 'bot' })],
  ] as const)('%s: everybody who was asked is told by the channel they were asked by', (_, finish) => {
    const approval = story([notified()], people);
    finish(approval);
    expect(approval.deliveries).toEqual(['outcome ana email', 'outcome ben email']);
    expect(approval.last.deliveries[0]!.then).toEqual(['sms']);
  });

  it('once per person and channel, over all levels and shared channels', () => {
    const levels = [
      notified(['email', 'slack:#refunds']),
      level('last', path(['role:lead', 'role:boss']), { stage: 2 }),
    ];
    const approval = story(levels, people);
    approval.approve('ana');
    approval.approve('ben');
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
    expect(approval.deliveries).toEqual([
      'outcome slack:#refunds',
      'outcome ana email',
      'outcome ben email',
      'outcome cem email',
    ]);
  });

  it('is not sent to people who are inactive or were never asked', () => {
    const approval = story([notified()], people);
    approval.facts = { ...world({ 'role:lead': 'ben zoe' }), inactive: ['ana'] };
    approval.cancel({ type: 'user', id: 'eve' });
    expect(approval.deliveries).toEqual(['outcome ben email']);
  });

  it('a command that ends the approval asks nobody', () => {
    const spec = level('team', path('role:lead', 2), { fallback: ['role:boss'] });
    const approval = story([spec, level('last', path('role:none'), { stage: 2 })], {
      ...people,
      members: { ...people.members, 'role:none': ['zoe'] },
    });
    approval.approve('ana');
    approval.facts = people;
    approval.approve('ben');
    expect(approval.deliveries).toEqual(['alert eve email', 'outcome ana email', 'outcome ben email']);
  });
});

describe('what the facts must cover', () => {
  it('all selectors that unfinished levels name or can name, those of closed levels, and the admins', () => {
    const timing = { escalate: [{ add: ['role:d'] }, { replace: ['role:e'] }] };
    const levels = [
      level('a', path('role:lead')),
      level('b', path('role:boss'), { stage: 2, veto: ['role:b'], fallback: ['role:c'], timing }),
      level('off', path('role:off'), { stage: 3, skipped: true }),
    ];
    const approval = story(levels, people);
    const later = ['role:boss', 'role:b', 'role:c', 'role:d', 'role:e', 'role:admin'];
    expect(selectorsToResolve(approval.state, approval.snapshot)).toEqual(['role:lead', ...later]);
    approval.approve('ana');
    expect(approval.levels).toBe('a:approved b:open off:skipped');
    expect(selectorsToResolve(approval.state, approval.snapshot)).toEqual(['role:lead', ...later]);
    approval.approve('cem');
    expect(selectorsToResolve(approval.state, approval.snapshot)).toEqual(['role:admin']);
  });

  it('the new people after an escalation replaced the old ones', () => {
    const timing = { escalate: [{ replace: ['role:boss'] }] };
    const approval = story([level('a', path('role:lead'), { timing })], people);
    approval.unreachable('a');
    expect(selectorsToResolve(approval.state, approval.snapshot)).toEqual(['role:boss', 'role:admin']);
  });

  it('everybody who voted, had a seat voted in, or was asked', () => {
    const facts = { ...people, delegates: { ana: 'dan' }, channels: { ben: ['email'] } };
    const approval = story([notified()], facts);
    approval.approve('dan');
    expect(peopleToResolve(approval.state)).toEqual(['dan', 'ana', 'ben']);
  });
});
