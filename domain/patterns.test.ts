import fc from 'fast-check';
import {
  actionPatternFault,
  agentPatternFault,
  bySpecificity,
  matchesAgent,
  matchesPattern,
  patternsMeet,
} from './patterns';
import { worked_ms } from './support/effort';

describe('matching', () => {
  test.each([
    ['stripe.refund.*', 'stripe.refund.large', true],
    ['stripe.refund.*', 'stripe.refund.large.eu', true],
    ['stripe.refund.*', 'stripe.refund', false],
    ['stripe.*.large', 'stripe.refund.large', true],
    ['stripe.*.large', 'stripe.refund.eu.large', false],
    ['*.refund', 'stripe.refund', true],
    ['*.refund', 'eu.stripe.refund', false],
    ['*', 'stripe.refund', true],
    ['db.drop_*', 'db.drop_table', true],
    ['db.drop_*', 'db.drop_table.now', true],
    ['db.drop_*', 'db.drop', false],
    ['db.*_table', 'db.drop_table', true],
    ['db.*_table', 'db.drop_table.now', false],
    ['a*b*c', 'axbxbxc', true],
    ['a*b*c', 'axbxb', false],
    ['payout.create', 'payout.create', true],
    ['payout.create', 'payout.created', false],
    ['payout.create', 'Payout.create', false],
    ['*-support-bot', 'eu-support-bot', true],
    ['*-support-bot', 'support-bot', false],
  ])('%s against %s is %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  test('special characters of regular expressions stand for themselves', () => {
    expect(matchesPattern('a+b', 'aab')).toBe(false);
    expect(matchesPattern('a.b', 'axb')).toBe(false);
    expect(matchesPattern('(a)', '(a)')).toBe(true);
  });

  test('an agent is matched by its id or its name, by one of several patterns', () => {
    const agent = { id: 'agt_1', name: 'eu-support-bot' };
    for (const patterns of [['agt_1'], ['eu-support-bot'], ['*-support-bot'], ['other', 'agt_*']])
      expect(matchesAgent(patterns, agent)).toBe(true);
    for (const patterns of [[], ['agt_2'], ['support-bot', 'us-*']]) expect(matchesAgent(patterns, agent)).toBe(false);
  });

  test('hostile names do not make it slow', () => {
    const started = worked_ms();
    expect(matchesPattern(`${'a*'.repeat(60)}b`, 'a'.repeat(128))).toBe(false);
    expect(worked_ms() - started).toBeLessThan(4_000); // a pattern that backtracks takes years
  });

  const segment = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 3 });
  const pattern = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('.'));
  const name = pattern.map((text) => text.replaceAll('*', 'a'));

  test('agrees with the equivalent regular expression', () => {
    fc.assert(
      fc.property(pattern, name, (glob, text) => {
        const inner = glob.replace(/\*+$/, '').replaceAll('.', '\\.').replace(/\*+/g, '[^.]*');
        const expected = new RegExp(`^${inner}${glob.endsWith('*') ? '.*' : ''}$`).test(text);
        return matchesPattern(glob, text) === expected;
      }),
      { numRuns: 3_000 },
    );
  });

  test('two patterns that match one name meet', () => {
    fc.assert(
      fc.property(pattern, pattern, name, (a, b, text) => {
        if (matchesPattern(a, text) && matchesPattern(b, text))
          expect([a, b, patternsMeet(a, b)]).toEqual([a, b, true]);
      }),
      { numRuns: 5_000 },
    );
  });
});

test.each([
  ['stripe.refund.*', 'stripe.refund.large', true],
  ['stripe.*', 'payout.*', false],
  ['*.large', 'stripe.*', true],
  ['*.large', 'stripe.small', false],
  ['stripe.refund', 'stripe.refund.*', false],
  ['a*c', 'ab*', true],
  ['a*c', 'b*c', false],
  ['*', 'x.y.z', true],
])('%s and %s meet: %s', (a, b, expected) => {
  expect([patternsMeet(a, b), patternsMeet(b, a)]).toEqual([expected, expected]);
});

test('the most specific pattern comes first: exact, then the longest literal prefix, then the most letters', () => {
  const sorted = ['*', 'stripe.*', 'stripe.refund.*', 'stripe.refund.large', 'stripe.*.large', 'stripe.refund.l*'].sort(
    bySpecificity,
  );
  expect(sorted).toEqual([
    'stripe.refund.large',
    'stripe.refund.l*',
    'stripe.refund.*',
    'stripe.*.large',
    'stripe.*',
    '*',
  ]);
});

test('faults of patterns say how to write them', () => {
  expect(actionPatternFault('stripe.refund.*')).toBeNull();
  expect(actionPatternFault('*')).toBeNull();
  for (const wrong of ['', 'a..b', '.a', 'a.', 'a b', 'a/b', 'é'])
    expect(actionPatternFault(wrong)).toMatch(/dotted segments/);
  expect(actionPatternFault('a'.repeat(129))).toMatch(/longer than 128/);
  expect(agentPatternFault('*-support-bot')).toBeNull();
  expect(agentPatternFault('Support bot 2')).toBeNull();
  for (const wrong of ['', ' a', 'a\n', '\u0000']) expect(agentPatternFault(wrong)).toMatch(/agent id or name/);
  expect(agentPatternFault('a'.repeat(129))).toMatch(/longer than 128/);
});
