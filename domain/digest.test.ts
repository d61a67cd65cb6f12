import fc from 'fast-check';
import type { Json, JsonObject } from './approval';
import { type DigestInput, canonical, checkContext, CONTEXT_LIMITS, digestOf, parseStrict } from './digest';
import { AgentWardenError, type Fault } from './errors';

const request: DigestInput = { agent_id: 'support-bot', action: 'stripe.refund.create', context: { amount: 120.5 } };

const faultsOf = (context: JsonObject, path?: string): Fault[] => {
  try {
    checkContext(context, path);
    return [];
  } catch (error) {
    if (!(error instanceof AgentWardenError)) throw error;
    expect(error.code).toBe('invalid_request');
    return error.facts.errors ?? [];
  }
};

const nested = (depth: number): JsonObject => (depth === 1 ? {} : { a: nested(depth - 1) });
const withKeys = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0]));

/** A copy of the value with the keys of each object in another order. */
const shuffled = (json: Json, seed: number): Json => {
  if (Array.isArray(json)) return json.map((value) => shuffled(value, seed));
  if (json === null || typeof json !== 'object') return json;
  const entries = Object.entries(json).map(([key, value]) => [key, shuffled(value, seed)] as const);
  const turned = [...entries.slice(seed % (entries.length || 1)), ...entries.slice(0, seed % (entries.length || 1))];
  return Object.fromEntries(seed % 2 === 0 ? turned : turned.reverse());
};

const object = fc
  .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }), {
    noNullPrototype: true,
  })
  .map((value) => value as JsonObject);

describe('the digest', () => {
  test('is `sha256:` and the hexadecimal SHA-256', () => {
    expect(digestOf(request)).toBe('sha256:9ecf7b71c707d410628ad64902c12a4d632de488afc96cd80028fd482d989eaa');
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(object, fc.nat(20), (context, seed) => {
        expect(digestOf({ ...request, context: shuffled(context, seed) as JsonObject })).toBe(
          digestOf({ ...request, context }),
        );
      }),
    );
  });

  test('stays the same after writing and reading', () => {
    fc.assert(
      fc.property(object, (context) => {
        const text = canonical({ ...request, context });
        expect(canonical(JSON.parse(text) as Json)).toBe(text);
      }),
    );
  });

  test('differs when any part differs', () => {
    const others = [
      { ...request, agent_id: 'other-bot' },
      { ...request, action: 'stripe.refund.cancel' },
      { ...request, context: { amount: 120.51 } },
      { ...request, context: { amount: '120.5' } },
      { ...request, context: { amount: 120.5, note: null } },
      { ...request, context: {} },
    ];
    expect(new Set([request, ...others].map(digestOf)).size).toBe(others.length + 1);
  });

  test('separates its parts', () => {
    const one = digestOf({ agent_id: 'a', action: 'b","context":{"x":1}', context: {} });
    expect(one).not.toBe(digestOf({ agent_id: 'a', action: 'b', context: { x: 1 } }));
  });

  test('covers nothing but agent, action and context', () => {
    expect(digestOf({ ...request, display: { note: 'harmless' } } as DigestInput)).toBe(digestOf(request));
  });

  test('refuses what is not JSON', () => {
    expect(() => digestOf({ ...request, context: { amount: NaN } })).toThrow('NaN is not allowed');
    expect(() => canonical(undefined as unknown as Json)).toThrow(TypeError);
  });

  test('is the same for the sent text and the value that parseStrict reads', () => {
    const body = '{"context":{"b":1.0,"a":-0,"\\u0063":"\\u00e9"}}';
    const { context } = parseStrict(Buffer.from(body)) as { context: JsonObject };
    expect(canonical(context)).toBe('{"a":0,"b":1,"c":"é"}');
  });
});

describe('a context', () => {
  test('may be 32 levels deep and no deeper', () => {
    expect(faultsOf(nested(32))).toEqual([]);
    expect(faultsOf(nested(33))).toEqual([{ path: 'context', message: 'is 33 levels deep; 32 are allowed' }]);
  });

  test('counts lists as levels too', () => {
    let list: Json = [];
    for (let depth = 1; depth < 31; depth += 1) list = [list];
    expect(faultsOf({ list })).toEqual([]);
    expect(faultsOf({ list: [list] })).toHaveLength(1);
  });

  test('may have 1,000 keys in all and no more', () => {
    expect(faultsOf(withKeys(1000))).toEqual([]);
    expect(faultsOf(withKeys(1001))).toEqual([
      { path: 'context', message: 'has 1001 keys in total; 1000 are allowed' },
    ]);
    expect(faultsOf({ list: [withKeys(500), withKeys(500)] })).toEqual([
      { path: 'context', message: 'has 1001 keys in total; 1000 are allowed' },
    ]);
  });

  test('may have 128 kB of canonical JSON, counted in bytes', () => {
    const room = CONTEXT_LIMITS.bytes - '{"text":""}'.length;
    expect(faultsOf({ text: 'a'.repeat(room) })).toEqual([]);
    expect(faultsOf({ text: 'a'.repeat(room + 1) })).toEqual([
      { path: 'context', message: 'has 131073 bytes of canonical JSON; 131072 are allowed' },
    ]);
    expect(faultsOf({ text: 'é'.repeat(room / 2 + 1) })).toHaveLength(1);
  });

  test('is as long in canonical form as in any other order of its keys', () => {
    fc.assert(fc.property(object, (context) => JSON.stringify(context).length === canonical(context).length));
  });

  test('reports everything that is too large, with its path', () => {
    const both = { deep: nested(32), ...withKeys(1000) };
    expect(faultsOf(both, 'display').map(({ path }) => path)).toEqual(['display', 'display']);
    expect(() => checkContext(both, 'display')).toThrow(
      'The display is too large: is 33 levels deep; 32 are allowed, has 1032 keys in total; 1000 are allowed. ' +
        'Send what a reviewer needs, and a link to the rest.',
    );
  });
});
