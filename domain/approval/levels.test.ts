import { level, path, story, world } from './support/fixtures';

const facts = world({ 'role:lead': 'ana ben cem', 'role:risk': 'rex', 'role:admin': 'eve' });

describe('how a level ends', () => {
  it('denials below the threshold leave it open, the one that reaches it ends it', () => {
    const approval = story([level('team', path('role:lead', 1), { deny: 2 })], facts);
    approval.deny('ana');
    expect(approval.outcome).toBe('pending');
    approval.deny('ben');
    expect(approval.outcome).toBe('denied deny_threshold');
  });

  it('deny above the pool: the level ends when the need is out of reach', () => {
    const approval = story([level('team', path('role:lead', 1), { deny: 9 })], facts);
    approval.deny('ana');
    approval.deny('ben');
    expect(approval.outcome).toBe('pending');
    approval.deny('cem');
    expect(approval.outcome).toBe('denied quorum_unreachable');
    expect(approval.state.decided_by).toBe('cem');
  });

  it('a threshold of zero does not deny by itself', () => {
    const approval = story([level('team', path('role:lead', 1), { deny: 0 })], facts);
    expect(approval.outcome).toBe('pending');
    approval.deny('ana');
    expect(approval.outcome).toBe('denied deny_threshold');
  });

  it('veto by somebody outside the pool ends it at once, whatever the threshold', () => {
    const approval = story([level('team', path('role:lead', 2), { deny: 3, veto: ['role:risk'] })], facts);
    approval.deny('rex');
    expect([approval.outcome, approval.state.decided_by]).toEqual(['denied veto', 'rex']);
  });

  it('veto after approvals ends it while it is open', () => {
    const approval = story([level('team', path('role:lead', 3), { veto: ['role:risk'] })], facts);
    approval.approve('ana');
    approval.approve('ben');
    approval.deny('rex');
    expect(approval.outcome).toBe('denied veto');
  });

  it('veto after the level was approved comes too late', () => {
    const approval = story([level('team', path('role:lead', 1), { veto: ['role:risk'] })], facts);
    approval.approve('ana');
    expect(approval.deny('rex').refusal?.code).toBe('already_decided');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('people with a veto who are not in the pool may deny and nothing else', () => {
    const approval = story([level('team', path('role:lead', 1), { veto: ['role:risk'] })], facts);
    expect(approval.approve('rex').refusal?.code).toBe('not_eligible');
    expect(approval.pass('rex').refusal?.code).toBe('not_eligible');
    expect(approval.state.votes).toEqual([]);
  });

  it('people with a veto who are in the pool approve like others', () => {
    const approval = story([level('team', path('role:lead', 1), { veto: ['role:lead'] })], facts);
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a veto comes before the threshold as the reason', () => {
    const approval = story([level('team', path('role:lead', 1), { veto: ['role:lead'] })], facts);
    approval.deny('ana');
    expect(approval.outcome).toBe('denied veto');
  });

  it('passes that leave too few end it as unreachable', () => {
    const approval = story([level('team', path('role:lead', 2))], facts);
    approval.pass('ana');
    expect(approval.outcome).toBe('pending');
    approval.pass('ben');
    expect(approval.outcome).toBe('denied quorum_unreachable');
  });

  it('is open as long as one of its paths can still be reached', () => {
    const paths = [path('role:lead', 3), path('role:risk', 1)];
    const approval = story([level('team', paths, { deny: 3 })], facts);
    approval.deny('ana');
    expect(approval.outcome).toBe('pending');
    approval.pass('rex');
    expect(approval.outcome).toBe('denied quorum_unreachable');
  });
});

describe('levels of one stage', () => {
  const pools = world({ 'role:a': 'ana ben', 'role:b': 'cem dan', 'role:c': 'fay', 'role:admin': 'eve' });
  const two = [level('a', path('role:a')), level('b', path('role:b'))];

  it('parallel levels where one denies: the request ends and its siblings are closed', () => {
    const approval = story([...two, level('c', path('role:c'), { stage: 2 })], pools);
    approval.approve('ana');
    approval.deny('cem');
    expect(approval.outcome).toBe('denied deny_threshold');
    expect(approval.levels).toBe('a:approved b:denied c:cancelled');
  });

  it('parallel levels end in approval only when all are approved, in either order', () => {
    for (const order of [
      ['ana', 'cem'],
      ['cem', 'ana'],
    ] as const) {
      const approval = story(two, pools);
      approval.approve(order[0]);
      expect(approval.outcome).toBe('pending');
      approval.approve(order[1]);
      expect(approval.outcome).toBe('approved quorum');
    }
  });

  it('first level skipped: the second opens at once', () => {
    const approval = story(
      [level('a', path('role:a'), { skipped: true }), level('b', path('role:b'), { stage: 2 })],
      pools,
    );
    expect(approval.levels).toBe('a:skipped b:open');
    approval.approve('cem');
    expect([approval.outcome, approval.levels]).toEqual(['approved quorum', 'a:skipped b:approved']);
  });

  it('last level skipped: the first one decides', () => {
    const approval = story(
      [level('a', path('role:a')), level('b', path('role:b'), { stage: 2, skipped: true })],
      pools,
    );
    approval.approve('ana');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('all skipped: denied, never approved', () => {
    const skipped = two.map((each) => ({ ...each, skipped: true }));
    expect(story(skipped, pools).outcome).toBe('denied no_eligible_approver');
    expect(story([], pools).outcome).toBe('denied no_eligible_approver');
  });
});
