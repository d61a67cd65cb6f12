import type { JsonObject } from '../approval';
import type { CheckRequest } from './types';
import { check, levelsOf } from './support/check';

describe('levels', () => {
  const flow = (levels: string, defaults = ''): string => `defaults: { ${defaults} }
rules:
  - { id: r, action: "*", effect: require_approval, flow: f }
flows:
  f:
    levels:
${levels}`;
  const two = `      - { name: a, approvers: [role:a], when: "context.a" }
      - { name: b, approvers: [role:b], when: "context.b" }
`;

  test('first level skipped', () => {
    const evaluation = check(flow(two), { context: { a: false, b: true } });
    expect(levelsOf(evaluation)).toEqual(['1 a skipped', '2 b']);
    expect(evaluation.reason).toBe('Rule r: needs 1 of role:b');
  });

  test('all skipped: the flow of defaults applies', () => {
    const evaluation = check(flow(two), { context: { a: false, b: false } });
    expect(evaluation).toMatchObject({
      decision: 'require_approval',
      reason: 'Rule r: needs 1 of role:admin',
      plan: { flow: 'admins' },
    });
  });

  test('all skipped in the flow of defaults too: denied', () => {
    const evaluation = check(flow(two, 'flow: f, on_error: require_approval'), { context: { a: false, b: false } });
    expect(evaluation).toMatchObject({ decision: 'deny', reason_code: 'policy_error' });
    expect(evaluation.reason).toMatch(/Every level of the flow f is skipped/);
  });

  test('condition error in a level', () => {
    expect(check(flow(two), { context: { a: true } })).toMatchObject({ decision: 'deny', reason_code: 'policy_error' });
    expect(check(flow(two), { context: { a: true } }).reason).toMatch(/^Level b could not be evaluated: /);
    expect(levelsOf(check(flow(two, 'on_error: require_approval'), { context: { a: false } }))).toEqual([
      '1 a skipped',
      '2 b',
    ]);
  });
});

describe('separation of duties', () => {
  const text = (
    separation: string,
  ): string => `defaults: { effect: require_approval, flow: f, on_error: require_approval }
flows:
  f: { separation: { ${separation} }, levels: [{ name: a, approvers: [role:x] }] }
`;
  const excluded = (separation: string, more: Partial<CheckRequest>): string[] | undefined =>
    check(text(separation), more).plan?.separation.excluded;

  test('requester and on_behalf_of never approve, whatever the flow says', () => {
    const more = {
      requester_identity: 'rita@acme.example',
      on_behalf_of: 'usr_boss',
      requester: { id: 'usr_rita', email: 'rita@acme.example', roles: [] },
    };
    expect(excluded('', more)).toEqual(['rita@acme.example', 'usr_rita', 'usr_boss']);
    expect(excluded('exclude: []', more)).toEqual(['rita@acme.example', 'usr_rita', 'usr_boss']);
  });

  test('agent_owner and context paths are resolved into identities', () => {
    const context = {
      author: ' ana@acme.example ',
      pr: { reviewers: ['ben@acme.example', 'ana@acme.example'] },
      gone: null,
    };
    expect(
      excluded('exclude: [agent_owner, context.author, context.pr.reviewers, context.gone, context.not.there]', {
        context,
      }),
    ).toEqual(['usr_owner', 'ana@acme.example', 'ben@acme.example']);
  });

  test.each([
    [5],
    [{ name: 'ana' }],
    ['Ana <ana@acme.example>'],
    [['ben', 'ana@acme.example\u200b']],
    [[5]],
    [[['a']]],
    [Array.from({ length: 101 }, (_, i) => `p${i}`)],
  ])('a context path with the value %j is an error, so that nobody avoids the separation', (author) => {
    const context = { author } as JsonObject;
    const elsewhere = `${text('')}  g: { separation: { exclude: [context.author] }, levels: [{ name: a, approvers: [role:x] }] }
rules:
  - { id: r, action: "*", effect: require_approval, flow: g }
`;
    expect(check(text('exclude: [context.author]'), { context })).toMatchObject({
      decision: 'deny',
      reason_code: 'policy_error',
    });
    expect(check(elsewhere, { context })).toMatchObject({ decision: 'deny', reason_code: 'policy_error' });
  });

  test('a check that does not name a required person is denied, whatever on_error says', () => {
    for (const context of [{}, { author: null }, { author: '' }, { author: [] }] as JsonObject[])
      expect(check(text('require: [context.author]'), { context })).toMatchObject({
        decision: 'deny',
        reason_code: 'policy_error',
        plan: null,
      });
    expect(check(text('require: [requester]')).decision).toBe('deny');
    const known = check(text('require: [context.author, requester]'), {
      context: { author: 'ana@acme.example' },
      requester_identity: 'rita@acme.example',
    });
    expect(known.plan?.require).toEqual(['ana@acme.example', 'rita@acme.example']);
  });

  test('the plan carries same_person_across_levels', () => {
    expect(check(text('')).plan?.separation.same_person_across_levels).toBe('forbid');
    expect(check(text('same_person_across_levels: act_again')).plan?.separation.same_person_across_levels).toBe(
      'act_again',
    );
  });
});
