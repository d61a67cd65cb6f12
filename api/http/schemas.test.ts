import type { z } from 'zod';
import {
  Action,
  AgentRef,
  atMost,
  Comment,
  Digest,
  JsonObjectSchema,
  Name,
  NewAgentId,
  oneOf,
  PageQuery,
  text,
  Wait,
  When,
} from './schemas';

const good = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

describe('what a field takes', () => {
  test.each<[string, z.ZodType, unknown[], unknown[]]>([
    [
      'an action',
      Action,
      ['a', 'stripe.refund.large', 'A_b-1.c', 'x'.repeat(128)],
      ['', '.', 'a.', '.a', 'a..b', 'a b', 'a*', 'ä', 'x'.repeat(129), 5, null],
    ],
    [
      'a new agent id',
      NewAgentId,
      ['a', '9', 'a.b_c-D', 'x'.repeat(64)],
      ['', '-a', '.a', 'a b', 'a/b', 'x'.repeat(65), 'ä'],
    ],
    ['a reference to an agent', AgentRef, ['Support bot', 'ä'], ['', 'a\nb', 'a\0', '\ud800', 'x'.repeat(129)]],
    ['a name', Name, ['Ana', '  Ana  ', '王'], ['', '   ', 'a\tb', 'x'.repeat(121)]],
    ['a comment', Comment, ['', 'line\nline', '👍', 'x'.repeat(2000)], ['a\0', '\udc00', 'x'.repeat(2001)]],
    [
      'a digest',
      Digest,
      [`sha256:${'0a'.repeat(32)}`],
      ['', 'a'.repeat(64), `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`],
    ],
    ['an object', JsonObjectSchema, [{}, { a: [1] }], [[], null, 'x', 5]],
    ['a wait in seconds', Wait, ['0', '60'], ['61', '-1', '1.5', '', 'x', '1e1']],
    ['a page size', PageQuery.limit, ['1', '200', undefined], ['0', '201', 'all', '']],
    [
      'a point in time',
      When,
      ['2026-01-01', '2026-01-01T10:00:00Z', '2026-01-01T10:00:00.5+02:00'],
      ['', 'now', '2026-02-30', '2026-01-01T10:00:00', '1767225600'],
    ],
    ['a text', text(3), ['', 'abc'], ['abcd', '\n', '\u007f']],
  ])('%s', (_, schema, takes, refuses) => {
    for (const value of takes) expect([value, good(schema, value)]).toEqual([value, true]);
    for (const value of refuses) expect([value, good(schema, value)]).toEqual([value, false]);
  });

  test('a date is its beginning in UTC, and an offset is kept in the instant', () => {
    expect(When.parse('2026-01-01').toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(When.parse('2026-01-01T10:00:00+02:00').toISOString()).toBe('2026-01-01T08:00:00.000Z');
  });

  test('an object is the very one that was parsed, with keys that copying would lose', () => {
    const value = JSON.parse('{"__proto__":{"a":1},"b":2}') as object;
    expect(JsonObjectSchema.parse(value)).toBe(value);
  });

  test('a page ignores what it does not know', () => {
    const choice = oneOf(['a', 'b']);
    expect([choice.parse('a'), choice.parse('c'), choice.parse(undefined)]).toEqual(['a', undefined, undefined]);
    const short = atMost(3);
    expect([short.parse('abc'), short.parse('abcd'), short.parse('a\n')]).toEqual(['abc', undefined, undefined]);
  });
});
