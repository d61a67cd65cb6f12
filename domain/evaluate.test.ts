import fc from 'fast-check';
import { RISKS, type JsonObject, type LevelSpec } from './approval';
import { evaluate, type Evaluation } from './evaluate';
import { NOON_MS, request } from './evaluate/support/check';
import { parsePolicy, type Permission, type Policy } from './policy';

const STRICTNESS = { allow: 0, require_approval: 1, deny: 2 };
const runs = { numRuns: 10_000 };

/** Depending on the context, each is true, false or an error. */
const when = fc.constantFrom(
  undefined,
  'context.a',
  '!context.a',
  'context.n > 5.0',
  'context.n',
  'has(context.n) && context.n > 1.0',
);
const action = fc.constantFrom('pay.out', 'pay.*', '*', 'other.thing');
const flow = fc.constantFrom(undefined, 'one', 'two', 'picky', 'admins');
const risk = fc.constantFrom(undefined, 'low', 'high', 'critical');
const optional = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;

const rule = fc.record({ action, when, effect: fc.constantFrom('allow', 'deny', 'require_approval'), flow, risk });
const guardrail = fc.record({
  action,
  when,
  effect: fc.constantFrom(undefined, 'deny', 'require_approval'),
  flow,
  risk: fc.constantFrom('low', 'high', 'critical'),
  add_levels: fc.subarray(['boss', 'choosy', 'shared']),
});
const permission = fc.record({
  agent_id: fc.constantFrom('support-bot', 'other'),
  action,
  effect: fc.constantFrom<Permission['effect']>('allow', 'deny', 'require_approval'),
  flow: fc.constantFrom(null, 'one', 'picky', 'gone'),
  max_amount: fc.constantFrom(null, 3),
});
const context = fc
  .record({
    a: fc.constantFrom(undefined, true, false, 'x'),
    n: fc.constantFrom(undefined, 2, 9, 'x'),
    amount: fc.constantFrom(undefined, 1, 5, '1'),
  })
  .map((value) => optional(value) as JsonObject);
const defaults = fc.record({
  effect: fc.constantFrom('deny', 'require_approval'),
  on_error: fc.constantFrom('deny', 'require_approval'),
  flow: fc.constantFrom('admins', 'one', 'picky'),
});

const levels = {
  boss: { approvers: ['role:boss'] },
  choosy: { approvers: ['role:choosy'], when: 'context.a' },
  shared: { approvers: ['role:shared'] },
};
const flows = {
  one: { levels: [{ name: 'first', approvers: ['role:one'] }] },
  two: { levels: [{ name: 'first', approvers: ['role:one'], when: 'context.n > 5.0' }, { use: 'shared' }] },
  picky: {
    levels: [
      { name: 'picky', approvers: ['role:picky'], when: 'context.a' },
      { use: 'shared', when: 'context.n > 5.0' },
    ],
  },
};

type Written = Record<string, unknown>;
const read = (document: { defaults: Written; rules: Written[]; guardrails: Written[] }): Policy => {
  const numbered = (items: Written[]): Written[] => items.map((item, i) => ({ id: `i${i}`, ...optional(item) }));
  const text = JSON.stringify({
    ...document,
    levels,
    flows,
    rules: numbered(document.rules),
    guardrails: numbered(document.guardrails),
  });
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
};

const check = (policy: Policy, permissions: Permission[], of: JsonObject): Evaluation =>
  evaluate({ policy, permissions }, request({ action: 'pay.out', context: of }));

const open = (evaluation: Evaluation): LevelSpec[] => (evaluation.plan?.levels ?? []).filter((level) => !level.skipped);

/** Parsed once, because parsing is slow and the tests are about evaluation. */
const POLICIES = 250;

const policies = fc
  .sample(
    fc.record({
      defaults,
      rules: fc.array(rule, { maxLength: 4 }),
      guardrails: fc.array(guardrail, { maxLength: 3 }),
      extra: guardrail,
      at: fc.nat(3),
    }),
    { numRuns: POLICIES, seed: 7 },
  )
  .map(({ extra, at, ...document }) => {
    const more = [...document.guardrails];
    more.splice(at, 0, extra);
    return { document, policy: read(document), tightened: read({ ...document, guardrails: more }) };
  });

