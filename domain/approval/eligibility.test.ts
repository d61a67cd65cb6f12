import { advance, VOTE_DECISIONS, votingRights } from './index';
import { level, path, snapshotOf, story, Story, voteRequest, world } from './support/fixtures';

/** Ana is away, and dan is her delegate. */
const away = world({ 'role:lead': 'ana ben', 'role:risk': 'rex' }, { delegates: { ana: 'dan' } });
const team = (more: Parameters<typeof level>[2] = {}, need = 2, facts = away) =>
  story([level('team', path('role:lead', need), more)], facts);

describe('delegation', () => {
  it('the delegate votes in the delegator’s seat and both are recorded', () => {
    const approval = team();
    approval.approve('dan');
    expect(approval.state.votes[0]).toMatchObject({ voter: 'dan', seat_of: 'ana', paths: [0] });
    approval.approve('ben');
    expect([approval.outcome, approval.state.decided_by]).toEqual(['approved quorum', 'ben']);
  });

  it('the delegate is asked beside the one who is away', () => {
    expect(team().deliveries).toEqual(['request ana email', 'request ben email', 'request dan email']);
    expect(team({ delegation: false }).deliveries).toEqual(['request ana email', 'request ben email']);
  });

  it('one vote per seat: the delegator’s own, later vote takes the delegate’s place', () => {
    const approval = team();
    const first = approval.approve('dan').vote!;
    const second = approval.approve('ana').vote!;
    expect(second.replaced).toBe(first.vote_id);
    expect(approval.outcome).toBe('pending');
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a person has one vote, not one in their own seat and one in another seat', () => {
    const both = { ...away, members: { ...away.members, 'role:lead': ['ana', 'ben', 'dan'] } };
    const approval = team({}, 2, both);
    approval.approve('dan');
    expect(approval.state.votes[0]).not.toHaveProperty('seat_of');
    expect(approval.approve('dan').vote?.counted).toBe(false);
    expect(approval.outcome).toBe('pending');
  });

  it('a delegate who joins the pool after voting still has one vote', () => {
    const approval = team({ deny: 3 });
    const first = approval.approve('dan').vote!;
    approval.facts = { ...away, members: { ...away.members, 'role:lead': ['ana', 'ben', 'dan'] } };
    expect(approval.deny('dan').vote!.replaced).toBe(first.vote_id);
    approval.approve('dan');
    approval.approve('ben');
    expect(approval.state.votes.filter((vote) => vote.superseded_by === null)).toHaveLength(2);
  });

  it('a vote that replaces two answers with the person’s own', () => {
    const approval = team({ deny: 3 }, 3, world({ 'role:lead': 'ana ben dan' }));
    approval.approve('ana');
    const own = approval.approve('dan').vote!;
    approval.facts = world({ 'role:lead': 'ana ben cem' }, { delegates: { ana: 'dan' } });
    expect(approval.deny('dan').vote!.replaced).toBe(own.vote_id);
    expect(approval.state.votes.map((vote) => vote.superseded_by)).toEqual(['vot_1_3', 'vot_1_3', null]);
  });

  it('a delegate of two people has one vote', () => {
    const approval = team({}, 2, { ...away, delegates: { ana: 'dan', ben: 'dan' } });
    approval.approve('dan');
    expect(approval.approve('dan').vote?.counted).toBe(false);
    expect(approval.outcome).toBe('pending');
  });

  it('a delegate of two people takes the free seat', () => {
    const approval = team({}, 2, { ...away, delegates: { ana: 'dan', ben: 'dan' } });
    approval.approve('ana');
    approval.approve('dan');
    expect(approval.state.votes[1]).toMatchObject({ voter: 'dan', seat_of: 'ben' });
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a changed vote stays in its seat', () => {
    const approval = team({ deny: 3 }, 2, { ...away, delegates: { ben: 'dan' } });
    approval.approve('dan');
    approval.facts = { ...away, delegates: { ana: 'dan', ben: 'dan' } };
    approval.deny('dan');
    expect(approval.state.votes.map((vote) => vote.seat_of)).toEqual(['ben', 'ben']);
  });

  it.each([
    ['the level does not allow it', { delegation: false }, away],
    ['the delegator is excluded', {}, { ...away, excluded: ['ana'] }],
    ['the delegate is excluded', {}, { ...away, excluded: ['dan'] }],
    ['the delegate is inactive', {}, { ...away, inactive: ['dan'] }],
    ['the delegator left the role', {}, { ...away, members: { 'role:lead': ['ben', 'cem'] } }],
    ['the delegation is of depth two', {}, { ...away, delegates: { ana: 'zoe', zoe: 'dan' } }],
  ])('does not hold when %s', (_, more, facts) => {
    expect(team(more, 1, facts).approve('dan').refusal?.code).toBe('not_eligible');
  });

  it.each([
    ['delegator', 'ben cem', 'ana'],
    ['delegate', 'ana ben cem', 'dan'],
  ])('the delegate’s vote stops counting when the %s is deactivated', (_, pool, gone) => {
    const approval = team();
    approval.approve('dan');
    approval.facts = { ...world({ 'role:lead': pool }), inactive: [gone] };
    approval.approve('ben');
    expect(approval.outcome).toBe('pending');
  });

  it('an approver can use the veto of somebody who is away, and approves in their own seat', () => {
    const approval = team({ veto: ['role:risk'], deny: 2 }, 2, { ...away, delegates: { rex: 'ana' } });
    approval.approve('ana');
    expect(approval.state.votes[0]).not.toHaveProperty('seat_of');
    approval.deny('ana');
    expect(approval.outcome).toBe('denied veto');
    expect(approval.state.votes[1]).toMatchObject({ voter: 'ana', seat_of: 'rex', veto: true, paths: [] });
  });

  it('a veto can be used for somebody who is away', () => {
    const approval = team({ veto: ['role:risk'] }, 2, { ...away, delegates: { rex: 'dan' } });
    expect(approval.approve('dan').refusal?.code).toBe('not_eligible');
    approval.deny('dan');
    expect(approval.outcome).toBe('denied veto');
    expect(approval.state.votes[0]).toMatchObject({ voter: 'dan', seat_of: 'rex', veto: true });
  });

  it('a seat and its voter count in one level only', () => {
    const pools = world({ 'role:x': 'ana ben', 'role:y': 'dan ana cem' }, { delegates: { ana: 'dan' } });
    const approval = story([level('x', path('role:x')), level('y', path('role:y', 1))], pools);
    approval.approve('dan', 'x');
    expect(approval.state.votes[0]).toMatchObject({ voter: 'dan', seat_of: 'ana', level: 'x' });
    expect(approval.approve('dan', 'y').refusal?.code).toBe('not_eligible');
    expect(approval.approve('ana', 'y').refusal?.code).toBe('not_eligible');
    approval.approve('cem', 'y');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a seat that counts at one level cannot be used at another by the next delegate', () => {
    const pools = world({ 'role:x': 'ana ben', 'role:y': 'ana cem' }, { delegates: { ana: 'dan' } });
    const approval = story([level('x', path('role:x', 2)), level('y', path('role:y'))], pools);
    approval.approve('dan', 'x');
    approval.facts = { ...pools, delegates: { ana: 'gus' } };
    expect(approval.approve('gus', 'y').refusal?.code).toBe('not_eligible');
  });

  it('a person who counts at one level cannot vote for somebody else at another', () => {
    const pools = world({ 'role:x': 'dan ben', 'role:y': 'ana cem' }, { delegates: { ana: 'dan' } });
    const approval = story([level('x', path('role:x', 2)), level('y', path('role:y'))], pools);
    approval.approve('dan', 'x');
    expect(approval.approve('dan', 'y').refusal?.code).toBe('not_eligible');
  });

  it('nobody counts at two levels because a delegator was inactive for a while', () => {
    const pools = world({ 'role:x': 'ana ben', 'role:y': 'dan cem fay' }, { delegates: { ana: 'dan' } });
    const approval = story([level('x', path('role:x', 2)), level('y', path('role:y', 2))], pools);
    approval.approve('dan', 'x');
    approval.facts = { ...world({ 'role:x': 'ben', 'role:y': 'dan cem fay' }), inactive: ['ana'] };
    expect(approval.approve('dan', 'y').refusal?.code).toBe('not_eligible');
  });
});

