/** The processes of `npm start` end together: when the supervisor is killed, and on SIGTERM to it or to npm. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { DataFolder } from '../cli/start/data-folder';
import { PART_NAMES } from '../cli/start/part';
import { isRunning, readIdentity, type ProcessIdentity } from '../cli/start/process-identity';
import type { Welcome } from '../cli/start/welcome';

const project = resolve(__dirname, '..');
let scratch: string;
let folder: DataFolder;
const children: ChildProcess[] = [];

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: project, stdio: 'ignore' });
  scratch = mkdtempSync(join(tmpdir(), 'agentwarden-killed-'));
  chmodSync(scratch, 0o711);
  folder = new DataFolder(join(scratch, 'data'));
}, 120_000);
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
});

const DIRECT = [process.execPath, 'dist/cli/main.js', 'start', '--json'];
const BY_NPM = ['npm', 'start', '--silent', '--', '--json'];

async function begin([command, ...args] = DIRECT): Promise<{ child: ChildProcess; welcome: Welcome; lines: string[] }> {
  const env = { ...process.env, PORT: '0', AGENTWARDEN_DATA_DIR: folder.path };
  const child = spawn(command!, args, {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.startsWith('{')) break;
  }
  return { child, welcome: JSON.parse(lines.at(-1) ?? 'null') as Welcome, lines };
}

const parts = (): ProcessIdentity[] =>
  PART_NAMES.map((name) => readIdentity(readFileSync(folder.pidFile(name), 'utf8'))!);

test('if the supervisor is killed, its processes end and the next start continues with the same data', async () => {
  const first = await begin();
  expect(first.lines).toHaveLength(1);
  const before = parts();
  expect(before.every(isRunning)).toBe(true);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  // At once: the old processes may still be stopping.
  const second = await begin();
  expect(before.filter(isRunning)).toEqual([]);
  expect(second.welcome.agent_key).toBe(first.welcome.agent_key);
  expect((await fetch(`${second.welcome.url}/healthz`)).status).toBe(200);

  second.child.kill('SIGKILL');
  const orphans = parts();
  for (const end = Date.now() + 20_000; orphans.some(isRunning) && Date.now() < end;) await pause(50);
  expect(orphans.filter(isRunning)).toEqual([]);
}, 90_000);

test('SIGTERM ends it with code 0 and leaves no process', async () => {
  const { child } = await begin();
  const before = parts();
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(before.filter(isRunning)).toEqual([]);
}, 60_000);

test('SIGTERM to npm alone ends every process, although the shell between them passes no signal on', async () => {
  const { child } = await begin(BY_NPM);
  const before = parts();
  expect(before.every(isRunning)).toBe(true);
  child.kill('SIGTERM');
  for (const end = Date.now() + 30_000; before.some(isRunning) && Date.now() < end;) await pause(50);
  expect(before.filter(isRunning)).toEqual([]);
}, 90_000);
