import type { JsonObject } from '../approval';
import { BUILT_IN_POLICY, type Permission } from '../policy';
import type { Evaluation } from './types';
import { check, HOUR_MS, levelsOf, NOON_MS, permission, withContext, policyOf } from './support/check';

describe('rules', () => {
  const rules = `rules:
  - { id: small, agent: [support-bot, "*-support-bot"], action: stripe.refund.*, when: "context.amount <= 100.0", effect: allow }
  - { id: never, action: stripe.refund.test, effect: deny, reason: Tests run elsewhere }
  - { id: refund, action: stripe.refund.*, effect: require_approval, flow: refund, ttl: 5h, valid_for: 8h, risk: high, reason: Looked at by leads }
flows:
  refund:
    levels:
      - name: team
        paths:
          - { approvers: [role:support-lead], approve: 2 }
          - { approvers: [role:head-of-support] }
      - { name: money, stage: 2, approvers: [role:finance, "user:ana@acme.example"], approve: all }
      - { name: risk, stage: 2, approvers: ["user:b@acme.example", "user:c@acme.example"] }
`;

  test('the first that matches decides', () => {
    expect(withContext(rules, { amount: 100 })).toEqual({
      decision: 'allow',
      reason: 'Rule small allows stripe.refund.large',
      reason_code: null,
      rule: 'small',
      guardrails: [],
      risk: 'medium',
      plan: null,
    });
    expect(check(rules, { action: 'stripe.refund.test', context: { amount: 101 } })).toMatchObject({
      decision: 'deny',
      reason: 'Rule never: Tests run elsewhere',
      reason_code: 'policy_rule',
      rule: 'never',
    });
  });

  test('the result says who must approve, and has the whole plan', () => {
    const evaluation = withContext(rules, { amount: 101 });
    expect(evaluation).toMatchObject({ decision: 'require_approval', reason_code: null, rule: 'refund', risk: 'high' });
    expect(evaluation.reason).toBe(
      'Rule refund: needs 2 of role:support-lead or 1 of role:head-of-support, then all of (role:finance, a named person) and 1 of 2 named people. Looked at by leads',
    );
    expect(evaluation.plan).toMatchObject({
      flow: 'refund',
      expires_at_ms: NOON_MS + 5 * HOUR_MS,
      valid_for_ms: 8 * HOUR_MS,
      require: [],
      calendars: {},
    });
    expect(levelsOf(evaluation)).toEqual(['1 team', '2 money', '2 risk']);
    expect(evaluation.plan?.levels.every((level) => !('when' in level))).toBe(true);
  });

  test('the needs can be read in one way only, also if a level with paths has others beside it', () => {
    const levels = `
      - { name: a, paths: [{ approvers: [role:a], approve: 2 }, { approvers: ["user:c@acme.example"] }] }
      - { name: b, stage: 1, approvers: [role:b, role:c] }
      - { name: c, approvers: [role:d] }`;
    const text = `rules: [{ id: r, action: "*", effect: require_approval, flow: f }]\nflows:\n  f:\n    levels:${levels}`;
    expect(check(text).reason).toBe(
      'Rule r: needs (2 of role:a or a named person) and 1 of (role:b, role:c), then 1 of role:d',
    );
  });

  test('agents are matched by id and by name', () => {
    const text = 'rules:\n  - { id: r, agent: Sup*, action: "*", effect: allow }';
    expect(check(text).decision).toBe('allow');
    expect(check(text, { agent: { id: 'Sup1', name: 'x', owner: null } }).decision).toBe('allow');
    expect(check(text, { agent: { id: 'x', name: 'y', owner: null } }).decision).toBe('deny');
  });

  test('without a rule the check is denied, and the reason has the call that would allow it', () => {
    const evaluation = check(BUILT_IN_POLICY);
    expect(evaluation).toMatchObject({
      decision: 'deny',
      reason_code: 'no_rule',
      rule: null,
      risk: 'medium',
      plan: null,
    });
    expect(evaluation.reason).toContain(
      'POST /api/agents/support-bot/permissions {"action": "stripe.refund.large", "requires_approval": false}',
    );
  });

  test('without a rule, defaults that ask people ask any admin, for a week', () => {
    const evaluation = check('defaults: { effect: require_approval, risk: low }');
    expect(evaluation).toMatchObject({
      decision: 'require_approval',
      reason: 'No rule matched: needs 1 of role:admin',
      rule: null,
      risk: 'low',
    });
    expect(evaluation.plan).toMatchObject({
      flow: 'admins',
      expires_at_ms: NOON_MS + 7 * 24 * HOUR_MS,
      valid_for_ms: 24 * HOUR_MS,
    });
  });

  test('a request can shorten the ttl, never lengthen it', () => {
    const text = 'defaults: { effect: require_approval, ttl: 2h }';
    expect(check(text, { ttl_ms: HOUR_MS }).plan?.expires_at_ms).toBe(NOON_MS + HOUR_MS);
    expect(check(text, { ttl_ms: 3 * HOUR_MS }).plan?.expires_at_ms).toBe(NOON_MS + 2 * HOUR_MS);
  });

  test('a ttl in business time is counted in the rule’s calendar, else in its flow’s', () => {
    const calendars = `calendars:
  london: { timezone: Europe/London, hours: { mon-fri: "09:00-17:00" } }
  early: { timezone: UTC, hours: { mon-fri: "06:00-12:30" } }
flows:
  f: { calendar: london, levels: [{ name: a, approvers: [role:x] }] }
`;
    const rule = (more: string): string =>
      `${calendars}rules:\n  - { id: r, action: "*", effect: require_approval, flow: f, ttl: 6bh${more} }`;
    expect(check(rule('')).plan?.expires_at_ms).toBe(Date.UTC(2026, 10, 23, 10));
    expect(check(rule(', calendar: early')).plan?.expires_at_ms).toBe(Date.UTC(2026, 10, 23, 11, 30));
  });

  test('the plan has only the calendars that its levels name', () => {
    const text = `defaults: { effect: require_approval, flow: f }
calendars:
  london: { timezone: Europe/London, hours: { mon: "09:00-17:00" } }
  other: { timezone: UTC, hours: { mon: "09:00-17:00" } }
flows:
  f: { levels: [{ name: a, approvers: [role:x], calendar: london, timing: { expire_in: 1bd } }] }
`;
    expect(Object.keys(check(text).plan!.calendars)).toEqual(['london']);
  });
});

