import * as strings from './texts';

/** Every string, with functions called on plain arguments. */
function all(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'function') return [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(all) : [];
}

describe('the words', () => {
  const everything = all(strings);

  it('have no exclamation mark and no capitals that shout', () => {
    expect(everything.length).toBeGreaterThan(80);
    for (const text of everything) expect(text).not.toMatch(/!|\b[A-Z]{4,}\b/);
  });

  it('list names as one says them', () => {
    expect([
      strings.listed([]),
      strings.listed(['Ana']),
      strings.listed(['Ana', 'Ben']),
      strings.listed(['Ana', 'Ben', 'Cem']),
    ]).toEqual(['', 'Ana', 'Ana and Ben', 'Ana, Ben and Cem']);
    expect(strings.listed(['a', 'b', 'c', 'd'], 3)).toBe('a, b and 2 more');
    expect([strings.plural(1, 'field'), strings.plural(1_200, 'field')]).toEqual(['1 field', '1,200 fields']);
  });
});
