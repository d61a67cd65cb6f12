import fc from 'fast-check';
import { AgentWardenError, type Fault } from './errors';
import { parseStrict } from './strict-json';

const faultsOf = (text: string | Uint8Array): Fault[] => {
  try {
    parseStrict(text);
    return [];
  } catch (error) {
    if (!(error instanceof AgentWardenError)) throw error;
    expect(error.code).toBe('invalid_request');
    return error.facts.errors ?? [];
  }
};
const placesOf = (text: string): string[] => faultsOf(text).map(({ path, message }) => `${path}: ${message}`);

describe('JSON that is accepted', () => {
  test.each([
    '{}',
    ' [ ] ',
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1.5e+10',
    '"text"',
    '{"a":{"b":[1,2,{"c":null}]}}',
    '{"a":1,"A":1,"b":{"a":1}}',
    '[[1],[1]]',
    '9007199254740991',
    '-9007199254740991',
    '9007199254740993.0',
    '1e21',
    '1e-400',
    '"\\ud83d\\ude00"',
    '"\u{1f600}"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"',
    '"\u2028\ufeff\uffff"',
    '\n\t\r {"a" : 1 }\n',
    '{"constructor":1,"prototype":2,"":3}',
  ])('%s', (text) => {
    expect(parseStrict(text)).toEqual(JSON.parse(text));
    expect(parseStrict(Buffer.from(text))).toEqual(JSON.parse(text));
  });

  test('every JSON that programs write, with any spacing', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' }),
        fc.constantFrom(0, 1, '\t'),
        (value, space) => {
          const text = JSON.stringify(value, null, space);
          // Leaves out valid JSON that `parseStrict` refuses: integers that lose digits, and some keys and texts.
          fc.pre(!/(?<![.\d])\d{16,}(?![.\d])|__proto__|\\u0000|\\ud/.test(text));
          expect(JSON.stringify(parseStrict(text))).toBe(JSON.stringify(value));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('what two parsers could read differently', () => {
  test.each([
    ['a repeated key', '{"a":1,"a":1}', ['a: is repeated']],
    ['a key repeated in another spelling', '{"é":1,"\\u00e9":2}', ['é: is repeated']],
    [
      'a key repeated three times in depth',
      '{"x":[{"k":1,"k":2,"k":3}]}',
      ['x.0.k: is repeated', 'x.0.k: is repeated'],
    ],
    ['half of a character', '{"x":["ok","\\uD800"]}', ['x.1: contains half of a character (a lone surrogate)']],
    [
      'two halves in the wrong order',
      '"\\uDE00\\uD83D"',
      [': contains half of a character (a lone surrogate)', ': contains half of a character (a lone surrogate)'],
    ],
    ['a half before an escape that is none', '"\\ud83dn"', [': contains half of a character (a lone surrogate)']],
    [
      'a raw half and an escaped one',
      '"\ud83d\\ude00"',
      [': contains half of a character (a lone surrogate)', ': contains half of a character (a lone surrogate)'],
    ],
    ['half of a character in a key', '{"a":{"\\udc00":1}}', ['a: contains half of a character (a lone surrogate)']],
    ['the NUL character', '{"a":"\\u0000"}', ['a: contains the NUL character, which cannot be stored']],
    ['the NUL character in a key', '{"\\u0000":1}', [': contains the NUL character, which cannot be stored']],
    [
      'a number that overflows',
      '{"a":[1e400,-1e309]}',
      ['a.0: is a number too large to be stored', 'a.1: is a number too large to be stored'],
    ],
    ['an endless integer', `[${'9'.repeat(400)}]`, ['0: is a number too large to be stored']],
  ])('%s', (_name, text, places) => {
    expect(placesOf(text)).toEqual(places);
  });

  test.each(['9007199254740992', '-9007199254740992', '9007199254740993', '12345678901234567890'])(
    'the integer %s',
    (text) => {
      expect(placesOf(`{"a":{"b":${text}}}`)).toEqual([
        'a.b: is an integer beyond ±9007199254740991 and would lose digits; send it as a string',
      ]);
    },
  );

  test('the key __proto__, in every spelling', () => {
    for (const key of ['__proto__', '\\u005f_proto__'])
      expect(placesOf(`{"a":{"${key}":{"admin":true}}}`)).toEqual([
        'a: has the key "__proto__", which many programs drop',
      ]);
  });

  test('bytes that are not UTF-8', () => {
    const text = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(faultsOf(text)).toEqual([{ path: '', message: 'is not UTF-8' }]);
    // A surrogate encoded on its own, and an overlong slash.
    for (const bytes of [
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
    ])
      expect(faultsOf(Buffer.from([0x22, ...bytes, 0x22]))).toEqual([{ path: '', message: 'is not UTF-8' }]);
  });

  test('each fault has its path, in the order of the text', () => {
    expect(placesOf('{"a":1e999,"b":{"c":[1,"\\ud800"]},"a":12345678901234567890}')).toEqual([
      'a: is a number too large to be stored',
      'b.c.1: contains half of a character (a lone surrogate)',
      'a: is repeated',
      'a: is an integer beyond ±9007199254740991 and would lose digits; send it as a string',
    ]);
  });

  test('the message names the first fault and counts the others', () => {
    expect(() => parseStrict('{"a":1e999,"b":1e999}')).toThrow(
      'The JSON cannot be accepted: a is a number too large to be stored (and 1 more). Correct it and send it again.',
    );
  });
});

describe('text that is not JSON', () => {
  test.each([
    ['', ': ends where a value should be (line 1, column 1)'],
    ['  \n ', ': ends where a value should be (line 2, column 2)'],
    ['{"a":NaN}', 'a: is not a finite number (line 1, column 6)'],
    ['{"a":[0,-Infinity]}', 'a.1: is not a finite number (line 1, column 9)'],
    ['{"a":undefined}', 'a: is not a JSON value (line 1, column 6)'],
    ['{"a":1,}', ': needs a key in double quotes here (line 1, column 8)'],
    ["{'a':1}", ': needs a key in double quotes here (line 1, column 2)'],
    ['{"a" 1}', 'a: has no ":" after its key (line 1, column 6)'],
    ['{"a":1 "b":2}', ': needs "," or "}" here (line 1, column 8)'],
    ['[1 2]', ': needs "," or "]" here (line 1, column 4)'],
    ['[1,]', '1: is not a JSON value (line 1, column 4)'],
    ['[1', ': needs "," or "]" here (line 1, column 3)'],
    ['{"a":1}\n{"a":1}', ': goes on after the value (line 2, column 1)'],
    ['{"a":01}', ': needs "," or "}" here (line 1, column 7)'],
    ['{"a":+1}', 'a: is not a JSON value (line 1, column 6)'],
    ['{"a":.5}', 'a: is not a JSON value (line 1, column 6)'],
    ['{"a":1.}', ': needs "," or "}" here (line 1, column 7)'],
    ['{"a":0x10}', ': needs "," or "}" here (line 1, column 7)'],
    ['tru', ': is not a JSON value (line 1, column 1)'],
    ['nullx', ': goes on after the value (line 1, column 5)'],
    ['"abc', ': ends inside a string (line 1, column 5)'],
    ['"a\nb"', ': has a raw control character inside a string (line 1, column 3)'],
    ['"a\u0000b"', ': has a raw control character inside a string (line 1, column 3)'],
    ['"\\x41"', ': has an escape that JSON does not know (line 1, column 2)'],
    ['"\\u12g4"', ': has an escape that JSON does not know (line 1, column 2)'],
    ['"\\u12', ': has an escape that JSON does not know (line 1, column 2)'],
    ['"\\', ': has an escape that JSON does not know (line 1, column 2)'],
    ['\ufeff{}', ': is not a JSON value (line 1, column 1)'],
    ['\u00a0{}', ': is not a JSON value (line 1, column 1)'],
    ['{} // done', ': goes on after the value (line 1, column 4)'],
  ])('%j', (text, place) => {
    expect(placesOf(text)).toEqual([place]);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  });

  test('agrees with JSON.parse on texts that were damaged anywhere', () => {
    const damaged = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(3), fc.constantFrom(...'{}[]",:\\u0-+.eE1n t\n\u0001\ud800'))
      .map(
        ([text, at, cut, put]) =>
          text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        const faults = faultsOf(text);
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        const broken = faults.some(({ message }) => /\(line \d+, column \d+\)$/.test(message));
        expect(broken).toBe(!parses);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('limits', () => {
  test('deep nesting is refused before the stack overflows', () => {
    for (const text of ['['.repeat(100_000), '{"a":'.repeat(100_000)]) {
      const [fault, ...more] = faultsOf(text);
      expect(fault?.message).toMatch(/^is more than 64 levels deep/);
      expect(more).toEqual([]);
    }
    expect(faultsOf('['.repeat(64) + ']'.repeat(64))).toEqual([]);
    expect(faultsOf('['.repeat(65) + ']'.repeat(65))).toHaveLength(1);
  });

  test('a text full of faults gets a short answer', () => {
    const faults = faultsOf(`{"${'k'.repeat(5_000)}":[${Array(200).fill('1e999').join(',')}]}`);
    expect(faults).toHaveLength(50);
    expect(Math.max(...faults.map(({ path }) => path.length))).toBeLessThanOrEqual(200);
  });
});
