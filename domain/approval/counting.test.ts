import { level, path, story, world } from './support/fixtures';
import type { PathSpec } from './glossary';
import { tally } from './index';

const abc = world({ 'role:lead': 'ana ben cem', 'role:admin': 'eve' });
const need = (approve: PathSpec['approve'], members = 'ana ben cem') =>
  story([level('team', { approvers: ['role:lead'], approve })], world({ 'role:lead': members, 'role:admin': 'eve' }));

describe('needs', () => {
  it.each<[string, unknown]>([
    ['zero', 0],
    ['missing', undefined],
    ['negative', -1],
    ['not a number', NaN],
    ['endless', Infinity],
    ['a word that nobody knows', 'most'],
  ])('a need that is %s is never met by anybody', (_, approve) => {
    const approval = need(approve as number);
    expect(approval.outcome).toBe('denied no_eligible_approver');
  });

  it('a fractional need is met by the next whole number of people', () => {
    const approval = need(1.5);
    approval.approve('ana');
    expect(approval.outcome).toBe('pending');
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
    expect(need(2.5, 'ana ben').outcome).toBe('denied no_eligible_approver');
  });

  it('a need above the pool is denied when it opens', () => {
    expect(need(4).outcome).toBe('denied no_eligible_approver');
  });

  it('a need that is zero on one path does not open the way for another', () => {
    const approval = story([level('team', [path('role:lead', 0), path('user:dan', 1)])], {
      ...abc,
      members: { ...abc.members, 'user:dan': ['dan'] },
    });
    approval.approve('ana');
    expect(approval.outcome).toBe('pending');
    approval.approve('dan');
    expect(approval.outcome).toBe('approved quorum');
  });
});

