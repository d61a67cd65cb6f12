import { parsePolicy } from '../policy';
import { errorsOf } from './support/read';
import { worked_ms } from '../support/effort';

/** A document of the largest allowed size. */
const filled = (head: string, piece: string, tail = ''): string =>
  head + piece.repeat(Math.floor((262_144 - head.length - tail.length) / piece.length)) + tail;

const rules = (count: number, more: (i: number) => string): string =>
  `rules:\n${Array.from({ length: count }, (_, i) => `  - { id: r${i}, action: a.b, effect: deny, ${more(i)} }\n`).join('')}`;

const when = (source: string): string => `when: ${JSON.stringify(source)}`;

/** The slowest takes some 300 ms alone; without a budget each took from seconds to hours. */
const LONG_MS = 4_000;

describe('the cost of reading a document', () => {
  test.each([
    ['a list of a hundred thousand', filled('[', 'a,', ']'), /more than 50000 words and signs/],
    ['lines with nothing on them', filled('a: 1\n', '#\n'), /more than 50000 words and signs/],
    ['lists in lists', filled('', '['), /nested too deeply/],
    ['dashes in a line', '- '.repeat(24_000), /nested too deeply/],
    ['keys in a line', '? '.repeat(24_000), /nested too deeply/],
    ['colons in a line', 'a: '.repeat(12_000), /nested too deeply/],
    ['steps to the right', Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), /nested too deeply/],
    ['a long name above many', `{"levels": {"${'a'.repeat(100_000)}": [${'1,'.repeat(10_000)}1]}}`, /is not a name/],
    ['dots in a name', `calendars:\n  c: { "${'a.'.repeat(120_000)}": x }`, /is not known/],
    ['brackets that do not close', rules(200, () => when('('.repeat(1_200))), /nested more than 32 brackets deep/],
    ['brackets around nothing', rules(200, () => when(`${'('.repeat(31)}@${')'.repeat(31)}`)), /mend those first/],
    [
      'long conditions',
      rules(200, () => when('1==1||'.repeat(200) + 'true')),
      /conditions together have more than 49152/,
    ],
    [
      'regular expressions',
      rules(200, (i) => when(Array.from({ length: 8 }, (_, j) => `action.matches('(a{1,90})${i}_${j}')`).join('||'))),
      /more than 200 different regular expressions/,
    ],
    [
      'time zones',
      rules(200, (i) => when(`date('Z/${i}') == date('Y/${i}') || date('X/${i}') == ''`)),
      /there is no time zone/,
    ],
    ['names that nearly exist', nearlyNamed(), /did you mean/],
    ['names that do not exist', nearlyNamed('qqqqqqqq'), /does not exist/],
  ])('%s', (_, text, expected) => {
    const started = worked_ms();
    const parsed = parsePolicy(text);
    expect(worked_ms() - started).toBeLessThan(LONG_MS);
    expect(parsed).toMatchObject({ ok: false });
    expect(errorsOf(text).join('\n')).toMatch(expected);
  });

  test.each([
    ['201 flows', `flows:\n${named(201, 'levels: [{ name: a, approvers: [role:x] }]')}`, /has 201 flows, at most 200/],
    ['201 named levels', `levels:\n${named(201, 'approvers: [role:x]')}`, /has 201 levels, at most 200/],
    ['201 calendars', `calendars:\n${named(201, 'timezone: UTC, hours: { mon: "09:00-17:00" }')}`, /has 201 calendars/],
    ['51 approvers', `levels:\n  a: { approvers: [${'role:x,'.repeat(51)}] }`, /has 51 .*at most 50.*make a role/],
    ['51 patterns', `rules:\n  - { id: r, action: [${'a,'.repeat(51)}], effect: deny }`, /has 51 patterns/],
    [
      '11 added levels',
      `guardrails:\n  - { id: g, action: a, add_levels: [${'l,'.repeat(11)}] }`,
      /has 11 .*at most 10/,
    ],
    ['20 faulty conditions', rules(21, () => when('a b')), /rules.20.when@22: was not read: 20 conditions before it/],
  ])('%s are too many', (_, text, expected) => {
    expect(errorsOf(text).join('\n')).toMatch(expected);
  });

  test('two hundred rules and two hundred guardrails, written at length, are a policy', () => {
    const section = (what: string): string =>
      `${what}:\n${Array.from(
        { length: 200 },
        (_, i) => `  - id: ${what}-${i}
    agent: [support-bot, "*-support-bot"]
    action: [stripe.refund${i}.*, payout.create]
    when: 'context.amount <= (has(context.customer_ltv) && context.customer_ltv > 10000.0 ? ${i}.0 : 100.0)'
    effect: require_approval
    flow: flow-${i}
    risk: medium
    reason: Refunds above your limit are looked at by support leads
`,
      ).join('')}`;
    const text = `${section('rules')}${section('guardrails')}flows:\n${named(200, 'levels: [{ name: a, approvers: [role:x] }]', 'flow-')}`;
    expect(errorsOf(text)).toEqual([]);
  });
});

function named(count: number, section: string, prefix = 'n'): string {
  return Array.from({ length: count }, (_, i) => `  ${prefix}${i}: { ${section} }\n`).join('');
}

/** Each rule names a flow, and each flow is near or far. */
function nearlyNamed(flow?: string): string {
  const long = 'f'.repeat(58);
  return `flows:\n${named(200, 'levels: [{ name: a, approvers: [role:x] }]', long)}${rules(200, (i) => `flow: ${flow ?? `${long}x${i}`}`)}`;
}
