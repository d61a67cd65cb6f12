/** Rules that neither compiler nor linter checks: file sizes and names, forbidden text, facts that are written twice. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ERROR_CODES } from '../domain/errors';
import { PROBLEMS } from '../api/http/problems';

const root = resolve(__dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file && existsSync(join(root, file)));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const lines = (file: string): number => read(file).split('\n').length;

const isTest = (file: string): boolean =>
  /\.test\.ts$|^tests\/|\/support\/|^bench\/|\/tests?\/|test_\w+\.py$/.test(file);
const generated = (file: string): boolean =>
  /\.generated\.|histories\/|package-lock|openapi\.json|vectors\.json/.test(file);
const sources = tracked.filter((file) => file.endsWith('.ts') && !isTest(file) && !generated(file));
const tests = tracked.filter((file) => file.endsWith('.ts') && isTest(file));

describe('files', () => {
  test('are short', () => {
    const sizes = sources.map(lines).sort((a, b) => a - b);
    expect(sources.filter((file) => lines(file) > 350)).toEqual([]);
    expect(tests.filter((file) => lines(file) > 400)).toEqual([]);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(100);
    expect(sizes.filter((size) => size > 250).length).toBeLessThanOrEqual(sizes.length * 0.05);
  });

  test('have names that say what they hold', () => {
    const vague = /(^|\/)(utils?|helpers?|services?|lib|common|misc|shared|manager|core|stuff)(\.|\/|$)/i;
    expect(tracked.filter((file) => vague.test(file) && !generated(file))).toEqual([]);
  });
});

describe('the source text', () => {
  const finds = (files: string[], pattern: RegExp): string[] => files.filter((file) => pattern.test(read(file)));
  const others = tests.filter((file) => file !== 'tests/conventions.test.ts');

  test('reads the environment in config.ts only', () => expect(finds(sources, /process\.env/)).toEqual(['config.ts']));
  test('has no TODO', () => expect(finds([...sources, ...others], /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]));
  test('skips no test and runs none alone', () =>
    expect(
      finds(others, /\b(test|it|describe)\.(skip|only|todo)\b/).filter((file) => file !== 'tests/support/skipping.ts'),
    ).toEqual([]));
  test('has no enum', () => expect(finds(sources, /^\s*(export\s+)?(const\s+)?enum\s/m)).toEqual([]));
  test('has no state in a module', () => expect(finds(sources, /^(export\s+)?(let|var)\s/m)).toEqual([]));
  test('has no default export', () => expect(finds(sources, /^export default/m)).toEqual([]));
  test('has no path of one machine', () =>
    expect(
      finds(
        tracked.filter(
          (file) =>
            /\.(ts|mjs|md|ya?ml|json|sql|py|toml)$/.test(file) &&
            !generated(file) &&
            file !== 'tests/conventions.test.ts',
        ),
        /\/(work|root|home\/\w+)\/(main|shared|src)\b/,
      ),
    ).toEqual([]));
});

describe('each fact is written once', () => {
  test('every error code has a problem', () => expect(Object.keys(PROBLEMS).sort()).toEqual([...ERROR_CODES].sort()));

  test('every script that the documents name exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = tracked
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => [...read(file).matchAll(/`?npm run ([a-z:-]+)/g)].map(([, name]) => name!));
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });

  test('every link between documents has a target', () => {
    const broken = tracked
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, target]) => ({
          file,
          target: target!,
        })),
      )
      .filter(({ file, target }) => !existsSync(resolve(root, dirname(file), target)));
    expect(broken).toEqual([]);
  });
});