describe('all', () => {
  it('all with one member is one', () => {
    const approval = need('all', 'ana');
    expect(approval.state.levels[0]!.paths[0]!.need).toBe(1);
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('all of nobody is never met', () => {
    expect(need('all', '').outcome).toBe('denied no_eligible_approver');
  });

  it('all of nobody on one path stays unmet when somebody joins the role later', () => {
    const approval = story([level('team', [path('role:empty', 'all'), path('role:lead', 2)])], abc);
    expect(approval.state.levels[0]!.paths.map((each) => each.need)).toEqual([0, 2]);
    approval.facts = world({ 'role:empty': 'zoe', 'role:lead': 'ana ben cem' });
    approval.approve('zoe');
    expect(approval.outcome).toBe('pending');
  });

  it('a joiner may vote and does not raise the need of all', () => {
    const approval = need('all', 'ana ben');
    approval.facts = world({ 'role:lead': 'ana ben zoe' });
    approval.approve('zoe');
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a leaver does not lower the need of all', () => {
    const approval = need('all');
    approval.facts = world({ 'role:lead': 'ana ben' });
    approval.approve('ana');
    expect(approval.outcome).toBe('denied quorum_unreachable');
  });

  it('all leaves out those who are excluded', () => {
    const approval = story([level('team', path('role:lead', 'all'))], { ...abc, excluded: ['ana'] });
    expect(approval.state.levels[0]!.paths[0]!.need).toBe(2);
    expect(approval.approve('ana').refusal?.code).toBe('not_eligible');
    approval.approve('ben');
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('all is fixed when its level opens, not before', () => {
    const facts = world({ 'role:a': 'ana', 'role:b': 'ben' });
    const approval = story([level('a', path('role:a')), level('b', path('role:b', 'all'), { stage: 2 })], facts);
    expect(approval.state.levels[1]!.paths[0]!.need).toBe(0);
    approval.facts = world({ 'role:a': 'ana', 'role:b': 'ben cem dan' });
    approval.approve('ana');
    expect(approval.state.levels[1]!.paths[0]!.need).toBe(3);
  });
});

describe('counting people', () => {
  it('one person through user + role = 1', () => {
    const facts = world({ 'role:lead': 'ana ben', 'user:ana@acme.example': 'ana' });
    const approval = story([level('team', path(['role:lead', 'user:ana@acme.example'], 2))], facts);
    expect(approval.deliveries).toEqual(['request ana email', 'request ben email']);
    approval.approve('ana');
    expect(approval.outcome).toBe('pending');
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a person who is named twice is one person', () => {
    const facts = world({ 'role:lead': 'ana', 'user:ana@acme.example': 'ana' });
    const approval = story([level('team', path(['role:lead', 'user:ana@acme.example'], 2))], facts);
    expect(approval.outcome).toBe('denied no_eligible_approver');
  });

  it('one person in two paths counts once on each', () => {
    const facts = world({ 'role:lead': 'ana ben', 'role:head': 'ana cem' });
    const approval = story([level('team', [path('role:lead', 2), path('role:head', 2)])], facts);
    approval.approve('ana');
    expect(approval.outcome).toBe('pending');
    expect(tally(approval.state.levels[0]!, approval.state.votes).paths).toEqual([
      { need: 2, approvals: 1 },
      { need: 2, approvals: 1 },
    ]);
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('approvals of different paths do not add up', () => {
    const facts = world({ 'role:lead': 'ana ben', 'role:head': 'cem dan' });
    const approval = story([level('team', [path('role:lead', 2), path('role:head', 2)])], facts);
    approval.approve('ana');
    approval.approve('cem');
    expect(approval.outcome).toBe('pending');
  });

  it.each(['dashboard', 'slack', 'sms'] as const)('votes by email and %s are one person', (channel) => {
    const approval = need(2);
    const first = approval.vote('ana', 'approve', { channel: 'email' });
    const second = approval.vote('ana', 'approve', { channel });
    expect(second.vote).toEqual({ counted: false, vote_id: first.vote!.vote_id, replaced: null });
    expect(second.events).toEqual([]);
    expect(approval.outcome).toBe('pending');
  });

  it('any path that is satisfied passes the level', () => {
    const facts = world({ 'role:lead': 'ana ben', 'role:head': 'cem' });
    const approval = story([level('team', [path('role:lead', 2), path('role:head', 1)])], facts);
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });
});

describe('membership is live', () => {
  it('a vote by somebody who joined the role after the opening counts', () => {
    const approval = need(2, 'ana ben');
    approval.facts = world({ 'role:lead': 'ana ben zoe' });
    approval.approve('zoe');
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('leaving a role after voting does not void the vote', () => {
    const approval = need(2);
    approval.approve('ana');
    approval.facts = world({ 'role:lead': 'ben cem' });
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a voter deactivated between vote and close no longer counts', () => {
    const approval = need(2);
    approval.approve('ana');
    approval.facts = { ...world({ 'role:lead': 'ben cem' }), inactive: ['ana'] };
    approval.approve('ben');
    expect(approval.outcome).toBe('pending');
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('deactivating a voter ends the approval if the need is then out of reach', () => {
    const approval = need(2, 'ana ben');
    approval.approve('ana');
    approval.facts = { ...world({ 'role:lead': 'ben' }), inactive: ['ana'] };
    approval.approve('ben');
    expect(approval.outcome).toBe('denied quorum_unreachable');
  });

  it('a denial of somebody who was deactivated no longer counts either', () => {
    const approval = story([level('team', path('role:lead', 1), { deny: 2 })], abc);
    approval.deny('ana');
    approval.facts = { ...world({ 'role:lead': 'ben cem' }), inactive: ['ana'] };
    approval.deny('ben');
    expect(approval.outcome).toBe('pending');
  });

  it('a voter who turns out to be excluded no longer counts', () => {
    const approval = need(2);
    approval.approve('ana');
    approval.facts = { ...abc, excluded: ['ana'] };
    approval.approve('ben');
    expect(approval.outcome).toBe('pending');
  });

  it('somebody who is inactive may not vote, whatever the roles say', () => {
    const approval = need(1);
    approval.facts = { ...abc, inactive: ['ana'] };
    expect(approval.approve('ana').refusal?.code).toBe('not_eligible');
  });

  it('a selector without facts names nobody', () => {
    expect(story([level('team', path('role:unheard-of'))], abc).outcome).toBe('denied no_eligible_approver');
  });
});

describe('excluded people', () => {
  it.each(['requester', 'on_behalf_of', 'agent owner'])('%s in the pool may neither approve nor deny', () => {
    const approval = story([level('team', path('role:lead', 1))], { ...abc, excluded: ['ana'] });
    expect(approval.deliveries).toEqual(['request ben email', 'request cem email']);
    for (const decision of ['approve', 'deny', 'pass'] as const) {
      expect(approval.vote('ana', decision).refusal?.code).toBe('not_eligible');
    }
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('an excluded person with a veto may not use it', () => {
    const facts = { ...abc, excluded: ['ana'] };
    const approval = story([level('team', path('role:lead', 1), { veto: ['role:lead'] })], facts);
    expect(approval.deny('ana').refusal?.code).toBe('not_eligible');
  });

  it('a pool of only the requester is denied', () => {
    const facts = { ...world({ 'role:lead': 'ana' }), excluded: ['ana'] };
    expect(story([level('team', path('role:lead', 1))], facts).outcome).toBe('denied no_eligible_approver');
  });
});

describe('the tally of a level', () => {
  it('counts the votes in force for each path', () => {
    const approval = story(
      [level('team', [path('role:lead', 2), path('role:boss', 2)], { deny: 2 })],
      world({ 'role:lead': 'ana ben', 'role:boss': 'ana cem' }),
    );
    approval.approve('ana');
    approval.deny('ben');
    expect(tally(approval.state.levels[0]!, approval.state.votes)).toEqual({
      paths: [
        { need: 2, approvals: 1 },
        { need: 2, approvals: 1 },
      ],
      denials: 1,
      vetoed: false,
    });
  });
});
