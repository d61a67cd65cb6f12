import { ANA, levelSpec, levelState, NOW_MS, view, vote } from '../tests/support/sample-approval';

const second = levelState({ name: 'finance', stage: 2, expires_at_ms: NOW_MS + 60_000 });
const both = {
  snapshot: {
    levels: [
      levelSpec(),
      levelSpec({ name: 'finance', stage: 2, comment: { on_approve: 'optional', on_deny: 'required' } }),
    ],
  },
  state: { levels: [levelState({ status: 'approved' }), second] },
} as const;

describe('the view of one reviewer', () => {
  it('is about the level that the link names', () => {
    expect(
      view({
        ...both,
        snapshot: { levels: [...both.snapshot.levels] },
        state: { levels: [...both.state.levels] },
        options: { link_level: 'platform' },
      }).level?.name,
    ).toBe('platform');
  });

  const shown = view({ snapshot: { levels: [...both.snapshot.levels] }, state: { levels: [...both.state.levels] } });

  it('is about the open level when none is named, with its comment rule', () => {
    expect(shown.level?.name).toBe('finance');
    expect(shown.comment_rule).toEqual({ on_approve: 'optional', on_deny: 'required' });
  });

  it('ends when the level ends, if that comes before the end of the request', () => {
    expect(shown.until_ms).toBe(NOW_MS + 60_000);
    expect(view().until_ms).toBe(NOW_MS + 190 * 60_000);
  });

  it('is about the level where the reviewer voted once nothing is open', () => {
    const closed = [levelState({ status: 'approved' }), levelState({ name: 'finance', stage: 2, status: 'approved' })];
    const own = view({ state: { status: 'approved', levels: closed, votes: [vote({ voter: ANA.id })] } });
    expect(own.level?.name).toBe('platform');
    expect(own.own_vote?.decision).toBe('approve');
  });

  it('counts seats as the API does, and leaves superseded votes out', () => {
    const votes = [
      vote({ id: 'a', superseded_by: 'b' }),
      vote({ id: 'b', decision: 'deny' }),
      vote({ id: 'c', voter: ANA.id }),
      vote({ id: 'd', voter: 'usr_delegate', seat_of: ANA.id }),
    ];
    const level = view({ state: { votes } }).level!;
    expect(level.paths).toEqual([{ approvers: ['sre'], need: 2, approvals: 1 }]);
    expect(level.votes.map(({ by, decision, own }) => [by, decision, own])).toEqual([
      ['Ben Okafor', 'deny', false],
      ['Ana Lima', 'approve', true],
      ['usr_delegate', 'approve', false],
    ]);
    expect(level.votes[2]!.seat_of).toBe('Ana Lima');
  });

  it('marks every text that came from outside', () => {
    const nasty = 'a\u202eb';
    const marked = 'a⟦U+202E⟧b';
    const made = view({
      snapshot: {
        agent: { id: 'x', name: nasty },
        requester: nasty,
        on_behalf_of: nasty,
        reason: nasty,
        context: { [nasty]: nasty },
        display: { note: nasty },
      },
      state: {
        comment: nasty,
        votes: [vote({ comment: nasty })],
        levels: [levelState({ paths: [{ approvers: [`role:${nasty}`], need: 1 }] })],
      },
      options: { names: new Map([['usr_ben', nasty]]), reviewer: { ...ANA, name: nasty, address: nasty } },
    });
    expect(JSON.stringify(made)).not.toContain('\u202e');
    expect([made.agent, made.requester, made.on_behalf_of, made.reason, made.comment, made.reviewer.name]).toEqual(
      Array(6).fill(marked),
    );
    expect([
      made.levels[0]!.votes[0]!.by,
      made.levels[0]!.votes[0]!.comment,
      made.levels[0]!.paths[0]!.approvers[0],
    ]).toEqual([marked, marked, marked]);
  });
});
