import { errorsOf } from './support/read';
import { worked_ms } from '../support/effort';

describe('text that is refused', () => {
  test.each([
    ['nothing', '', /The document is empty/],
    ['a comment alone', '# nothing', /The document is empty/],
    ['a scalar', 'hello', /must be a section with version/],
    ['a list', '- 1', /must be a section with version/],
    ['an unended list', 'a: [', /cannot be read/],
    [
      'an unquoted condition',
      'rules:\n  - id: r\n    when: context.a == "b: c"',
      /@3: cannot be read: a value that holds ": " must be in quotes/,
    ],
    ['an unquoted star', 'rules:\n  - action: *\n', /must be in quotes/],
    ['two documents', 'version: 1\n---\nversion: 1', /several documents/],
    ['duplicate keys', 'version: 1\nrules: []\nrules: []', /^rules@3: is written twice/],
    ['duplicate keys in JSON', '{"rules": [{"id": "a",\n"id": "b"}]}', /rules.0.id@2: is written twice/],
    ['keys that are no text', '1: 2', /has a key that is not a text/],
    ['a list as key', '? [a]\n: 1', /has a key that is not a text/],
    ['an anchor', 'rules: &a []', /has the anchor &a/],
    ['an alias', 'rules: &a []\nguardrails: *a', /guardrails@2: is an alias/],
    ['a merge key', '<<: { version: 1 }', /<<@1: is not known here/],
    ['a custom tag', 'rules: !exec []', /has the tag !exec/],
    ['a known tag', 'version: !!int "1"', /has the tag/],
    ['deep nesting', '['.repeat(20_000), /nested too deeply/],
    ['nesting beyond what a policy has', `rules: ${'['.repeat(30)}${']'.repeat(30)}`, /nested more than 16 deep/],
    ['too much text', `# ${'x'.repeat(262_144)}`, /larger than 262144 bytes/],
  ])('%s', (_, text, expected) => {
    expect(errorsOf(text).join('\n')).toMatch(expected);
  });

  test('aliases that multiply the content are refused', () => {
    const bomb = Array.from(
      { length: 20 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`,
    );
    const started = worked_ms();
    expect(errorsOf(bomb.join('\n')).length).toBeGreaterThan(9);
    expect(worked_ms() - started).toBeLessThan(2_000);
  });

  test('a document with too many faults reports the first two hundred', () => {
    expect(errorsOf(Array.from({ length: 3_000 }, (_, i) => `k${i}: 1`).join('\n'))).toHaveLength(200);
  });

  test('a quoted star, a quoted colon and 1.1’s odd booleans read as texts', () => {
    expect(errorsOf('rules:\n  - { id: "yes", action: "*", effect: deny, reason: "a: b" }')).toEqual([]);
  });
});
