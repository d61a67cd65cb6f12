import fc from 'fast-check';
import type { JsonObject } from '../approval';
import { parsePolicy, policyToJson } from '../policy';
import { policyOf } from '../policy/support/read';
import { check, levelsOf, NOON_MS } from './support/check';
import type { Evaluation } from './types';

/** Every part of the language in one document. */
const DOCUMENT = `
version: 1
defaults:
  effect: deny
  flow: admins
  ttl: 7d
  valid_for: 24h
  risk: medium
  on_error: deny
calendars:
  london:
    timezone: Europe/London
    hours: { mon-thu: "09:00-17:30", fri: "09:00-12:30,13:30-17:00" }
    holidays: ["2026-12-25"]
    special: { "2026-12-24": "09:00-13:00" }
guardrails:
  - id: never-drop-prod
    action: db.drop_*
    when: 'context.env == "prod"'
    effect: deny
    reason: Production tables are dropped by hand, by two people
  - id: sane-amount
    action: ["stripe.refund.*", payout.create]
    when: 'context.amount <= 0.0'
    effect: deny
  - id: big-money
    action: payout.create
    when: 'context.amount > 100000.0 || !open("london")'
    add_levels: [cfo]
    risk: critical
rules:
  - id: small-refund
    agent: [support-bot, "*-support-bot"]
    action: stripe.refund.*
    when: 'context.amount <= (has(context.customer_ltv) && context.customer_ltv > 10000.0 ? 500.0 : 100.0)'
    effect: allow
  - id: refund
    action: [stripe.refund.*, payout.create]
    effect: require_approval
    flow: refund
    ttl: 5d
    valid_for: 8h
    risk: medium
    reason: Refunds above your limit are looked at by support leads
levels:
  cfo: { approvers: [user:cfo@acme.example], approve: 1, fallback: [role:ceo], assurance: session }
flows:
  admins:
    levels: [{ name: admins, approvers: [role:admin], approve: 1 }]
  refund:
    calendar: london
    separation:
      exclude: [requester, on_behalf_of, context.author]
      require: [context.author]
      same_person_across_levels: forbid
    notify: [email, "slack:#refunds"]
    levels:
      - name: team
        paths:
          - { approvers: [role:support-lead], approve: 2 }
          - { approvers: [role:head-of-support], approve: 1 }
        deny: 1
      - name: finance
        stage: 2
        when: 'context.amount > 1000.0'
        approvers: [role:finance, user:ana@acme.example]
        approve: 2
        veto: [role:risk]
        fallback: [role:finance-manager]
        comment: { on_deny: required }
        assurance: session
        timing:
          expire_in: 2bd
          on_expire: deny
          remind: { every: 4bh, max: 3 }
          escalate:
            - { after: 4bh, add: [role:finance-manager] }
            - { after: 1bd, replace: [role:finance-director], extend: 1bd }
        delegation: true
      - { use: cfo, stage: 3 }
`;

const policy = policyOf(DOCUMENT);
const answer = (action: string, context: JsonObject, agent = 'support-bot', now_ms = NOON_MS): Evaluation =>
  check(policy, { action, context, agent: { id: agent, name: agent, owner: null }, now_ms });

const refund = { amount: 700, author: 'ana@acme.example' };

test('it is published, with a warning for the level that can outlive its ttl', () => {
  const parsed = parsePolicy(DOCUMENT);
  expect(parsed).toMatchObject({ ok: true, warnings: [{ path: 'flows.refund.levels.1' }] });
});

test('its JSON is published again as the same policy', () => {
  const json = policyToJson(policy) as { flows: { refund: { levels: unknown[] } } };
  expect(json.flows.refund.levels).toHaveLength(3);
  expect(json).toMatchObject({
    version: 1,
    defaults: { on_error: 'deny' },
    rules: [{ id: 'small-refund' }, { id: 'refund' }],
  });
});

describe('a small refund is allowed by itself', () => {
  test.each([
    ['up to 100', { amount: 100 }, 'allow'],
    ['not above it', { ...refund, amount: 100.01 }, 'require_approval'],
    ['up to 500 for a customer of value', { amount: 500, customer_ltv: 10_001 }, 'allow'],
    ['not for one of less', { ...refund, amount: 500, customer_ltv: 10_000 }, 'require_approval'],
    ['not when it is nothing', { amount: 0 }, 'deny'],
    ['not without an amount', {}, 'deny'],
  ] as [string, JsonObject, string][])('%s', (_, context, expected) => {
    expect(answer('stripe.refund.create', context).decision).toBe(expected);
  });

  test('only for the support bots', () => {
    expect(answer('stripe.refund.create', { amount: 5 }, 'eu-support-bot').decision).toBe('allow');
    expect(answer('stripe.refund.create', { amount: 5, author: 'a@b.example' }, 'sales-bot').decision).toBe(
      'require_approval',
    );
  });
});

