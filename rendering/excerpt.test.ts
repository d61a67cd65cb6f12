import fc from 'fast-check';
import { contentsOf } from './context';
import { cut, excerpt } from './excerpt';

const FROM = { timezone: 'UTC', now_ms: 0 };
const ROOM = { bytes: 1_000, value: 50, per_line: 10, copies: 2 };
const shown = (a: number, b: number): string => `${a} of ${b}`;

describe('an excerpt', () => {
  it('is the whole when there is room', () => {
    expect(excerpt(contentsOf({ a: 1, b: 'x' }, FROM), ROOM, shown)).toMatchObject({ shown: 2, of: 2, whole: true });
  });

  it('counts what is left out, and what is cut', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'value']));
    const some = excerpt(contentsOf(many, FROM), ROOM, shown);
    expect(some.of).toBe(100);
    expect(some.shown).toBeLessThan(100);
    expect(some.lines).toHaveLength(some.shown);
    expect(some.whole).toBe(false);
    const long = excerpt(contentsOf({ a: 'y'.repeat(200) }, FROM), ROOM, shown);
    expect(long).toMatchObject({ shown: 0, of: 1, whole: false });
    expect(long.lines[0]!.value).toBe(`${'y'.repeat(50)}… 50 of 200`);
  });

  it('keeps to its room for any context', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 500 })),
        (object) => {
          const { lines } = excerpt(contentsOf(object, FROM), ROOM, shown);
          const bytes = lines.reduce(
            (sum, { path, value }) => sum + Buffer.byteLength(path) + Buffer.byteLength(value),
            0,
          );
          expect(bytes * ROOM.copies).toBeLessThanOrEqual(ROOM.bytes);
        },
      ),
    );
  });
});

describe('cutting', () => {
  it('never splits a character or one of our markers', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('😀😀😀', 2)).toBe('😀😀');
    expect(cut('ab⟦U+202E⟧cd', 5)).toBe('ab');
    expect(cut('ab⟦U+202E⟧cd', 11)).toBe('ab⟦U+202E⟧c');
  });
});
