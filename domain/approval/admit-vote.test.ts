import { level, path, story, world } from './support/fixtures';

/** Overlapping pools: ana in both, ben only in the first. */
const overlap = world({ 'role:first': 'ana ben', 'role:second': 'ana', 'role:admin': 'eve' });
const parallel = [level('x', path('role:first')), level('y', path('role:second'))];
const inStages = [level('x', path('role:first')), level('y', path('role:second'), { stage: 2 })];
const actAgain = { separation: { excluded: [], same_person_across_levels: 'act_again' as const } };

describe('one person counts in one level only', () => {
  it('overlapping pools: a vote without a level goes where the person is needed', () => {
    const approval = story(parallel, overlap);
    approval.approve('ana');
    expect(approval.levels).toBe('x:open y:approved');
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('overlapping pools in stages: the vote that would make the rest impossible is needed elsewhere', () => {
    const approval = story(inStages, overlap);
    expect(approval.approve('ana').refusal).toMatchObject({ code: 'needed_elsewhere', level: 'y' });
    expect(approval.state.votes).toEqual([]);
    approval.approve('ben');
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a vote that names its level counts there, even if that makes the rest impossible', () => {
    const approval = story(inStages, overlap);
    expect(approval.approve('ana', 'x').vote?.counted).toBe(true);
    expect(approval.outcome).toBe('denied no_eligible_approver');
    expect(approval.levels).toBe('x:approved y:denied');
    expect(approval.state.decided_by).toBeNull();
    expect(approval.deliveries).toContain('alert eve email');
  });

  it('a named vote that takes the last person of a parallel level ends that level', () => {
    const approval = story(parallel, overlap);
    approval.approve('ana', 'x');
    expect([approval.outcome, approval.levels]).toEqual(['denied quorum_unreachable', 'x:approved y:denied']);
  });

  it('an approval that counts elsewhere does not count again, named or not', () => {
    const pools = world({ 'role:first': 'ana ben', 'role:second': 'ana cem' });
    const approval = story([level('x', path('role:first')), level('y', path('role:second'))], pools);
    const first = approval.approve('ana', 'x');
    expect(approval.approve('ana', 'y').refusal).toMatchObject({
      code: 'not_eligible',
      level: 'y',
      message: expect.stringContaining('You approved at level "x", and one person approves at one level only'),
    });
    expect(approval.approve('ben', 'y').refusal?.message).toContain('You are not an approver');
    expect(approval.approve('ana').vote).toMatchObject({ counted: false, vote_id: first.vote!.vote_id });
    expect(approval.outcome).toBe('pending');
  });

  it('an approval that was taken back does not prevent one at another level', () => {
    const pools = world({ 'role:first': 'ana ben cem', 'role:second': 'ana dan' });
    const approval = story([level('x', path('role:first', 2)), level('y', path('role:second', 2))], pools);
    approval.approve('ana', 'x');
    expect(approval.outcome).toBe('denied quorum_unreachable');
    expect(approval.state.decided_by).toBeNull();
    const wider = story([level('x', path('role:first', 2)), level('y', path('role:second', 1))], pools);
    wider.approve('ana', 'x');
    wider.pass('ana', 'x');
    expect(wider.approve('ana', 'y').vote?.counted).toBe(true);
    expect(wider.levels).toBe('x:open y:approved');
  });

  it('a denial counts at one level after an approval at another', () => {
    const pools = world({ 'role:first': 'ana ben', 'role:second': 'ana cem' });
    const approval = story([level('x', path('role:first')), level('y', path('role:second'))], pools);
    approval.approve('ana', 'x');
    approval.deny('ana', 'y');
    expect(approval.outcome).toBe('denied deny_threshold');
  });

  it('two levels can have the same pool if it has enough people', () => {
    const pools = world({ 'role:first': 'ana ben cem' });
    const approval = story([level('x', path('role:first', 2)), level('y', path('role:first', 1), { stage: 2 })], pools);
    approval.approve('ana');
    approval.approve('ben');
    expect(approval.levels).toBe('x:approved y:open');
    expect(approval.approve('ana').vote?.counted).toBe(false);
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('too few people for two levels with one pool: denied when it opens', () => {
    const pools = world({ 'role:first': 'ana ben', 'role:admin': 'eve' });
    const approval = story([level('x', path('role:first', 2)), level('y', path('role:first', 1), { stage: 2 })], pools);
    expect([approval.outcome, approval.levels]).toEqual(['denied no_eligible_approver', 'x:cancelled y:denied']);
  });

  it('a chain of overlapping pools is solved', () => {
    const pools = world({ 'role:x': 'ana ben', 'role:y': 'ana cem', 'role:z': 'cem' });
    const levels = [level('x', path('role:x')), level('y', path('role:y')), level('z', path('role:z'))];
    const approval = story(levels, pools);
    approval.approve('ana');
    approval.approve('cem');
    approval.approve('ben');
    expect([approval.outcome, approval.state.votes.map((vote) => vote.level).join('')]).toEqual([
      'approved quorum',
      'yzx',
    ]);
  });

  it('the level that needs a person is one at which they can vote', () => {
    const pools = world({ 'role:x': 'ana ben', 'role:z': 'cem', 'role:y': 'ana cem' });
    const levels = [
      level('x', path('role:x')),
      level('z', path('role:z'), { stage: 2 }),
      level('y', path('role:y'), { stage: 3 }),
    ];
    expect(story(levels, pools).approve('ana').refusal).toMatchObject({ code: 'needed_elsewhere', level: 'y' });
  });

  it('a person is not held back for a path when another path is enough', () => {
    const pools = world({ 'role:first': 'ana ben', 'role:second': 'ana', 'role:head': 'cem' });
    const levels = [level('x', path('role:first')), level('y', [path('role:second'), path('role:head')], { stage: 2 })];
    const approval = story(levels, pools);
    expect(approval.approve('ana').vote?.counted).toBe(true);
    approval.approve('cem');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a person is not held back for a later level that has a fallback', () => {
    const levels = [
      level('x', path('role:first')),
      level('y', path('role:second'), { stage: 2, fallback: ['user:dan'] }),
    ];
    const approval = story(levels, { ...overlap, members: { ...overlap.members, 'user:dan': ['dan'] } });
    expect(approval.approve('ana').vote?.counted).toBe(true);
    expect(approval.state.levels[1]).toMatchObject({ status: 'open', fallback_joined: true });
    approval.approve('dan');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a person whom another level needs as its fallback is sent there', () => {
    const pools = world({ 'role:first': 'ana ben', 'role:second': '', 'user:ana': 'ana' });
    const levels = [
      level('x', path('role:first')),
      level('y', path('role:second'), { stage: 2, fallback: ['user:ana'] }),
    ];
    expect(story(levels, pools).approve('ana').refusal).toMatchObject({ code: 'needed_elsewhere', level: 'y' });
  });

  it('a vote is accepted if the rest was impossible before it, and the next level ends the approval', () => {
    const approval = story(inStages, overlap);
    approval.facts = { ...world({ 'role:first': 'ana ben', 'role:second': '' }) };
    expect(approval.approve('ana').vote?.counted).toBe(true);
    expect(approval.outcome).toBe('denied no_eligible_approver');
  });

  it('a changed vote without a level counts at the level of the earlier vote', () => {
    const pools = world({ 'role:x': 'ana ben', 'role:y': 'ana cem' });
    const approval = story(
      [level('x', path('role:x', 2), { deny: 2 }), level('y', path('role:y', 2), { deny: 2 })],
      pools,
      actAgain,
    );
    const forbid = story(
      approval.snapshot.levels.map((each) => ({ ...each, paths: [{ ...each.paths[0]!, approve: 1 }] })),
      pools,
    );
    forbid.approve('ana', 'y');
    expect(forbid.levels).toBe('x:open y:approved');
    const open = story(
      [level('x', path('role:x', 1), { deny: 2 }), level('y', path(['role:y', 'user:dan'], 2), { deny: 2 })],
      {
        ...pools,
        members: { ...pools.members, 'user:dan': ['dan'] },
      },
    );
    open.approve('ana', 'y');
    open.deny('ana');
    expect(open.state.votes.map((vote) => vote.level)).toEqual(['y', 'y']);
  });

  it('a denial without a level goes where the person has a veto', () => {
    const pools = world({ 'role:x': 'ana ben', 'role:y': 'cem', 'role:risk': 'ana' });
    const levels = [level('x', path('role:x'), { deny: 2 }), level('y', path('role:y'), { veto: ['role:risk'] })];
    const approval = story(levels, pools);
    approval.deny('ana');
    expect([approval.outcome, approval.levels]).toEqual(['denied veto', 'x:cancelled y:denied']);
  });

  it('a denial clicked twice is one denial, although another level would take it', () => {
    const pools = world({ 'role:x': 'ana ben cem', 'role:y': 'ana dan fay' });
    const levels = [level('x', path('role:x'), { deny: 2 }), level('y', path('role:y'), { deny: 2 })];
    const approval = story(levels, pools);
    approval.deny('ana');
    expect(approval.deny('ana').vote?.counted).toBe(false);
    expect(approval.state.votes).toHaveLength(1);
  });
});

describe('act again', () => {
  const pools = world({ 'role:first': 'ana ben', 'role:second': 'ana' });

  it('the same person may approve each level in its turn', () => {
    const approval = story(inStages, pools, actAgain);
    approval.approve('ana');
    expect(approval.levels).toBe('x:approved y:open');
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('with two levels open a vote must name its level', () => {
    const approval = story(parallel, pools, actAgain);
    expect(approval.approve('ana').refusal).toMatchObject({ code: 'level_required', levels: ['x', 'y'] });
    expect(approval.deny('ana').refusal?.code).toBe('level_required');
    approval.approve('ana', 'x');
    approval.approve('ana', 'y');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('with one level open a vote need not name it', () => {
    const approval = story(parallel, pools, actAgain);
    approval.approve('ben');
    expect(approval.levels).toBe('x:approved y:open');
  });

  it('one person is enough for two levels with the same pool of one', () => {
    expect(story(inStages, world({ 'role:first': 'ana', 'role:second': 'ana' }), actAgain).outcome).toBe('pending');
  });
});