describe('a refund is asked about', () => {
  test('by the team, and by finance above 1000, and by the chief', () => {
    expect(levelsOf(answer('stripe.refund.create', refund))).toEqual(['1 team', '2 finance skipped', '3 cfo']);
    expect(levelsOf(answer('stripe.refund.create', { ...refund, amount: 1001 }))).toEqual([
      '1 team',
      '2 finance',
      '3 cfo',
    ]);
  });

  test('for five days of wall time, and can be consumed for eight hours', () => {
    const { plan } = answer('stripe.refund.create', refund);
    expect(plan).toMatchObject({ expires_at_ms: NOON_MS + 5 * 86_400_000, valid_for_ms: 8 * 3_600_000 });
  });

  test('in business time of its flow’s calendar, which the plan carries', () => {
    const { plan } = answer('stripe.refund.create', refund);
    expect(plan?.calendars).toEqual({
      london: expect.objectContaining({ timezone: 'Europe/London', holidays: ['2026-12-25'] }),
    });
    expect(plan?.levels.map((level) => level.timing.calendar)).toEqual(['london', 'london', 'london']);
    expect(plan?.levels[1]?.timing).toMatchObject({
      expire_in: '2bd',
      on_expire: 'deny',
      remind: { every: '4bh', max: 3 },
    });
  });

  test('on the channels of the flow', () => {
    const { plan } = answer('stripe.refund.create', refund);
    expect(plan?.levels.map((level) => level.notify)).toEqual(Array(3).fill(['email', 'slack:#refunds']));
  });

  test('without its author, who must be known', () => {
    const { plan } = answer('stripe.refund.create', refund);
    expect(plan).toMatchObject({ require: ['ana@acme.example'], separation: { excluded: ['ana@acme.example'] } });
    expect(answer('stripe.refund.create', { amount: 700 })).toMatchObject({
      decision: 'deny',
      reason_code: 'policy_error',
    });
  });

  test('with a reason that names roles and counts people', () => {
    expect(answer('stripe.refund.create', { ...refund, amount: 5000 }).reason).toBe(
      'Rule refund: needs 2 of role:support-lead or 1 of role:head-of-support, then 2 of (role:finance, a named person), ' +
        'then a named person. Refunds above your limit are looked at by support leads',
    );
  });
});

describe('guardrails', () => {
  test('production tables are never dropped', () => {
    expect(answer('db.drop_table', { env: 'prod' })).toMatchObject({
      decision: 'deny',
      reason: 'Guardrail never-drop-prod: Production tables are dropped by hand, by two people',
      reason_code: 'guardrail',
    });
    expect(answer('db.drop_table', { env: 'test' }).reason_code).toBe('no_rule');
  });

  test('big money, and money at night, is critical and asks the chief, once', () => {
    const night_ms = NOON_MS + 9 * 3_600_000;
    for (const evaluation of [
      answer('payout.create', { ...refund, amount: 100_001 }),
      answer('payout.create', { ...refund, amount: 1001 }, 'support-bot', night_ms),
    ]) {
      expect(evaluation).toMatchObject({ decision: 'require_approval', guardrails: ['big-money'], risk: 'critical' });
      expect(levelsOf(evaluation)).toEqual(['1 team', '2 finance', '3 cfo']);
    }
    expect(answer('payout.create', refund)).toMatchObject({ guardrails: [], risk: 'medium' });
  });
});

test('every request gets a result, and only a small valid amount allows a refund', () => {
  const amount = fc.oneof(fc.integer({ min: -10, max: 600 }), fc.jsonValue());
  const context = fc.record(
    { amount, customer_ltv: amount, author: fc.jsonValue(), env: fc.jsonValue() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.constantFrom('stripe.refund.create', 'payout.create', 'db.drop_table', 'other'),
      context,
      (action, of) => {
        const evaluation = answer(action, of as JsonObject);
        if (evaluation.decision === 'deny') return expect(evaluation.reason_code).not.toBeNull();
        if (evaluation.decision === 'require_approval') return expect(typeof of.author).not.toBe('number');
        expect(of.amount).toBeGreaterThan(0);
        expect(of.amount).toBeLessThanOrEqual(
          typeof of.customer_ltv === 'number' && of.customer_ltv > 10_000 ? 500 : 100,
        );
      },
    ),
    { numRuns: 5_000 },
  );
});
