import fc from 'fast-check';
import { links, shortened, visible, visibleLine, warningsAbout } from './spoofing';

/** Reverses `visible`, which proves that it loses nothing. */
function unmark(text: string): string {
  return text
    .replace(/\n⟦(\d+) line breaks⟧\n/g, (_, count: string) => '\n'.repeat(Number(count)))
    .replace(/⟦(\d+) spaces⟧/g, (_, count: string) => ' '.repeat(Number(count)))
    .replace(/⟦(\d+) tabs⟧/g, (_, count: string) => '\t'.repeat(Number(count)))
    .replace(/⟦U\+([0-9A-F]+)⟧/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));
}

const kinds = (text: string): string[] => warningsAbout(text).map((warning) => warning.kind);

const NASTY = fc.constantFrom(
  '\u202e',
  '\u200b',
  '\u{e0041}',
  '\ufeff',
  '\u0000',
  '\r',
  '\u00a0',
  '⟦',
  '⟧',
  ' ',
  '\t',
  '\n',
  '\u200d',
  '\ufe0f',
  '👩',
  '1',
  'a',
  '\u0301',
);

describe('characters without a shape', () => {
  it.each([
    ['bidi override', '\u202e', 'U+202E'],
    ['bidi isolate', '\u2066', 'U+2066'],
    ['Arabic letter mark', '\u061c', 'U+061C'],
    ['zero-width space', '\u200b', 'U+200B'],
    ['zero-width joiner in a word', '\u200d', 'U+200D'],
    ['word joiner', '\u2060', 'U+2060'],
    ['byte order mark', '\ufeff', 'U+FEFF'],
    ['soft hyphen', '\u00ad', 'U+00AD'],
    ['Hangul filler', '\u3164', 'U+3164'],
    ['tag letter', '\u{e0041}', 'U+E0041'],
    ['variation selector', '\u{e0100}', 'U+E0100'],
    ['emoji style after a letter', '\ufe0f', 'U+FE0F'],
    ['line separator', '\u2028', 'U+2028'],
    ['carriage return', '\r', 'U+000D'],
    ['escape', '\u001b', 'U+001B'],
    ['C1 control', '\u009b', 'U+009B'],
    ['private use', '\ue000', 'U+E000'],
    ['not a character', '\uffff', 'U+FFFF'],
    ['lone surrogate', '\ud800', 'U+D800'],
    ['blank Braille', '\u2800', 'U+2800'],
  ])('%s is marked and warned about', (_, character, name) => {
    expect(visible(`a${character}b`)).toBe(`a⟦${name}⟧b`);
    expect(warningsAbout(`a${character}b`)).toEqual([{ kind: 'hidden_characters', detail: name }]);
  });

  it('marks odd spaces, our own bracket and foreign line ends without suspicion', () => {
    expect(visible('12\u00a0000')).toBe('12⟦U+00A0⟧000');
    expect(visible('⟦U+202E⟧')).toBe('⟦U+27E6⟧U+202E⟧');
    expect(visible('a\r\nb')).toBe('a⟦U+000D⟧\nb');
    expect(kinds('12\u00a0000 ⟦x⟧ a\r\nb')).toEqual([]);
  });

  it('leaves the joiners inside an emoji alone, because the emoji is their shape', () => {
    for (const emoji of ['👩‍👩‍👧', '❤️', '1️⃣', '👩🏽‍💻', '🏳️‍🌈']) {
      expect(visible(`ok ${emoji} done`)).toBe(`ok ${emoji} done`);
      expect(kinds(emoji)).toEqual([]);
    }
    expect(visible('pay\u200dpal')).toContain('⟦U+200D⟧');
  });

  it('stops accents from piling up over the lines above', () => {
    expect(visible(`e${'\u0301'.repeat(3)}`)).not.toContain('⟦');
    expect(visible(`e${'\u0301'.repeat(60)}`)).toContain('⟦U+0301⟧');
  });

  it('is reversible: two texts never look the same', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.array(NASTY, { maxLength: 120 }).map((all) => all.join('')),
        ),
        (text) => {
          expect(unmark(visible(text))).toBe(text);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('never lets a control, bidi or zero-width character through', () => {
    fc.assert(
      fc.property(
        fc.array(NASTY, { maxLength: 60 }).map((all) => all.join('')),
        (text) => {
          expect(visible(text)).not.toMatch(
            /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u,
          );
          expect(visibleLine(text)).not.toMatch(/[\n\t\r]/);
        },
      ),
    );
  });
});

describe('padding', () => {
  it('counts empty lines and long blanks instead of showing them', () => {
    expect(visible(`ok${'\n'.repeat(60)}DROP`)).toBe('ok\n⟦60 line breaks⟧\nDROP');
    expect(visible(`ok${' '.repeat(400)}DROP`)).toBe('ok⟦400 spaces⟧DROP');
    expect(visible(`a${'\t'.repeat(50)}b`)).toBe('a⟦50 tabs⟧b');
    expect(visible('a\n \n \n \n \nb')).toBe('a\n⟦1 spaces⟧\n⟦1 spaces⟧\n⟦1 spaces⟧\n⟦1 spaces⟧\nb');
    expect(kinds(`a${'\n'.repeat(60)}b`)).toEqual(['padding']);
  });

  it('keeps paragraphs and indentation as they are', () => {
    const text = `function f() {\n\n        return 1;\n}\n\n\nend`;
    expect(visible(text)).toBe(text);
    expect(kinds(text)).toEqual([]);
  });
});

describe('look-alikes', () => {
  it.each([
    ['Cyrillic in a Latin word', 'pаypal', 'Cyrillic а U+0430'],
    ['Greek in a Latin word', 'gοοgle', 'Greek ο U+03BF'],
    ['a word only of Cyrillic twins', 'transfer to асе', 'Cyrillic а U+0430'],
  ])('%s is named', (_, text, detail) => {
    expect(warningsAbout(text)).toEqual([{ kind: 'mixed_scripts', detail: expect.stringContaining(detail) as string }]);
  });

  it.each([
    'Привет, как дела? Ехать на оз.',
    'Ελληνικά και άλλα',
    'résumé naïve Zürich',
    '10 µm at 5 kΩ',
    '東京タワー',
    'customer_id-7',
  ])('says nothing about %s', (text) => {
    expect(warningsAbout(text)).toEqual([]);
  });

  it('shows the marker of a letter without a shape, never the letter', () => {
    expect(warningsAbout('\u3164\u0430A')).toEqual([
      { kind: 'hidden_characters', detail: 'U+3164' },
      { kind: 'mixed_scripts', detail: '⟦U+3164⟧\u0430A: Cyrillic \u0430 U+0430' },
    ]);
  });

  it('names letters in disguise', () => {
    expect(warningsAbout('ｐａｙ')).toEqual([{ kind: 'styled_letters', detail: 'ｐａｙ reads like pay' }]);
    expect(kinds('𝐩𝐚𝐲')).toEqual(['styled_letters']);
  });

  it('names the first ten and counts the rest, however many there are', () => {
    const text = Array.from({ length: 5_000 }, (_, i) => `pа${i}x`).join(' ');
    const found = warningsAbout(text);
    expect(found).toHaveLength(11);
    expect(found.at(-1)!.detail).toBe('and 4990 more');
  });
});

describe('links', () => {
  it('shows the host that a browser would go to', () => {
    expect(links('see https://github.com/acme/shop/pull/812.')).toEqual([
      {
        raw: 'https://github.com/acme/shop/pull/812.',
        host: 'github.com',
        href: 'https://github.com/acme/shop/pull/812.',
        disguise: null,
      },
    ]);
  });

  it('never offers a link that pretends to go elsewhere', () => {
    const [user] = links('https://github.com@evil.example/x');
    expect(user).toMatchObject({ host: 'evil.example', href: null, disguise: 'user' });
    const [idn] = links('https://pаypal.com/login');
    expect(idn).toMatchObject({ host: 'xn--pypal-4ve.com', href: null, disguise: 'idn' });
    expect(kinds('https://github.com@evil.example/x')).toEqual(['disguised_link']);
  });

  it('shows punycode hosts as they are written', () => {
    expect(links('https://xn--pypal-4ve.com/')[0]).toMatchObject({ host: 'xn--pypal-4ve.com', href: null });
  });

  it('names the host of other schemes but never offers them', () => {
    expect(links('ftp://files.example/x javascript:alert(1) data:text/html,x')).toEqual([
      { raw: 'ftp://files.example/x', host: 'files.example', href: null, disguise: null },
    ]);
  });

  it('offers only http and https, for any text', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.string(), (url, text) => {
        for (const { href } of links(`${text} ${url}`)) expect(href ?? 'http://').toMatch(/^https?:\/\//);
      }),
    );
  });
});

describe('shortening', () => {
  it('cuts whole characters and says so', () => {
    expect(shortened('devops-bot', 80)).toBe('devops-bot');
    expect(shortened('😀'.repeat(10), 4)).toBe('😀😀😀…');
    expect(shortened('a\nb', 80)).toBe('a⟦U+000A⟧b');
  });
});