describe('what a person may do now', () => {
  const facts = world(
    { 'role:lead': 'ana ben', 'role:boss': 'ana cem', 'role:risk': 'rex' },
    { delegates: { ben: 'dan' } },
  );
  const levels = [
    level('team', path('role:lead', 2), { veto: ['role:risk'], assurance: 'session' }),
    level('boss', path('role:boss'), { stage: 2 }),
  ];

  it('lists the levels with their assurance', () => {
    const approval = story(levels, facts);
    expect(votingRights(approval.state, approval.snapshot, facts, 'ana')).toEqual([
      { level: 'team', decisions: ['approve', 'deny', 'pass'], why_not: null, assurance: 'session', voted: null },
      { level: 'boss', decisions: [], why_not: 'level_not_open', assurance: 'link', voted: null },
    ]);
  });

  it('names the seat, and allows only a denial to people with just a veto', () => {
    const approval = story(levels, facts);
    expect(votingRights(approval.state, approval.snapshot, facts, 'dan')[0]).toMatchObject({ seat_of: 'ben' });
    expect(votingRights(approval.state, approval.snapshot, facts, 'rex')[0]).toMatchObject({
      decisions: ['deny'],
      why_not: null,
    });
    expect(votingRights(approval.state, approval.snapshot, facts, 'zoe')[0]).toMatchObject({
      decisions: [],
      why_not: 'not_eligible',
    });
  });

  it('shows the person’s vote, and what they can still do at another level', () => {
    const approval = story(levels, facts);
    approval.vote('ana', 'approve', { assurance: 'session' });
    approval.vote('ben', 'approve', { assurance: 'session' });
    const [team, boss] = votingRights(approval.state, approval.snapshot, facts, 'ana');
    expect(team).toMatchObject({ why_not: 'level_closed', voted: { id: 'vot_1_1', decision: 'approve' } });
    expect(boss).toMatchObject({ decisions: ['deny'], why_not: null });
  });

  it('allows nothing after the end', () => {
    const approval = story(levels, facts);
    approval.cancel({ type: 'user', id: 'ana' });
    expect(votingRights(approval.state, approval.snapshot, facts, 'ben').map(({ why_not }) => why_not)).toEqual([
      'already_decided',
      'already_decided',
    ]);
  });

  it('agrees with `advance`', () => {
    for (const approval of [story(levels, facts), new Story(snapshotOf(levels), facts)]) {
      for (const person of ['ana', 'ben', 'cem', 'dan', 'rex', 'zoe']) {
        for (const { level: name, decisions } of votingRights(approval.state, approval.snapshot, facts, person)) {
          for (const decision of VOTE_DECISIONS) {
            const vote = voteRequest(person, decision, { level: name, assurance: 'sso' });
            const { refusal } = advance(
              approval.snapshot,
              approval.state,
              { type: 'vote', at_ms: 0, vote },
              {
                ...facts,
                openings: { boss: { expires_at_ms: null, reminders_ms: [], escalations: [] } },
              },
            );
            expect([person, name, decision, refusal === undefined]).toEqual([
              person,
              name,
              decision,
              decisions.includes(decision),
            ]);
          }
        }
      }
    }
  });
});
