import { instants, level, path, story, world } from './support/fixtures';
import type { EscalationSpec, LevelSpec } from './glossary';

const people = world({ 'role:lead': 'ana ben', 'role:boss': 'cem dan', 'role:head': 'fay', 'role:admin': 'eve' });

interface Wish {
  need?: number | 'all';
  more?: Partial<LevelSpec>;
  timing?: Partial<LevelSpec['timing']>;
  opening?: ReturnType<typeof instants>;
}

const escalating = (
  escalate: EscalationSpec[],
  { need = 2, more = {}, timing = {}, opening = instants(null) }: Wish = {},
) =>
  story([level('team', path('role:lead', need), { deny: 3, ...more, timing: { escalate, ...timing } })], {
    ...people,
    openings: { team: opening },
  });

const at4h = instants(null, { escalations: [{ at: 4 }] });

describe('escalation', () => {
  it('add, with half of the need met: the approval stays, and the new people can give the other half', () => {
    const approval = escalating([{ after: '4h', add: ['role:boss'] }], { opening: at4h });
    approval.approve('ana');
    approval.clock(4);
    expect(approval.deliveries).toEqual(['escalation cem email', 'escalation dan email']);
    expect(approval.last.events).toEqual([
      { type: 'approval.escalated', actor: { type: 'system', id: 'agentwarden' }, level: 'team' },
    ]);
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('replace, with half of the need met: the approval still counts, and replaced people can no longer vote', () => {
    const approval = escalating([{ after: '4h', replace: ['role:boss'] }], { opening: at4h });
    approval.approve('ana');
    approval.clock(4);
    expect(approval.state.levels[0]!.paths).toEqual([{ approvers: ['role:boss'], need: 2 }]);
    expect(approval.approve('ben').refusal?.code).toBe('not_eligible');
    expect(approval.deny('ana').refusal?.code).toBe('not_eligible');
    expect(approval.approve('ana').vote?.counted).toBe(false);
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('replace never lowers the need, whatever the new pool', () => {
    const approval = escalating([{ after: '4h', replace: ['role:head'] }], { opening: at4h });
    approval.clock(4);
    expect(approval.outcome).toBe('denied quorum_unreachable');
  });

  it('replace closes the other paths', () => {
    const paths = [path('role:lead', 1), path('role:head', 1)];
    const timing = { escalate: [{ after: '4h', replace: ['role:boss'] }] };
    const approval = story([level('team', paths, { timing })], { ...people, openings: { team: at4h } });
    approval.clock(4);
    expect(approval.approve('fay').refusal?.code).toBe('not_eligible');
    approval.approve('dan');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('add joins the first path only', () => {
    const paths = [path('role:lead', 3), path('role:head', 1)];
    const timing = { escalate: [{ after: '4h', add: ['role:boss'] }] };
    const approval = story([level('team', paths, { timing })], { ...people, openings: { team: at4h } });
    approval.clock(4);
    for (const person of ['cem', 'dan', 'ana']) approval.approve(person);
    expect(approval.outcome).toBe('approved quorum');
  });

  it('does not ask people again', () => {
    const approval = escalating([{ after: '4h', add: ['role:boss', 'role:lead'] }], { opening: at4h });
    approval.clock(4);
    expect(approval.deliveries).toEqual(['escalation cem email', 'escalation dan email']);
  });

  it('does not ask people again who were replaced and come back', () => {
    const opening = instants(null, { escalations: [{ at: 4 }, { at: 8 }] });
    const approval = escalating([{ replace: ['role:boss'] }, { add: ['role:lead', 'role:head'] }], { opening });
    approval.clock(4);
    approval.clock(8);
    expect(approval.deliveries).toEqual(['escalation fay email']);
    approval.approve('ana');
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('does not raise the need of all', () => {
    const approval = escalating([{ after: '4h', add: ['role:boss'] }], { opening: at4h, need: 'all' });
    approval.clock(4);
    expect(approval.state.levels[0]!.paths[0]!.need).toBe(2);
  });

  it('runs at once when the need is out of reach, before its time, and not again at its time', () => {
    const approval = escalating([{ after: '4h', add: ['role:boss'] }], { opening: at4h });
    approval.deny('ana');
    expect(approval.outcome).toBe('pending');
    expect(approval.deliveries).toEqual(['escalation cem email', 'escalation dan email']);
    expect(approval.clock(5).events).toEqual([]);
  });

  it('that only moves the end does not run when the need is out of reach', () => {
    const approval = escalating([{ after: '4h', extend: '1d' }]);
    approval.deny('ana');
    expect(approval.outcome).toBe('denied quorum_unreachable');
  });

  it('at the end of the level moves it, and the next end too, until none is left', () => {
    const approval = escalating(
      [
        { add: ['role:boss'], extend: '5h' },
        { add: ['role:head'], extend: '5h' },
      ],
      {
        timing: { on_expire: 'escalate' },
        opening: instants(5, {
          escalations: [
            { at: null, end: 10 },
            { at: null, end: 15 },
          ],
        }),
      },
    );
    approval.clock(5);
    expect(approval.deliveries).toEqual(['escalation cem email', 'escalation dan email']);
    approval.clock(10);
    expect(approval.deliveries).toEqual(['escalation fay email']);
    expect(approval.outcome).toBe('pending');
    approval.clock(15);
    expect(approval.outcome).toBe('expired level_timeout');
  });

  it('at the end of the level also runs the escalations before the one that moves it', () => {
    const approval = escalating([{ add: ['role:boss'] }, { add: ['role:head'], extend: '5h' }], {
      timing: { on_expire: 'escalate' },
      opening: instants(5, {
        escalations: [
          { at: null, end: 5 },
          { at: null, end: 10 },
        ],
      }),
    });
    approval.clock(5);
    expect(approval.deliveries).toEqual(['escalation cem email', 'escalation dan email', 'escalation fay email']);
    expect(approval.state.levels[0]).toMatchObject({ status: 'open', escalations_done: [0, 1] });
  });

  it('at the end of the level does not run escalations that do not move it', () => {
    const approval = escalating([{ add: ['role:boss'] }], {
      timing: { on_expire: 'escalate' },
      opening: instants(5, { escalations: [{ at: null, end: 5 }] }),
    });
    approval.clock(5);
    expect(approval.outcome).toBe('expired level_timeout');
    expect(approval.deliveries).toEqual(['outcome ana email', 'outcome ben email']);
  });

  it('without extend leaves the end where it is, although an earlier one could move it', () => {
    const approval = escalating(
      [
        { after: '4h', extend: '5h' },
        { after: '2h', add: ['role:boss'] },
      ],
      {
        opening: instants(5, {
          escalations: [
            { at: 4, end: 10 },
            { at: 2, end: 10 },
          ],
        }),
      },
    );
    approval.clock(2);
    expect(approval.state.levels[0]).toMatchObject({ escalations_done: [1] });
    approval.clock(3);
    expect((approval.state.levels[0]!.expires_at_ms! - approval.snapshot.created_at_ms) / 3_600_000).toBe(5);
    approval.clock(4);
    expect((approval.state.levels[0]!.expires_at_ms! - approval.snapshot.created_at_ms) / 3_600_000).toBe(10);
  });
});

describe('fallback', () => {
  it('empty role: the fallback joins when the level opens and is asked with the rest', () => {
    const pools = world({ 'role:lead': '', 'role:boss': 'cem dan' });
    const approval = story([level('team', path('role:lead', 2), { fallback: ['role:boss'] })], pools);
    expect(approval.deliveries).toEqual(['request cem email', 'request dan email']);
    approval.approve('cem');
    approval.approve('dan');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('too small a pool: the fallback joins it and the need stays', () => {
    const approval = story([level('team', path('role:lead', 3), { fallback: ['role:boss'] })], people);
    expect(approval.state.levels[0]).toMatchObject({ fallback_joined: true, paths: [{ need: 3 }] });
  });

  it('a pool that is large enough: the fallback stays out', () => {
    const approval = story([level('team', path('role:lead', 2), { fallback: ['role:boss'] })], people);
    expect(approval.state.levels[0]!.fallback_joined).toBe(false);
    expect(approval.approve('cem').refusal?.code).toBe('not_eligible');
  });

  it('all of an empty role with a fallback is all of the fallback', () => {
    const pools = world({ 'role:lead': '', 'role:boss': 'cem dan' });
    const approval = story([level('team', path('role:lead', 'all'), { fallback: ['role:boss'] })], pools);
    expect(approval.state.levels[0]!.paths[0]!.need).toBe(2);
  });

  it('unknown user, no fallback: denied and the admins are told', () => {
    const approval = story([level('team', path('user:nobody@acme.example'))], people);
    expect([approval.outcome, approval.levels]).toEqual(['denied no_eligible_approver', 'team:denied']);
    expect(approval.deliveries).toEqual(['alert eve email']);
  });

  it('an admin gets the alert even for their own request', () => {
    const approval = story([level('team', path('role:admin'))], { ...people, excluded: ['eve'] });
    expect([approval.outcome, approval.deliveries]).toEqual(['denied no_eligible_approver', ['alert eve email']]);
  });

  it('a fallback of nobody does not help', () => {
    const approval = story([level('team', path('role:none'), { fallback: ['role:none'] })], people);
    expect(approval.outcome).toBe('denied no_eligible_approver');
  });

  it('joins when the need gets out of reach, before any escalation', () => {
    const approval = escalating([{ after: '4h', add: ['role:head'] }], {
      more: { fallback: ['role:boss'] },
      opening: at4h,
    });
    approval.deny('ana');
    expect(approval.deliveries).toEqual(['escalation cem email', 'escalation dan email']);
    expect(approval.state.levels[0]).toMatchObject({ fallback_joined: true, escalations_done: [] });
    approval.deny('cem');
    expect(approval.state.levels[0]!.escalations_done).toEqual([]);
    approval.deny('dan');
    expect(approval.outcome).toBe('denied deny_threshold');
  });

  it('one person for two parallel levels: the fallback of the second joins when they open', () => {
    const pools = world({ 'role:lead': 'ana', 'role:boss': 'cem' });
    const levels = [level('x', path('role:lead')), level('y', path('role:lead'), { fallback: ['role:boss'] })];
    const approval = story(levels, pools);
    expect(approval.state.levels.map((each) => each.fallback_joined)).toEqual([false, true]);
    approval.approve('ana');
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('does not join a level with enough people when the level beside it has too few', () => {
    const pools = world({ 'role:lead': 'ana', 'role:head': 'dan', 'role:boss': 'cem', 'role:spare': 'eve' });
    const levels = [
      level('own', path('role:head'), { fallback: ['role:spare'] }),
      level('x', path('role:lead')),
      level('y', path('role:lead'), { fallback: ['role:boss'] }),
    ];
    const approval = story(levels, pools);
    expect(approval.state.levels.map((each) => each.fallback_joined)).toEqual([false, false, true]);
    expect(approval.approve('eve').refusal?.code).toBe('not_eligible');
  });
});

describe('when nobody of a level can be reached', () => {
  it('the next escalation runs, the admins are told, the approval says so', () => {
    const approval = escalating([{ after: '4h', add: ['role:boss'] }], { opening: at4h });
    approval.unreachable('team');
    expect(approval.last.events.map(({ type }) => type)).toEqual(['approval.unreachable', 'approval.escalated']);
    expect(approval.deliveries).toEqual(['escalation cem email', 'escalation dan email', 'alert eve email']);
    expect(approval.state.warnings).toEqual(['delivery_failed']);
  });

  it('again: the one after that, and one warning', () => {
    const approval = escalating([{ after: '4h', add: ['role:boss'] }], { opening: at4h });
    approval.unreachable('team');
    approval.unreachable('team');
    expect(approval.deliveries).toEqual(['alert eve email']);
    expect(approval.state).toMatchObject({ status: 'pending', warnings: ['delivery_failed'] });
  });

  it('happens at the opening if no approver has a channel', () => {
    const approval = story([level('team', path('role:lead'))], { ...people, channels: { eve: ['sms'] } });
    expect(approval.deliveries).toEqual(['alert eve sms']);
    expect(approval.state).toMatchObject({ status: 'pending', warnings: ['delivery_failed'] });
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('changes nothing for a level that is not open or unknown, or after the end', () => {
    const approval = escalating([]);
    expect(approval.unreachable('nope').events).toEqual([]);
    approval.cancel({ type: 'user', id: 'eve' });
    expect(approval.unreachable('team').events).toEqual([]);
  });
});
