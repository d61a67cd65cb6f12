import fc from 'fast-check';
import type { CalendarSpec, Json, JsonObject } from './approval';
import {
  conditionCompiler,
  ConditionError,
  conditionScope,
  MAX_CONDITION_BYTES,
  type ConditionFacts,
} from './conditions';
import { worked_ms } from './support/effort';

const london: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-fri': '09:00-17:30' } };
const compile = conditionCompiler({ london });

/** Limit for the most expensive condition on a busy machine. Alone it takes a tenth of it. */
const SWIFT_MS = 4_000;

const facts: ConditionFacts = {
  context: {},
  agent: { id: 'bot', name: 'Support bot', owner: 'usr_owner' },
  action: 'stripe.refund.large',
  requester: { id: 'usr_1', email: 'rita@acme.example', roles: ['support', 'eu'] },
  now_ms: Date.UTC(2026, 5, 8, 9, 30),
};

const holds = (source: string, context: JsonObject = {}, more: Partial<ConditionFacts> = {}): boolean => {
  const compiled = compile(source);
  if (!compiled.ok) throw new Error(`not published: ${compiled.messages.join(' | ')}`);
  return compiled.condition.holds(conditionScope({ ...facts, ...more, context }));
};

const refusal = (source: string): string => {
  const compiled = compile(source);
  return compiled.ok ? 'published' : compiled.messages.join(' | ');
};

describe('what a condition sees', () => {
  test.each([
    ['context.amount > 100.0', { amount: 100.5 }, true],
    ['context.amount > 100', { amount: 100.5 }, true],
    ['context.amount == 100', { amount: 100 }, true],
    ['context.customer.tier in ["gold", "platinum"]', { customer: { tier: 'gold' } }, true],
    ['context["odd key"] == "x"', { 'odd key': 'x' }, true],
    ['context.items.exists(i, i.price > 10.0)', { items: [{ price: 1 }, { price: 11 }] }, true],
    ['context.items.all(i, i.price > 10.0)', { items: [{ price: 1 }, { price: 11 }] }, false],
    ['size(context.items.filter(i, i > 1.0)) == 2', { items: [1, 2, 3] }, true],
    ['context.items.map(i, i * 2.0) == [2.0, 4.0]', { items: [1, 2] }, true],
    ['context.note.matches("(?i)drop\\\\s+table")', { note: 'please DROP  table' }, true],
    ['context.note.startsWith("re") && context.note.contains("fun")', { note: 'refund' }, true],
    ['context.a.b.c == null', { a: { b: { c: null } } }, true],
  ] as [string, JsonObject, boolean][])('%s over %j is %s', (source, context, expected) => {
    expect(holds(source, context)).toBe(expected);
  });

  test('the agent, the action, the requester and the clock', () => {
    expect(holds('agent.id == "bot" && agent.name == "Support bot" && agent.owner == "usr_owner"')).toBe(true);
    expect(holds('action.startsWith("stripe.")')).toBe(true);
    expect(holds('requester != null && "eu" in requester.roles && requester.email.endsWith("@acme.example")')).toBe(
      true,
    );
    expect(holds('requester == null', {}, { requester: null })).toBe(true);
    expect(holds('now > timestamp("2026-01-01T00:00:00Z") && now < timestamp(1800000000)')).toBe(true);
    expect(
      holds('now.getHours("Europe/London") == 10 && now.getHours() == 9 && now.getDayOfWeek("Europe/London") == 1'),
    ).toBe(true);
  });

  test('open() and date() read the request’s instant in the named calendar and zone', () => {
    const night = { now_ms: Date.UTC(2026, 5, 8, 23, 30) };
    expect(holds('open("london")')).toBe(true);
    expect(holds('!open("london")', {}, night)).toBe(true);
    expect(holds('date("Europe/London") == "2026-06-09" && date("UTC") == "2026-06-08"', {}, night)).toBe(true);
  });

  test('a field with the value null exists; a missing field does not', () => {
    expect(holds('has(context.a) && "a" in context && context.a == null', { a: null })).toBe(true);
    expect(holds('has(context.a) || "a" in context', {})).toBe(false);
  });

  test('keys such as `constructor` are ordinary keys', () => {
    const context = JSON.parse(
      '{"constructor": 1, "__proto__": 2, "$typeName": "google.protobuf.Timestamp", "hasOwnProperty": 3}',
    ) as JsonObject;
    expect(
      holds('context.constructor == 1.0 && context.hasOwnProperty == 3.0 && context["$typeName"] != ""', context),
    ).toBe(true);
    expect(holds('context["__proto__"] == 2.0', context)).toBe(true);
    expect(() => holds('context.toString == 1.0', {})).toThrow(ConditionError);
  });

  test('every JSON value reads back as itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        holds('context.v == context.w', { v: value as Json, w: structuredClone(value) as Json }),
      ),
      { numRuns: 300 },
    );
  });
});

