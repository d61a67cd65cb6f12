import { level, path, snapshotOf, story, Story, world } from './support/fixtures';
import type { Assurance } from './glossary';

const facts = world({ 'role:lead': 'ana ben cem', 'role:admin': 'eve' });
const team = (more: Parameters<typeof level>[2] = {}, need = 2) =>
  story([level('team', path('role:lead', need), more)], facts);

describe('the same vote again', () => {
  it('double click: the first vote is the answer, nothing is counted or sent twice', () => {
    const approval = team();
    const first = approval.approve('ana');
    const before = approval.state;
    expect(approval.approve('ana')).toEqual({
      state: before,
      events: [],
      deliveries: [],
      vote: { counted: false, vote_id: first.vote!.vote_id, replaced: null },
    });
    expect(approval.state).toBe(before);
  });

  it('is answered with the first vote also after the end', () => {
    const approval = team({}, 1);
    const first = approval.approve('ana');
    expect(approval.approve('ana').vote).toEqual({ counted: false, vote_id: first.vote!.vote_id, replaced: null });
    expect(approval.approve('ana', 'team').vote?.vote_id).toBe(first.vote!.vote_id);
  });

  it('is answered before eligibility is checked', () => {
    const approval = team();
    const first = approval.approve('ana');
    approval.facts = { ...facts, members: { 'role:lead': ['ben', 'cem'] }, excluded: ['ana'] };
    expect(approval.approve('ana').vote?.vote_id).toBe(first.vote!.vote_id);
    expect(approval.approve('ana', 'team').vote?.vote_id).toBe(first.vote!.vote_id);
  });

  it('does not need the comment or the assurance again', () => {
    const approval = team({ assurance: 'session', comment: { on_approve: 'required', on_deny: 'required' } });
    approval.vote('ana', 'approve', { assurance: 'session', comment: 'ok' });
    expect(approval.approve('ana').vote?.counted).toBe(false);
  });

  it('at a level that closed is answered while the request goes on', () => {
    const pools = world({ 'role:a': 'ana', 'role:b': 'ben' });
    const approval = story([level('a', path('role:a')), level('b', path('role:b'), { stage: 2 })], pools);
    const first = approval.approve('ana');
    expect(approval.approve('ana').vote?.vote_id).toBe(first.vote!.vote_id);
    expect(approval.approve('ana', 'a').vote?.vote_id).toBe(first.vote!.vote_id);
    expect(approval.deny('ana', 'a').refusal).toMatchObject({ code: 'level_closed', level: 'a' });
    expect(approval.deny('ana').refusal).toMatchObject({ code: 'level_closed', level: 'a' });
  });
});

describe('a vote that is sent again', () => {
  it('is answered with the first vote and changes nothing, even if another vote has replaced it', () => {
    const approval = team({ deny: 2 });
    const first = approval.vote('ana', 'approve', { once: 'key 1' }).vote!.vote_id;
    approval.vote('ana', 'deny', { once: 'key 2' });
    const before = approval.state;
    expect(approval.vote('ana', 'approve', { once: 'key 1' }).vote).toEqual({
      counted: false,
      vote_id: first,
      replaced: null,
    });
    expect(approval.state).toBe(before);
    expect(approval.vote('ben', 'approve', { once: 'key 1' }).vote?.counted).toBe(true);
  });
});

