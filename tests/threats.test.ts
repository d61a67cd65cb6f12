/** The threat register is complete and true: each cited number has an entry, each entry names code and tests that exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const [defended, notBuilt] = read('docs/concepts/threats.md').split('\n## Not built yet\n') as [string, string];
const entries = defended
  .split(/^### /m)
  .slice(1)
  .map((text) => ({
    id: /^T\d+/.exec(text)![0],
    code: [.../Code: ([^\n]*)/.exec(text)![1]!.matchAll(/`([\w/.-]+\.(?:ts|py|sql))`/g)].map(([, file]) => file!),
    tests: [...text.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file, title]) => ({ file: file!, title: title! })),
  }));
const open = [...notBuilt.matchAll(/^- \*\*(T\d+)\*\*/gm)].map(([, id]) => id!);

/** The numbers that these files cite, each with the files. */
function citationsIn(...pathspec: string[]): Map<string, Set<string>> {
  const found = execFileSync('git', ['grep', '-noE', '\\bT[0-9]{1,2}\\b', '--', ...pathspec], {
    cwd: root,
    encoding: 'utf8',
  });
  const cited = new Map<string, Set<string>>();
  for (const line of found.trim().split('\n')) {
    const [file, , id] = line.split(':') as [string, string, string];
    cited.set(id, (cited.get(id) ?? new Set()).add(file));
  }
  return cited;
}

/** Whether a test or a group of tests of the file has this title, as it is written there. */
function hasTitle(file: string, title: string): boolean {
  const text = read(file);
  if (file.endsWith('.py')) return text.includes(`def ${title}(`);
  return [`'${title.replaceAll("'", "\\'")}'`, `"${title}"`, `\`${title}\``].some((literal) =>
    text.includes(`(${literal},`),
  );
}

test('every number that code and tests cite has a defence, and every number that documents cite is known', () => {
  const known = entries.map(({ id }) => id);
  const unknown = (cited: Map<string, Set<string>>, ids: string[]) =>
    [...cited].filter(([id]) => !ids.includes(id)).map(([id, files]) => [id, ...files]);
  expect(unknown(citationsIn('*.ts', '*.mjs', '*.py', '*.sql', '*.yml'), known)).toEqual([]);
  expect(unknown(citationsIn('*.md', ':!docs/concepts/threats.md'), [...known, ...open])).toEqual([]);
});

test('each number stands once, and what is not built is not among the defences', () => {
  const all = [...entries.map(({ id }) => id), ...open];
  expect(all.filter((id, index) => all.indexOf(id) !== index)).toEqual([]);
});

test.each(entries)('$id names code and tests that exist', ({ code, tests }) => {
  expect(code.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(code).not.toEqual([]);
  expect(tests).not.toEqual([]);
  expect(tests.filter(({ file, title }) => !existsSync(join(root, file)) || !hasTitle(file, title))).toEqual([]);
});
