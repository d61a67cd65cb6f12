/** The rules of the tree that neither the compiler nor the linter sees: whole import chains, sizes, names, facts that stand twice. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ERROR_CODES } from '../domain/errors';
import { PROBLEMS } from '../api/http/problems';
import rooms from '../scripts/rooms.json';

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

/** The files and packages that a file needs at run time; types are gone by then. */
function imports(file: string): { files: string[]; packages: string[] } {
  const found = { files: [] as string[], packages: [] as string[] };
  const statements = read(file).matchAll(/^(?:import|export)\s+(type\s)?([^;]*?from\s+)?'([^']+)'/gm);
  for (const [, typeOnly, clause = '', from = ''] of statements) {
    const names = /\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    if (typeOnly || (names?.length && names.every((name) => name.startsWith('type ')) && /^\{/.test(clause))) continue;
    if (!from.startsWith('.')) found.packages.push(from);
    else {
      const base = join(dirname(file), from);
      const target = [`${base}.ts`, `${base}/index.ts`, base].find((path) => sources.includes(path) || generated(path));
      if (target) found.files.push(target);
    }
  }
  return found;
}

/** Everything that is loaded when these files are. */
function chain(starts: string[]): { files: Set<string>; packages: Set<string> } {
  const files = new Set(starts);
  const packages = new Set<string>();
  for (const file of files) {
    if (!sources.includes(file)) continue;
    const needed = imports(file);
    needed.files.forEach((name) => files.add(name));
    needed.packages.forEach((name) => packages.add(name));
  }
  return { files, packages };
}

const inRoom = (room: string): string[] => sources.filter((file) => file.startsWith(`${room}/`));
const outside = (files: Iterable<string>, allowed: string[]): string[] =>
  [...files].filter(
    (file) =>
      !allowed.some((entry) =>
        entry.endsWith('/') ? file.startsWith(entry) : file === `${entry}.ts` || file === entry,
      ),
  );

describe('imports run one way, also through others', () => {
  test('the workflow bundle holds the reducer and nothing that needs Node, CEL or time zones', () => {
    const { files, packages } = chain(inRoom('workflows'));
    expect(outside(files, rooms.workflows.rooms)).toEqual([]);
    expect([...packages]).toEqual(rooms.workflows.packages);
  });

  test('the domain knows nobody, and only pure libraries', () => {
    const { files, packages } = chain(inRoom('domain'));
    expect(outside(files, rooms.domain.rooms)).toEqual([]);
    expect([...packages].filter((name) => !rooms.domain.packages.includes(name))).toEqual([]);
  });

  test.each(['rendering', 'encryption'] as const)('%s reaches no database, network or clock of others', (room) => {
    const { files } = chain(inRoom(room));
    expect(outside(files, [`${room}/`, 'domain/'])).toEqual([]);
  });

  test('the API never loads what writes the projection', () => {
    const { files } = chain(inRoom('api').filter((file) => !rooms.roots.includes(file)));
    expect(
      [...files].filter((file) =>
        /^(db\/projection|db\/migrate|activities\/|cli\/|worker|config\.ts|temporal\.ts)/.test(file),
      ),
    ).toEqual([]);
  });

  test('nobody imports a composition root, and there are no cycles', () => {
    const edges = new Map(sources.map((file) => [file, imports(file).files]));
    expect(
      [...edges].filter(([file, targets]) =>
        targets.some((target) => [...rooms.roots, 'cli/main.ts'].includes(target) && !rooms.roots.includes(file)),
      ),
    ).toEqual([]);
    const done = new Set<string>();
    const visit = (file: string, path: string[]): string[] | null => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return null;
      for (const next of edges.get(file) ?? []) {
        const cycle = visit(next, [...path, file]);
        if (cycle) return cycle;
      }
      done.add(file);
      return null;
    };
    expect(sources.map((file) => visit(file, [])).find(Boolean) ?? []).toEqual([]);
  });
});

describe('files', () => {
  test('are short', () => {
    const sizes = sources.map(lines).sort((a, b) => a - b);
    expect(sources.concat(tests).filter((file) => lines(file) > 400)).toEqual([]);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(100);
    expect(sizes.filter((size) => size > 250).length).toBeLessThanOrEqual(sizes.length * 0.05);
  });

  test('have names that say what is in them', () => {
    const vague = /(^|\/)(utils?|helpers?|services?|lib|common|misc|shared|manager|core|stuff)(\.|\/|$)/i;
    expect(tracked.filter((file) => vague.test(file) && !generated(file))).toEqual([]);
  });
});

describe('in the text of the code', () => {
  const finds = (files: string[], pattern: RegExp): string[] => files.filter((file) => pattern.test(read(file)));
  const others = tests.filter((file) => file !== 'tests/conventions.test.ts');

  test('only config.ts reads the environment', () => expect(finds(sources, /process\.env/)).toEqual(['config.ts']));
  test('nothing is left to do later', () =>
    expect(finds([...sources, ...others], /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]));
  test('no test is skipped or runs alone', () =>
    expect(
      finds(others, /\b(test|it|describe)\.(skip|only|todo)\b/).filter((file) => file !== 'tests/support/skipping.ts'),
    ).toEqual([]));
  test('there is no enum', () => expect(finds(sources, /^\s*(export\s+)?(const\s+)?enum\s/m)).toEqual([]));
  test('there is no state in a module', () => expect(finds(sources, /^(export\s+)?(let|var)\s/m)).toEqual([]));
  test('nothing is exported as default', () => expect(finds(sources, /^export default/m)).toEqual([]));
  test('no path of somebody’s machine is in it', () =>
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

describe('each fact stands once', () => {
  test('every error code has a problem', () => expect(Object.keys(PROBLEMS).sort()).toEqual([...ERROR_CODES].sort()));

  test('every script that the documents name exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = tracked
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => [...read(file).matchAll(/`?npm run ([a-z:-]+)/g)].map(([, name]) => name!));
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });

  test('every link between documents leads somewhere', () => {
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