describe('errors are errors, never false', () => {
  test.each([
    ['missing attribute', 'context.amount > 1.0', {}],
    ['missing attribute below one that is there', 'context.a.b.c == 1.0', { a: {} }],
    ['wrong type', 'context.amount > 1.0', { amount: '500' }],
    ['wrong type in arithmetic', 'context.amount * 2 > 1.0', { amount: 500 }],
    ['null where a number is needed', 'context.amount > 1.0', { amount: null }],
    ['an index beyond the list', 'context.items[3] == 1.0', { items: [1] }],
    ['a loop over a number', 'context.items.all(i, i > 0.0)', { items: 3 }],
    ['a field of the absent requester', 'requester.id == "x"', {}],
    ['an answer that is no boolean', 'context.amount', { amount: 1 }],
    ['an answer that is a text', '"true"', {}],
    ['an empty text as a number', 'double(context.amount) <= 100.0', { amount: '' }],
    ['a word as a number', 'double(context.amount) <= 100.0', { amount: 'Infinity' }],
    ['an empty text as a whole number', 'int(context.amount) <= 100', { amount: '' }],
    ['modulo of JSON numbers', 'context.amount % 2.0 == 0.0', { amount: 4 }],
    ['a text that is no timestamp', 'timestamp(context.at) < now', { at: 'yesterday' }],
    ['an unknown zone from the context', 'now.getHours(context.zone) > 8', { zone: 'Mars/Base' }],
  ] as [string, string, JsonObject][])('%s', (_, source, context) => {
    expect(() => holds(source, context, { requester: null })).toThrow(ConditionError);
  });

  test('an error does not matter if the other side decides, as CEL defines', () => {
    expect(holds('context.missing > 1.0 || context.env == "prod"', { env: 'prod' })).toBe(true);
    expect(holds('context.missing > 1.0 && context.env == "prod"', { env: 'dev' })).toBe(false);
  });
});

describe('refused when published', () => {
  test.each([
    ['a syntax error', 'context.amount >', /cannot be read/],
    ['an empty condition', '', /cannot be read/],
    ['an unknown variable', 'ctx.amount > 1.0', /no variable ctx; conditions see context, agent/],
    ['a member of the language underneath', 'constructor == 1', /no variable constructor/],
    ['an unknown function', 'lookup(context.a)', /no function lookup\(\)/],
    ['has() of something that is no field', 'has(context)', /has\(\) takes a field/],
    ['an unknown calendar', 'open("paris")', /no calendar paris/],
    ['a calendar from the context', 'open(context.calendar)', /open\(\) needs its argument written out/],
    ['an unknown zone', 'date("Europe/Atlantis") == ""', /no time zone Europe\/Atlantis/],
    ['a regular expression from the context', '"x".matches(context.p)', /written out/],
    ['a broken regular expression', '"x".matches("(")', /cannot be used/],
    ['a look-ahead, which RE2 has not', '"x".matches("(?=x)")', /cannot be used/],
    ['a message type', 'google.protobuf.Struct{} == context', /no type google.protobuf.Struct/],
    ['a loop variable that hides a variable', '[1].all(context, true)', /may not be called context/],
  ])('%s', (_, source, message) => {
    expect(refusal(source)).toMatch(message);
  });

  test('several faults of one condition are reported together', () => {
    expect(refusal('foo(1) && bar == 2 && open("x")')).toMatch(/foo.*bar.*calendar x/);
  });
});

