/** Finds or downloads a Temporal server, and starts it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exitWithParent } from './exit-with-parent';
import { accepts } from './ports';
import type { Say } from './progress';
import { DOWNLOAD_SOURCES } from './temporal-download';

/** The environment variables that the search reads. */
export interface Surroundings {
  TEMPORAL_ADDRESS?: string;
  PATH?: string;
  XDG_CACHE_HOME?: string;
  [name: string]: string | undefined;
}

export type TemporalServer = { kind: 'address'; address: string } | { kind: 'executable'; path: string };

/** The user's cache folder for files that can be downloaded again. */
export function cacheFolder(env: Surroundings): string {
  const root =
    env['XDG_CACHE_HOME'] ||
    (process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache'));
  return join(root, 'agentwarden');
}

/** Looks where no download is needed: a configured address, PATH, the cache folder. */
export function findTemporal(env: Surroundings): TemporalServer | null {
  if (env.TEMPORAL_ADDRESS) return { kind: 'address', address: env.TEMPORAL_ADDRESS };
  const path = findOnPath('temporal', env.PATH ?? '') ?? findOnPath('temporal', cacheFolder(env));
  return path === null ? null : { kind: 'executable', path };
}

/** Finds a server, or downloads one into the cache folder. Throws one sentence that names each source and why it failed. */
export async function resolveTemporal(
  env: Surroundings,
  say: Say,
  sources = DOWNLOAD_SOURCES,
): Promise<TemporalServer> {
  const found = findTemporal(env);
  if (found) return found;
  const folder = cacheFolder(env);
  mkdirSync(folder, { recursive: true });
  const reasons: string[] = [];
  for (const source of sources) {
    say(`Temporal: no server found; downloading one from ${source.name} …`);
    try {
      const path = await source.fetch(folder, say);
      say(`Temporal: downloaded from ${source.name}; later starts use ${path}.`);
      return { kind: 'executable', path };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`Temporal: no download from ${source.name}: ${reason}`);
      reasons.push(`${source.name}: ${reason}`);
    }
  }
  throw new Error(
    `No Temporal server could be found or downloaded (${reasons.join('; ')}). Put the "temporal" command (https://docs.temporal.io/cli) on PATH, or set TEMPORAL_ADDRESS to a running server.`,
  );
}

/** The first executable file of this name in the folders of a PATH. */
export function findOnPath(name: string, path: string): string | null {
  return (
    path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name))
      .find(isExecutable) ?? null
  );
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A commit to the write-ahead log needs one flush to the disk; to the rollback journal, the default, several. */
const DURABLE = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'];

/** Starts the dev server on loopback, in its own process group. With `file` its state survives a kill. */
export function spawnTemporal(executable: string, port: number, file?: string, more: string[] = []): ChildProcess {
  const where = ['--ip', '127.0.0.1', '--port', String(port), ...(file ? ['--db-filename', file, ...DURABLE] : [])];
  const child = spawn(executable, ['server', 'start-dev', '--headless', '--log-level', 'error', ...where, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  exitWithParent(child, 'SIGTERM');
  return child;
}

/** Resolves when the port accepts connections; rejects when the process ends, or after `limit_ms`. */
export async function temporalReady(child: ChildProcess, port: number, limit_ms = 60_000): Promise<void> {
  const end = Date.now() + limit_ms;
  let log = '';
  const keep = (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode)
      throw new Error(`Temporal ended while it started: ${log.trim().split('\n').pop()}`);
    if (Date.now() > end)
      throw new Error(
        `Temporal did not answer on 127.0.0.1:${port} within ${limit_ms / 1000} s: ${log.trim().split('\n').pop()}`,
      );
    await pause(25);
  }
}
