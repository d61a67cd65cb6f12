import { ballot, level, path, snapshotOf, story, Story, world } from './support/fixtures';
import { advance, can, standing } from './index';
import { VOTE_DECISIONS } from './glossary';

const facts = world(
  { 'role:lead': 'ana ben', 'role:boss': 'ana cem', 'role:risk': 'rex' },
  { delegates: { ben: 'dan' } },
);
const levels = [
  level('team', path('role:lead', 2), { veto: ['role:risk'], assurance: 'session' }),
  level('boss', path('role:boss'), { stage: 2 }),
];

describe('what a person may do now', () => {
  it('says where and how surely', () => {
    const approval = story(levels, facts);
    expect(can(approval.state, approval.snapshot, facts, 'ana')).toEqual([
      { level: 'team', decisions: ['approve', 'deny', 'pass'], why_not: null, assurance: 'session', voted: null },
      { level: 'boss', decisions: [], why_not: 'level_not_open', assurance: 'link', voted: null },
    ]);
  });

  it('says whose seat it would be, and that a veto can only deny', () => {
    const approval = story(levels, facts);
    expect(can(approval.state, approval.snapshot, facts, 'dan')[0]).toMatchObject({ seat_of: 'ben' });
    expect(can(approval.state, approval.snapshot, facts, 'rex')[0]).toMatchObject({
      decisions: ['deny'],
      why_not: null,
    });
    expect(can(approval.state, approval.snapshot, facts, 'zoe')[0]).toMatchObject({
      decisions: [],
      why_not: 'not_eligible',
    });
  });

  it('says what the person voted, and what is left once that counts elsewhere', () => {
    const approval = story(levels, facts);
    approval.vote('ana', 'approve', { assurance: 'session' });
    approval.vote('ben', 'approve', { assurance: 'session' });
    const [team, boss] = can(approval.state, approval.snapshot, facts, 'ana');
    expect(team).toMatchObject({ why_not: 'level_closed', voted: { id: 'vot_1_1', decision: 'approve' } });
    expect(boss).toMatchObject({ decisions: ['deny'], why_not: null });
  });

  it('after the end nobody can do anything', () => {
    const approval = story(levels, facts);
    approval.cancel({ type: 'user', id: 'ana' });
    expect(can(approval.state, approval.snapshot, facts, 'ben').map(({ why_not }) => why_not)).toEqual([
      'already_decided',
      'already_decided',
    ]);
  });

  it('agrees with what happens when they do it', () => {
    for (const approval of [story(levels, facts), new Story(snapshotOf(levels), facts)]) {
      for (const person of ['ana', 'ben', 'cem', 'dan', 'rex', 'zoe']) {
        for (const { level: name, decisions } of can(approval.state, approval.snapshot, facts, person)) {
          for (const decision of VOTE_DECISIONS) {
            const vote = ballot(person, decision, { level: name, assurance: 'sso' });
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

describe('standing', () => {
  it('counts standing votes per path', () => {
    const approval = story([level('team', [path('role:lead', 2), path('role:boss', 2)], { deny: 2 })], facts);
    approval.approve('ana');
    approval.deny('ben');
    expect(standing(approval.state.levels[0]!, approval.state.votes)).toEqual({
      paths: [
        { need: 2, approvals: 1 },
        { need: 2, approvals: 1 },
      ],
      denials: 1,
      vetoed: false,
    });
  });
});