describe('permissions', () => {
  const policy = `rules:
  - { id: no-refunds, action: stripe.refund.large, when: "context.amount > 0.0", effect: deny }
  - { id: payouts, action: payout.*, effect: require_approval, flow: money, ttl: 1h, risk: high }
  - { id: gifts, action: gift.*, effect: allow }
flows:
  money: { levels: [{ name: finance, approvers: [role:finance] }] }
`;

  test('decide before the rules', () => {
    const context = { amount: 5 };
    expect(check(policy, { context }).decision).toBe('deny');
    expect(check(policy, { context }, [permission('stripe.*', 'allow')])).toMatchObject({
      decision: 'allow',
      reason: 'Permission stripe.* allows it',
      rule: null,
    });
  });

  test('the most specific one decides: exact, then the longest literal prefix', () => {
    const all = [
      permission('*', 'deny'),
      permission('stripe.*', 'require_approval'),
      permission('stripe.refund.*', 'deny'),
      permission('stripe.refund.large', 'allow'),
    ];
    expect(check(policy, {}, all).decision).toBe('allow');
    expect(check(policy, {}, all.slice(0, 3)).decision).toBe('deny');
    expect(check(policy, { context: { amount: 0 } }, all.slice(0, 2)).decision).toBe('require_approval');
    expect(check(policy, {}, [...all].reverse()).decision).toBe('allow');
  });

  test('of two equally specific permissions, the stricter one decides', () => {
    const both = [permission('stripe.*.large', 'allow'), permission('stripe.*l*', 'deny')];
    expect(check(policy, { action: 'stripe.refund.large' }, both).decision).toBe(
      check(policy, {}, [...both].reverse()).decision,
    );
    expect(check(policy, {}, [permission('*.refund.*', 'allow'), permission('*.refund.*', 'deny')]).decision).toBe(
      'deny',
    );
  });

  test('permissions of another agent do not count', () => {
    expect(check(policy, {}, [permission('*', 'allow', { agent_id: 'other' })]).decision).toBe('deny');
  });

  test('deny blocks with a reason', () => {
    expect(check(policy, { action: 'gift.card' }, [permission('gift.*', 'deny')])).toMatchObject({
      decision: 'deny',
      reason_code: 'policy_rule',
      reason: 'Permission gift.* blocks gift.card for agent support-bot',
    });
  });

  test('ask by their own flow, else by the flow of the first matching rule, else by the default flow', () => {
    const asked = (action: string, more: Partial<Permission> = {}): Evaluation =>
      check(policy, { action }, [permission('*', 'require_approval', more)]);
    expect(asked('gift.card', { flow: 'money' }).plan).toMatchObject({
      flow: 'money',
      expires_at_ms: NOON_MS + 168 * HOUR_MS,
    });
    expect(asked('payout.create')).toMatchObject({
      rule: null,
      risk: 'high',
      plan: { flow: 'money', expires_at_ms: NOON_MS + HOUR_MS },
    });
    expect(asked('gift.card').plan?.flow).toBe('admins');
    expect(asked('other.thing').reason).toBe('Permission *: needs 1 of role:admin');
  });

  test('the rule whose flow is used sets ttl and risk, even if its flow is the default flow', () => {
    const plain = 'rules: [{ id: r, action: "*", effect: require_approval, ttl: 1h, valid_for: 2h, risk: high }]';
    expect(check(plain, {}, [permission('*', 'require_approval')])).toMatchObject({
      rule: null,
      risk: 'high',
      plan: { flow: 'admins', expires_at_ms: NOON_MS + HOUR_MS, valid_for_ms: 2 * HOUR_MS },
    });
  });

  test('a flow that the policy no longer has is an error and never allows', () => {
    const gone = [permission('*', 'require_approval', { flow: 'gone' })];
    expect(check(policy, {}, gone)).toMatchObject({ decision: 'deny', reason_code: 'policy_error' });
    const asking = `defaults: { on_error: require_approval }\n${policy}`;
    expect(check(asking, {}, gone)).toMatchObject({ decision: 'require_approval', plan: { flow: 'admins' } });
  });

  test('an error in the rule that would name the flow is decided by on_error', () => {
    expect(check(policy, {}, [permission('stripe.*', 'require_approval')])).toMatchObject({
      decision: 'deny',
      reason_code: 'policy_error',
    });
    expect(check(policy, {}, [permission('stripe.*', 'require_approval', { flow: 'money' })]).decision).toBe(
      'require_approval',
    );
  });

  test('max_amount denies larger amounts, and the reason names both numbers', () => {
    const limited = [permission('stripe.*', 'allow', { max_amount: 500 })];
    expect(check(policy, { context: { amount: 500 } }, limited).decision).toBe('allow');
    const evaluation = check(policy, { context: { amount: 500.01 } }, limited);
    expect(evaluation).toMatchObject({ decision: 'deny', reason_code: 'policy_rule' });
    expect(evaluation.reason).toMatch(/at most 500\b.*500\.01/);
    const asked = [permission('stripe.*', 'require_approval', { max_amount: 500 })];
    expect(check(policy, { context: { amount: 501 } }, asked).decision).toBe('deny');
    expect(check(policy, { context: { amount: 499 } }, asked).decision).toBe('require_approval');
  });

  test.each([[undefined], [null], ['5'], [[5]], [true], [{ value: 5 }]])(
    'max_amount fails closed where context.amount is %j',
    (amount) => {
      const context = (amount === undefined ? {} : { amount }) as JsonObject;
      const limited = [permission('*', 'allow', { max_amount: 500 })];
      expect(check(policy, { context }, limited)).toMatchObject({ decision: 'deny', reason_code: 'policy_error' });
      const asking = policyOf('defaults: { on_error: require_approval }');
      expect(check(asking, { context }, limited).decision).toBe('require_approval');
    },
  );
});