describe('another vote', () => {
  it('approve → deny → approve: each replaces the one before and all are kept', () => {
    const approval = team({ deny: 2 });
    const first = approval.approve('ana').vote!.vote_id;
    const second = approval.deny('ana').vote!;
    expect(second.replaced).toBe(first);
    const third = approval.approve('ana').vote!;
    expect(third).toEqual({ counted: true, vote_id: 'vot_1_3', replaced: second.vote_id });
    expect(approval.state.votes.map((vote) => vote.superseded_by)).toEqual([second.vote_id, third.vote_id, null]);
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('a denial that was replaced no longer counts towards the threshold', () => {
    const approval = team({ deny: 2 });
    approval.deny('ana');
    approval.approve('ana');
    approval.deny('ben');
    expect(approval.outcome).toBe('pending');
  });

  it('pass gives a seat up and can be taken back while the level is open', () => {
    const approval = team();
    approval.pass('ana');
    approval.approve('ana');
    approval.approve('ben');
    expect(approval.outcome).toBe('approved quorum');
  });

  it('is refused for a person who has left the role', () => {
    const approval = team();
    approval.approve('ana');
    approval.facts = world({ 'role:lead': 'ben cem' });
    expect(approval.deny('ana').refusal?.code).toBe('not_eligible');
  });

  it.each([
    ['approved', (approval: Story) => approval.approve('ben')],
    ['denied', (approval: Story) => approval.deny('ben')],
    ['expired', (approval: Story) => approval.clock(7 * 24)],
    ['cancelled', (approval: Story) => approval.cancel({ type: 'user', id: 'eve' })],
  ] as const)('late vote after the end %s is refused and changes nothing', (status, finish) => {
    const approval = team({}, 1);
    finish(approval);
    const before = approval.state;
    expect(before.status).toBe(status);
    for (const late of [approval.approve('ana'), approval.deny('cem'), approval.approve('stranger')]) {
      expect(late.refusal?.code).toBe('already_decided');
      expect(late.state).toBe(before);
    }
  });

  it('after the end, a decision that the person had taken back is not a repeat', () => {
    const approval = team({ deny: 3 }, 1);
    approval.deny('ana');
    approval.approve('ana');
    expect(approval.deny('ana').refusal?.code).toBe('already_decided');
  });
});

describe('refusals', () => {
  it('vote by a stranger', () => {
    expect(team().approve('zoe').refusal?.code).toBe('not_eligible');
    expect(team().deny('zoe', 'team').refusal?.code).toBe('not_eligible');
  });

  it('vote with an old digest', () => {
    const approval = team();
    expect(approval.vote('ana', 'approve', { digest: 'sha256:ff' }).refusal?.code).toBe('digest_mismatch');
    expect(approval.state.votes).toEqual([]);
  });

  it('vote for an unopened level', () => {
    const pools = world({ 'role:a': 'ana', 'role:b': 'ben' });
    const approval = story([level('a', path('role:a')), level('b', path('role:b'), { stage: 2 })], pools);
    expect(approval.approve('ben', 'b').refusal).toMatchObject({ code: 'level_not_open', level: 'b' });
    expect(approval.approve('ben').refusal).toMatchObject({ code: 'level_not_open', level: 'b' });
    expect(approval.approve('zoe').refusal?.code).toBe('not_eligible');
  });

  it('a vote without a level, of a person whose level is closed or still waits', () => {
    const pools = world({ 'role:a': 'ana ben', 'role:b': 'cem', 'role:c': 'ana ben' });
    const approval = story(
      [level('a', path('role:a')), level('b', path('role:b'), { stage: 2 }), level('c', path('role:c'), { stage: 3 })],
      pools,
    );
    approval.approve('ana');
    expect(approval.deny('ana').refusal).toMatchObject({ code: 'level_closed', level: 'a' });
    expect(approval.approve('ben').refusal).toMatchObject({ code: 'level_not_open', level: 'c' });
    approval.facts = { ...pools, excluded: ['ben'] };
    expect(approval.approve('ben').refusal?.code).toBe('not_eligible');
  });

  it('a vote without a level, of a person whose only level was closed by others', () => {
    const pools = world({ 'role:a': 'ana ben', 'role:b': 'cem' });
    const approval = story([level('a', path('role:a')), level('b', path('role:b'), { stage: 2 })], pools);
    approval.approve('ana');
    expect(approval.approve('ben').refusal).toMatchObject({ code: 'level_closed', level: 'a' });
  });

  it('vote before the opening', () => {
    const approval = new Story(snapshotOf([level('team', path('role:lead'))]), facts);
    expect(approval.approve('ana').refusal?.code).toBe('level_not_open');
    expect(approval.approve('ana', 'team').refusal?.code).toBe('level_not_open');
  });

  it('vote for a level that does not exist, or that was skipped', () => {
    const approval = story(
      [level('team', path('role:lead')), level('off', path('role:lead'), { skipped: true })],
      facts,
    );
    expect(approval.approve('ana', 'nope').refusal).toMatchObject({ code: 'invalid_request', level: 'nope' });
    expect(approval.approve('ana', 'off').refusal).toMatchObject({ code: 'level_closed', level: 'off' });
  });

  it.each<[Assurance, Assurance, boolean]>([
    ['link', 'link', true],
    ['link', 'session', false],
    ['sms_code', 'slack', false],
    ['sso', 'session', true],
    ['session', 'session', true],
    ['session', 'sso', false],
  ])('a vote with assurance %s where %s is required: counted is %s', (have, need, counted) => {
    const approval = team({ assurance: need });
    const { refusal, vote } = approval.vote('ana', 'approve', { assurance: have });
    expect(vote?.counted ?? false).toBe(counted);
    if (!counted) expect(refusal).toMatchObject({ code: 'assurance_required', have, need, level: 'team' });
  });

  it.each<[string | null]>([[null], [''], [' \t\n ']])('%j is no comment where one is required', (comment) => {
    const approval = team({ comment: { on_approve: 'optional', on_deny: 'required' } });
    expect(approval.vote('ana', 'deny', { comment }).refusal).toMatchObject({
      code: 'comment_required',
      message: 'Level "team" requires a comment with this decision. Nothing was counted. Vote again with a comment.',
    });
    expect(approval.vote('ana', 'approve', { comment }).vote?.counted).toBe(true);
    expect(approval.vote('ben', 'pass', { comment }).vote?.counted).toBe(true);
    approval.vote('cem', 'deny', { comment: 'too risky' });
    expect(approval.state).toMatchObject({ status: 'denied', comment: 'too risky' });
  });

  it('a comment can be required for an approval', () => {
    const approval = team({ comment: { on_approve: 'required', on_deny: 'optional' } });
    expect(approval.approve('ana').refusal?.code).toBe('comment_required');
    expect(approval.deny('ana').vote?.counted).toBe(true);
  });

  it('the twenty-first vote of one person, repeats not counted', () => {
    const approval = team({ deny: 3 });
    for (let count = 0; count < 20; count += 1) {
      const decision = count % 2 === 0 ? 'approve' : 'deny';
      expect(approval.vote('ana', decision).vote?.counted).toBe(true);
      expect(approval.vote('ana', decision).vote?.counted).toBe(false);
    }
    expect(approval.approve('ana').refusal?.code).toBe('too_many_votes');
    expect(approval.deny('ana').vote?.counted).toBe(false);
    expect(approval.approve('ben').vote?.counted).toBe(true);
  });

  it('come in a fixed order: repeated, eligibility, assurance, comment', () => {
    const approval = team({ assurance: 'session', comment: { on_approve: 'required', on_deny: 'required' } });
    expect(approval.vote('zoe', 'approve', { digest: 'sha256:ff' }).refusal?.code).toBe('digest_mismatch');
    expect(approval.approve('zoe').refusal?.code).toBe('not_eligible');
    expect(approval.approve('ana').refusal?.code).toBe('assurance_required');
    expect(approval.vote('ana', 'approve', { assurance: 'session' }).refusal?.code).toBe('comment_required');
    expect(approval.vote('ana', 'approve', { assurance: 'session', comment: 'ok' }).vote?.counted).toBe(true);
  });
});
