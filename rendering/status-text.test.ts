import type { ApprovalState, ReasonCode } from '../domain/approval';
import { ANA, levelState, NOW_MS, view, vote } from '../tests/support/sample-approval';
import { at, consequence, levelLine, outcomeSentence, progress, voteLines } from './status-text';

const ended = (status: ApprovalState['status'], reason_code: ReasonCode, decided_by: string | null = null): string =>
  outcomeSentence(view({ state: { status, reason_code, decided_by, decided_at_ms: NOW_MS - 17 * 60_000 } }));

describe('the outcome in one sentence', () => {
  it.each<[ApprovalState['status'], ReasonCode, string | null, string]>([
    ['approved', 'quorum', 'usr_ana', 'Approved by Ana Lima at 14:03.'],
    ['denied', 'deny_threshold', 'usr_ben', 'Denied by Ben Okafor at 14:03.'],
    ['denied', 'veto', 'usr_ben', 'Denied by Ben Okafor at 14:03: this denial alone is enough.'],
    ['denied', 'quorum_unreachable', 'usr_ben', 'Denied at 14:03: too few people are left who could approve it.'],
    ['denied', 'no_eligible_approver', null, 'Denied at 14:03: there is nobody who may approve it.'],
    ['denied', 'level_timeout', null, 'Denied at 14:03: a level was not decided in time.'],
    ['expired', 'level_timeout', null, 'Expired at 14:03: a level was not decided in time.'],
    ['expired', 'request_ttl', null, 'Expired at 14:03: nobody decided in time.'],
    ['cancelled', 'requester_cancelled', null, 'Cancelled by devops-bot at 14:03.'],
    ['cancelled', 'user_cancelled', 'usr_ana', 'Cancelled by Ana Lima at 14:03.'],
    ['cancelled', 'agent_suspended', null, 'Cancelled at 14:03: devops-bot was suspended.'],
  ])('%s by %s', (status, code, by, sentence) => expect(ended(status, code, by)).toBe(sentence));

  it('is empty while it is pending', () => expect(outcomeSentence(view())).toBe(''));

  it('names the day when that is another', () => {
    expect(at(view(), NOW_MS - 24 * 3_600_000)).toBe('on Thu 14:20 London');
    expect(at(view(), NOW_MS - 7 * 24 * 3_600_000)).toBe('on Fri 16 Oct 14:20 London');
  });
});

describe('a level', () => {
  const paths = [
    { approvers: ['role:support-lead'], need: 2 },
    { approvers: ['role:head'], need: 1 },
  ];

  it('says how far each path is', () => {
    const { level } = view({ state: { levels: [levelState({ paths })], votes: [vote()] } });
    expect(levelLine(level!)).toBe('Level platform: 1 of 2 from support-lead, or 0 of 1 from head');
    expect(progress(level!)).toBe('1 of 2');
  });

  it('names four approvers at most and counts the others', () => {
    const crowd = Array.from({ length: 20 }, (_, i) => `user:p${i}@acme.example`);
    const { level } = view({ state: { levels: [levelState({ paths: [{ approvers: crowd, need: 3 }] })] } });
    expect(levelLine(level!)).toBe(
      'Level platform: 0 of 3 from p0@acme.example, p1@acme.example, p2@acme.example and 17 more',
    );
  });

  it.each([
    ['approved', 'approved'],
    ['skipped', 'not needed'],
    ['cancelled', 'closed'],
  ] as const)('that is %s says so', (status, words) => {
    expect(levelLine(view({ state: { levels: [levelState({ status })] } }).levels[0]!)).toBe(
      `Level platform: ${words}`,
    );
  });

  it('that waits says what it will need', () => {
    expect(
      levelLine(view({ state: { levels: [levelState({ status: 'waiting', opened_at_ms: null })] } }).levels[0]!),
    ).toBe('Level platform: comes later, 0 of 2 from sre');
  });

  it('groups silent votes and gives each comment its own line', () => {
    const shown = view({
      state: {
        votes: [
          vote({ id: '1' }),
          vote({ id: '2', voter: ANA.id }),
          vote({ id: '3', voter: 'usr_cem', decision: 'deny', comment: 'Not today.' }),
          vote({ id: '4', voter: 'usr_dan', seat_of: 'usr_cem', decision: 'pass' }),
        ],
      },
    });
    expect(voteLines(shown, shown.level!)).toEqual([
      { line: 'Approved by Ben Okafor and Ana Lima', comment: null },
      { line: 'Passed by usr_dan for Cem Yilmaz', comment: null },
      { line: 'Cem Yilmaz denied at 14:18', comment: 'Not today.' },
    ]);
  });
});

describe('what became of a vote', () => {
  it('says the count, the outcome and that the agent knows', () => {
    const votes = [vote(), vote({ id: 'b', voter: ANA.id })];
    expect(
      consequence(view({ state: { status: 'approved', levels: [levelState({ status: 'approved' })], votes } })),
    ).toBe('2 of 2: approved. devops-bot was told.');
    expect(consequence(view({ state: { status: 'denied', levels: [levelState({ status: 'denied' })] } }))).toBe(
      'The request is denied. devops-bot was told.',
    );
  });

  it('says who comes next when only the level is done', () => {
    const levels = [levelState({ status: 'approved' }), levelState({ name: 'finance', stage: 2 })];
    expect(consequence(view({ state: { levels }, options: { link_level: 'platform' } }))).toBe(
      'Level platform is approved. Next: finance.',
    );
  });

  it('says that more people are needed while the level is open', () => {
    expect(consequence(view({ state: { votes: [vote({ voter: ANA.id })] } }))).toBe(
      '1 of 2 so far. Others still have to decide.',
    );
  });
});