describe('errors', () => {
  const rules = (defaults: string): string => `${defaults}
rules:
  - { id: first, action: "*", when: "context.amount <= 100.0", effect: deny }
  - { id: second, action: "*", effect: allow }
`;

  test.each([
    ['missing attribute', {}],
    ['wrong type', { amount: '50' }],
    ['null', { amount: null }],
  ] as [string, JsonObject][])('%s: on_error decides, never the next rule', (_, context) => {
    expect(check(rules(''), { context })).toMatchObject({ decision: 'deny', reason_code: 'policy_error', plan: null });
    expect(check(rules('defaults: { on_error: require_approval }'), { context })).toMatchObject({
      decision: 'require_approval',
      reason_code: null,
      plan: { flow: 'admins' },
    });
  });

  test('the reason names the rule and the missing field', () => {
    expect(check(rules('')).reason).toMatch(/^Rule first could not be evaluated: .*amount/);
    expect(check(rules('defaults: { on_error: require_approval }')).reason).toMatch(
      /^The policy could not be applied: needs 1 of role:admin\. Rule first could not be evaluated/,
    );
  });

  test('a condition that costs too much is an error too', () => {
    const text =
      'rules:\n  - { id: slow, action: "*", when: "context.l.all(x, context.l.all(y, x == y || x != y))", effect: allow }';
    expect(check(text, { context: { l: Array.from({ length: 5_000 }, (_, i) => i) } })).toMatchObject({
      decision: 'deny',
      reason_code: 'policy_error',
    });
  });
});
