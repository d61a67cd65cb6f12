import fc from 'fast-check';
import type { Json, JsonObject } from '../domain/approval';
import { contentsOf, countOf, decisive, linesOf } from './context';
import { worked_ms } from '../domain/support/effort';

const FROM = { timezone: 'Europe/London', now_ms: Date.UTC(2026, 9, 23, 13, 20) };
const lines = (object: JsonObject): string[] =>
  linesOf(contentsOf(object, FROM).fields).map(({ path, value }) => `${path}: ${value}`);

describe('the exact context', () => {
  it('stands in the order of its canonical JSON, nested parts too', () => {
    expect(lines({ b: { z: 1, a: [true, { y: null }] }, a: 'x', Z: 2, é: 3 })).toEqual([
      'Z: 2',
      'a: x',
      'b › a › 1: true',
      'b › a › 2 › y: null',
      'b › z: 1',
      'é: 3',
    ]);
  });

  it.each<[Json, string]>([
    ['500', '"500"'],
    [500, '500'],
    ['true', '"true"'],
    ['', '""'],
    [' x', '" x"'],
    ['x\n', '"x\n"'],
    ['"x"', '""x""'],
    ['{}', '"{}"'],
    [{}, '{}'],
    [[], '[]'],
    [1e21, '1e+21'],
    [-0, '0'],
    ['007', '007'],
    ['line\nline', 'line\nline'],
  ])('shows %j as %s, so that no two types look alike', (value, text) =>
    expect(lines({ key: value })).toEqual([`key: ${text}`]),
  );

  it('has a line for everything, whatever the context is', () => {
    const count = (value: Json): number => {
      if (typeof value !== 'object' || value === null) return 1;
      const parts = Object.values(value);
      return parts.length === 0 ? 1 : parts.reduce<number>((sum, part) => sum + count(part), 0);
    };
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json),
          { maxKeys: 8 },
        ),
        (object) => {
          fc.pre(Object.values(object).every((value) => count(value) <= 20));
          const contents = contentsOf(object, FROM);
          const expected = Object.values(object).reduce<number>((sum, value) => sum + count(value), 0);
          expect(contents.count).toBe(expected);
          expect(countOf(contents.fields)).toBe(expected);
        },
      ),
    );
  });

  it('shows keys that JavaScript would rather hide', () => {
    expect(lines(JSON.parse('{"__proto__":"x","constructor":"y","":"z"}') as JsonObject)).toEqual([
      ': z',
      '__proto__: x',
      'constructor: y',
    ]);
  });

  it('shows a long list of bare values as one value, as JSON', () => {
    const ids = Array.from({ length: 30 }, (_, i) => (i === 7 ? 'a\u202eb' : i));
    const contents = contentsOf({ ids, few: [1, 2] }, FROM);
    expect(linesOf(contents.fields).map(({ path }) => path)).toEqual(['few › 1', 'few › 2', 'ids']);
    expect(contents.fields[1]!.value).toMatch(/^\[0,1,2.*"a⟦U\+202E⟧b".*29\]$/);
    expect(contents.count).toBe(3);
    expect(contents.warnings).toEqual([{ kind: 'hidden_characters', detail: 'U+202E', where: 'ids' }]);
  });

  it.each<[string, JsonObject]>([
    ['numbers around one object', { x: [...Array.from({ length: 60_000 }, () => 0), { a: 1 }] }],
    ['empty lists', { x: Array.from({ length: 40_000 }, () => []) }],
    ['many lists of a few', { x: [{ a: 1 }, ...Array.from({ length: 10_000 }, () => [0, 0, 0])] }],
    [
      'a long list in a long list in a long list …',
      {
        x: Array.from({ length: 30 }).reduce<Json>((inner) => [inner, ...Array.from({ length: 1_900 }, () => 0)], {
          a: 1,
        }),
      },
    ],
  ])('makes no page of thousands of rows of %s', (_, context) =>
    expect(linesOf(contentsOf(context, FROM).fields).length).toBeLessThanOrEqual(3_000),
  );

  it('shows and judges the objects in a list that is too long for rows', () => {
    const zeros = Array.from({ length: 3_000 }, () => 0);
    const { fields, warnings } = contentsOf({ x: [...zeros, { 'to\u200b': ['pаy'] }] }, FROM);
    expect(fields[0]!.value).toMatch(/,0,{"to⟦U\+200B⟧":\["pаy"\]}\]$/);
    expect(warnings.map(({ kind, where }) => `${kind} ${where}`)).toEqual(['hidden_characters x', 'mixed_scripts x']);
  });

  it('gives each object of a list its rows, up to all the keys that a context may have', () => {
    const context = { items: Array.from({ length: 998 }, (_, i) => ({ sku: i })), more: [{ a: 1 }] };
    expect(linesOf(contentsOf(context, FROM).fields)).toHaveLength(999);
  });

  it('keeps every row of a long list that holds objects', () => {
    const contents = contentsOf({ items: Array.from({ length: 30 }, (_, i) => ({ sku: i })) }, FROM);
    expect(contents.count).toBe(30);
  });

  it('warns about keys as about values, and says where, once', () => {
    const { warnings } = contentsOf({ pаy: { 'a\u200b': 'b\u200b' } }, FROM);
    expect(warnings).toEqual([
      { kind: 'mixed_scripts', detail: 'pаy: Cyrillic а U+0430', where: 'pаy' },
      { kind: 'hidden_characters', detail: 'U+200B', where: 'pаy › a⟦U+200B⟧' },
    ]);
  });

  it('puts money, dates and hosts beside the raw value', () => {
    const { fields } = contentsOf({ amount: 500, currency: 'EUR', pr: 'see https://github.com/acme/x' }, FROM);
    expect(fields[0]).toMatchObject({ key: 'amount', value: '500', hint: '€500.00' });
    expect(fields[2]!.links).toEqual([{ host: 'github.com', href: 'https://github.com/acme/x' }]);
  });

  it('takes a hostile 128 kB in well under a second', () => {
    const hostile = { a: 'pа '.repeat(20_000), b: '\u200d'.repeat(20_000), c: Array.from({ length: 20_000 }, () => 1) };
    const started = worked_ms();
    contentsOf(hostile, FROM);
    expect(worked_ms() - started).toBeLessThan(2_000);
  });
});

describe('the decisive fields', () => {
  it('are money, then what names a target, then the first', () => {
    const of = (object: JsonObject): string[] => decisive(contentsOf(object, FROM)).map(({ path }) => path);
    expect(of({ a: 1, amount: 500, currency: 'EUR', environment: 'prod' })).toEqual(['amount', 'environment']);
    expect(of({ a: 1, b: 2, c: 3 })).toEqual(['a', 'b']);
    expect(of({ long: 'x'.repeat(100), ok: 1, bad: 'a\u202e' })).toEqual(['ok']);
  });
});