/** T41: each is refused, or gives an error within a moment. */
describe('hostile conditions', () => {
  /** Expects this error after little CPU time. */
  const failsSoon = (run: () => unknown, error: RegExp): void => {
    const started = worked_ms();
    expect(run).toThrow(error);
    expect(worked_ms() - started).toBeLessThan(SWIFT_MS);
  };
  const TOO_EXPENSIVE = /costs too much/;
  const items = Array.from({ length: 20_000 }, (_, i) => i);

  test('huge expression', () => {
    expect(refusal(`context.a == "${'x'.repeat(MAX_CONDITION_BYTES)}"`)).toMatch(/longer than 2048 bytes/);
    expect(refusal(`context.a == "${'é'.repeat(1020)}"`)).toMatch(/longer than 2048 bytes/);
  });

  const TOO_NESTED = /nested more than 32 brackets deep/;
  test.each([
    ['parentheses', `${'('.repeat(1000)}true${')'.repeat(1000)}`, TOO_NESTED],
    ['lists', `size(${'['.repeat(1000)}${']'.repeat(1000)}) == 1`, TOO_NESTED],
    ['maps', `${'{1:'.repeat(500)}1${'}'.repeat(500)} == {}`, TOO_NESTED],
    ['indices', `context${'[context'.repeat(200)}${']'.repeat(200)}`, TOO_NESTED],
    ['fields', `context${'.a'.repeat(900)}`, /nested more than 100 deep/],
    ['sums', `1${'+1'.repeat(900)} == 1`, /nested more than 100 deep/],
    ['calls', `${'size('.repeat(300)}1${')'.repeat(300)} == 1`, TOO_NESTED],
    ['negations', `${'!'.repeat(2000)}context.a`, /field not found: a/],
    ['minuses', `${'-'.repeat(2000)}context.a == 1.0`, /field not found: a/],
    ['choices', `${'true?false:'.repeat(180)}context.a`, /more than 64 choices/],
    ['broken nesting', '('.repeat(2000), TOO_NESTED],
    ['unended text', `"${'\\'.repeat(2001)}`, /cannot be read/],
  ])('deep recursion of %s', (_, source, error) => {
    failsSoon(() => holds(source), error);
  });

  test('loops nested more than three deep are refused', () => {
    const nested = (depth: number): string => `${'context.items.all(x, '.repeat(depth)}x >= 0.0${')'.repeat(depth)}`;
    expect(refusal(nested(4))).toMatch(/nested more than 3 deep/);
    failsSoon(() => holds(nested(3), { items }), TOO_EXPENSIVE);
    failsSoon(() => holds(nested(2), { items }), TOO_EXPENSIVE);
    expect(holds(nested(2), { items: items.slice(0, 80) })).toBe(true);
  });

  test.each([
    ['an error in each round', 'context.items.all(x, context.items.all(y, context.missing == x))'],
    [
      'an alternative in each round',
      'context.items.exists(x, context.items.exists(y, x + y < 0.0)) || context.missing',
    ],
    ['a filter that keeps everything', 'size(context.items.filter(x, true)) == 20000'],
    ['a list that is compared in each round', 'context.items.all(x, context.items == context.items)'],
    ['a list that is searched in each round', 'context.items.all(x, x in context.items)'],
    ['a text that is searched in each round', 'context.items.all(x, !context.text.contains("b"))'],
    ['a text that is measured in each round', 'context.items.all(x, size(context.text) > 1)'],
    ['a text that is converted in each round', 'context.items.all(x, bytes(context.text) != b"")'],
    ['texts that are ordered in each round', 'context.items.all(x, context.text <= context.text)'],
    ['a zone in each round', 'context.items.all(x, now.getHours("Europe/London") > 0)'],
  ])('nested loops: %s', (_, source) => {
    failsSoon(() => holds(source, { items, text: 'a'.repeat(60_000) }), TOO_EXPENSIVE);
  });

  test.each([
    ['texts that double', `size(["a"]${'.map(x, x + x)'.repeat(60)}[0]) > 0`],
    ['lists that double', `size([[1]]${'.map(x, x + x)'.repeat(60)}[0]) > 0`],
    ['trees that double', `[[1]]${'.map(x, [x, x])'.repeat(60)} == [[1]]${'.map(x, [x, x])'.repeat(60)}`],
    ['bytes that double', `size([b"a"]${'.map(x, x + x)'.repeat(60)}[0]) > 0`],
    ['a huge text joined', `size(context.text${' + context.text'.repeat(60)}) > 0`],
  ])('growth: %s', (_, source) => {
    failsSoon(() => holds(source, { text: 'a'.repeat(120_000) }), /costs too much|grows beyond/);
  });

  test('a search for a text in the worst case', () => {
    const context = { text: 'a'.repeat(64_000), part: `b${'a'.repeat(60_000)}` };
    failsSoon(() => holds('context.text.contains(context.part)', context), TOO_EXPENSIVE);
  });

  test.each([
    ['(a*)*b', 'a'.repeat(120_000)],
    ['(a|a)*b', 'a'.repeat(120_000)],
    ['(x+x+)+y', 'x'.repeat(120_000)],
    ['^(a?){50}a{50}$', 'a'.repeat(49)],
  ])('hostile regular expression %s', (pattern, text) => {
    const started = worked_ms();
    try {
      expect(holds(`context.text.matches("${pattern}")`, { text })).toBe(false);
    } catch (error) {
      expect(error).toBeInstanceOf(ConditionError);
    }
    expect(worked_ms() - started).toBeLessThan(SWIFT_MS);
  });

  test('a hostile regular expression that grows is refused', () => {
    expect(refusal('"x".matches("(a?){500}a{500}")')).toMatch(/too large/);
    expect(refusal('"x".matches("((a{10}){10}){100}")')).toMatch(/cannot be used/);
    expect(refusal('"x".matches("[\\\\p{L}]{1000}")')).toMatch(/too large/);
  });

  test('a large expression over a long text is an error, a small one is not', () => {
    const text = 'a'.repeat(120_000);
    expect(() => holds('context.text.matches("[\\\\p{L}]{400}$")', { text })).toThrow(/costs too much/);
    expect(holds('context.text.matches("b+")', { text })).toBe(false);
  });

  test('a used-up budget is an error even if an alternative would be true', () => {
    expect(() => holds('context.items.all(x, context.items.all(y, true)) || true', { items })).toThrow(
      /costs too much/,
    );
  });

  test('all conditions of one check share a budget', () => {
    const compiled = compile('context.items.all(x, context.items.all(y, true))');
    if (!compiled.ok) throw new Error('not published');
    const scope = conditionScope({ ...facts, context: { items: items.slice(0, 80) } });
    expect(compiled.condition.holds(scope)).toBe(true);
    const again = Array.from({ length: 10 }, () => {
      try {
        return compiled.condition.holds(scope);
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(again.at(-1)).toBe('ConditionError');
  });

  test('any text is either refused or gives true, false or a ConditionError', () => {
    const word = fc.constantFrom(
      ...'context.a context.b agent.id action requester now ( ) [ ] { } + - * / % ! && || == != < <= in ? : , 1 2.5 "t" true null has( size( .all(x, .map(x, x open("london") date("UTC") .matches("a") string( int( type( dyn('.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), (words) => {
        const compiled = compile(words.join(' '));
        if (!compiled.ok) return compiled.messages.length > 0;
        try {
          return (
            typeof compiled.condition.holds(conditionScope({ ...facts, context: { a: 1, b: ['t'] } })) === 'boolean'
          );
        } catch (error) {
          return error instanceof ConditionError;
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