const cases = fc.record({
  pair: fc.constantFrom(...policies),
  permissions: fc.uniqueArray(permission, {
    maxLength: 3,
    selector: ({ agent_id, action: of }) => `${agent_id} ${of}`,
  }),
  of: context,
});

test('adding a guardrail never makes an outcome more permissive', () => {
  fc.assert(
    fc.property(cases, ({ pair, permissions, of }) => {
      const before = check(pair.policy, permissions, of);
      const after = check(pair.tightened, permissions, of);
      expect(STRICTNESS[after.decision]).toBeGreaterThanOrEqual(STRICTNESS[before.decision]);
      if (before.decision !== 'require_approval' || after.decision !== 'require_approval') return;
      expect(RISKS.indexOf(after.risk)).toBeGreaterThanOrEqual(RISKS.indexOf(before.risk));
      // Only levels add up. Of several flows one applies, and publishing warns of that.
      const { flow: usual } = pair.policy.defaults;
      if (
        pair.tightened.guardrails.some((each) => each.effect === 'require_approval' && (each.flow ?? usual) !== usual)
      )
        return;
      const kept = open(after).map(({ name }) => name);
      for (const level of open(before)) expect(kept).toContain(level.name);
      expect(after.plan!.expires_at_ms).toBeLessThanOrEqual(before.plan!.expires_at_ms);
      expect(after.plan!.separation.excluded).toEqual(expect.arrayContaining(before.plan!.separation.excluded));
    }),
    runs,
  );
});

test('a policy error is never allow', () => {
  const broken = fc.constantFrom(
    '[{"action": "*", "effect": "allow", "when": "context.missing"}]',
    '[{"action": "*", "effect": "allow", "when": "context.text > 1.0"}]',
    '[{"action": "*", "effect": "deny", "when": "context.missing.deeper == 1.0"}, {"action": "*", "effect": "allow"}]',
    '[{"action": "*", "effect": "deny", "when": "context.list.all(x, context.list.all(y, x + y >= 0.0))"}, {"action": "*", "effect": "allow"}]',
  );
  fc.assert(
    fc.property(broken, fc.constantFrom('deny', 'require_approval'), (rules, on_error) => {
      const policy = read({ defaults: { on_error }, rules: JSON.parse(rules) as Written[], guardrails: [] });
      const evaluation = check(policy, [], { text: 'x', list: Array.from({ length: 400 }, (_, i) => i) });
      expect(evaluation.decision).toBe(on_error);
      expect(evaluation.reason_code).toBe(on_error === 'deny' ? 'policy_error' : null);
    }),
    { numRuns: 60 },
  );
});

test('a plan has a level that is not skipped, and ends after it begins', () => {
  fc.assert(
    fc.property(cases, ({ pair, permissions, of }) => {
      const evaluation = check(pair.tightened, permissions, of);
      expect(evaluation.reason).not.toBe('');
      if (evaluation.decision !== 'require_approval') return expect(evaluation.plan).toBeNull();
      expect(open(evaluation).length).toBeGreaterThan(0);
      expect(new Set(evaluation.plan!.levels.map(({ name }) => name)).size).toBe(evaluation.plan!.levels.length);
      const stages = evaluation.plan!.levels.map(({ stage }) => stage);
      expect(stages).toEqual([...stages].sort((a, b) => a - b));
      expect(evaluation.plan!.expires_at_ms).toBeGreaterThan(NOON_MS);
      expect(evaluation.reason_code).toBeNull();
    }),
    runs,
  );
});

test('the same check gives the same evaluation', () => {
  fc.assert(
    fc.property(cases, ({ pair, permissions, of }) => {
      expect(check(pair.policy, [...permissions].reverse(), of)).toEqual(check(pair.policy, permissions, of));
    }),
    { numRuns: 2_000 },
  );
});
