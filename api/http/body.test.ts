import { z } from 'zod';
import { AgentWardenError } from '../../domain/errors';
import { parse, readBody } from './body';
import { ok, route, type BodyKind } from './route';

const of = (body_kind: BodyKind, body: z.ZodType, body_optional = false) =>
  route({
    id: 'x',
    method: 'post',
    path: '/x',
    summary: '',
    tag: '',
    access: 'public',
    body,
    body_kind,
    body_optional,
    answers: { 200: z.null() },
    handler: () => ok(null),
  });

const paths = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof AgentWardenError) return error.facts.errors?.map(({ path }) => path) ?? [error.code];
    throw error;
  }
  return [];
};

describe('bodies', () => {
  const json = of(
    'json',
    z.strictObject({ a: z.number(), deep: z.strictObject({ list: z.array(z.string()) }).optional() }),
  );

  test('of JSON are read by its type, whatever parameters or suffix it has', () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'APPLICATION/JSON',
      'application/merge-patch+json',
    ])
      expect(readBody(json, type, Buffer.from('{"a":1}'))).toEqual({ a: 1 });
    for (const type of ['text/plain', 'application/jsonx', 'multipart/form-data', undefined])
      expect(() => readBody(json, type, Buffer.from('{"a":1}'))).toThrow(AgentWardenError);
  });

  test('tell each fault with its path', () => {
    expect(
      paths(() => readBody(json, 'application/json', Buffer.from('{"a":"1","b":2,"deep":{"list":["x",3],"c":4}}'))),
    ).toEqual(['a', 'deep.list.1', 'deep.c', 'b']);
  });

  test.each([
    [z.object({ list: z.array(z.string()) }), {}, 'is missing: it must be an array'],
    [z.object({ text: z.string() }), {}, 'is missing: it must be a string'],
    [z.enum(['approve', 'deny', 'pass']), 'yes', 'must be "approve" or "deny" or "pass"'],
    [z.literal(1), 2, 'must be 1'],
  ])('say plainly what is wanted (%#)', (schema, value, said) => {
    expect(() => parse(schema, value)).toThrow(said);
  });

  test('tell at most fifty faults', () => {
    const schema = z.array(z.string());
    expect(
      paths(() =>
        parse(
          schema,
          Array.from({ length: 200 }, () => 1),
        ),
      ),
    ).toHaveLength(50);
  });

  test('are refused where a text or a key holds U+0000, and not where only its name is written', () => {
    const open = of('json', z.looseObject({}));
    expect(paths(() => readBody(open, 'application/json', Buffer.from('{"a":["\\u0000"],"b\\u0000":1}')))).toEqual([
      'a.0',
      '',
    ]);
    expect(readBody(open, 'application/json', Buffer.from('{"a":"\\\\u0000"}'))).toEqual({ a: '\\u0000' });
  });

  test('may be absent only where that is meant', () => {
    const optional = of('json', z.strictObject({ reason: z.string().optional() }), true);
    for (const raw of [null, Buffer.alloc(0)]) expect(readBody(optional, undefined, raw)).toEqual({});
    for (const raw of [null, Buffer.alloc(0)]) expect(paths(() => readBody(json, undefined, raw))).toEqual(['']);
    expect(paths(() => readBody(json, 'application/json', Buffer.alloc(0)))).toEqual(['']);
  });

  test('of forms are texts, and of documents the text itself', () => {
    expect(
      readBody(
        of('form', z.object({ a: z.string() })),
        'application/x-www-form-urlencoded',
        Buffer.from('a=1+2%26&b=3'),
      ),
    ).toEqual({ a: '1 2&' });
    const document = of('document', z.string());
    for (const type of ['application/yaml', 'text/yaml', 'application/json', 'text/plain; charset=utf-8'])
      expect(readBody(document, type, Buffer.from('a: é'))).toBe('a: é');
    expect(paths(() => readBody(document, 'text/yaml', Buffer.from([0xff])))).toEqual(['']);
  });
});
