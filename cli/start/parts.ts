/** The four parts of a start: how each is spawned, when it is ready, how it stops. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, openSync, renameSync, statSync } from 'node:fs';
import type { Environment } from '../../config';
import type { DataFolder } from './data-folder';
import type { PartName, PartSpec } from './part';
import { postgresReady, spawnPostgres } from './postgres-server';
import { spawnTemporal, temporalReady } from './temporal-server';

const LARGEST_LOG_BYTES = 20_000_000;
const READY_WITHIN_MS = 60_000;

/** The log file of the part. A large one is renamed to `.old` first. */
function logFile(folder: DataFolder, name: PartName): string {
  const file = folder.file('logs', `${name}.log`);
  if (existsSync(file) && statSync(file).size > LARGEST_LOG_BYTES) renameSync(file, `${file}.old`);
  return file;
}

export function postgresPart(folder: DataFolder, port: number): PartSpec {
  const log = createWriteStream(logFile(folder, 'postgres'), { flags: 'a', mode: 0o600 });
  const dataDir = folder.file('postgres');
  return {
    name: 'postgres',
    pidFile: folder.pidFile('postgres'),
    stopSignal: 'SIGINT',
    grace_ms: 20_000,
    spawn() {
      const child = spawnPostgres(dataDir, port, { max_connections: '200' });
      child.stderr?.pipe(log, { end: false });
      return child;
    },
    ready: (child) => postgresReady(child, dataDir),
  };
}

export function temporalPart(folder: DataFolder, executable: string, port: number): PartSpec {
  const log = createWriteStream(logFile(folder, 'temporal'), { flags: 'a', mode: 0o600 });
  return {
    name: 'temporal',
    pidFile: folder.pidFile('temporal'),
    stopSignal: 'SIGTERM',
    grace_ms: 10_000,
    spawn() {
      const child = spawnTemporal(executable, port, folder.file('temporal.db'));
      child.stdout?.pipe(log, { end: false });
      child.stderr?.pipe(log, { end: false });
      return child;
    },
    ready: (child) => temporalReady(child, port),
  };
}

export interface NodePart {
  name: 'api' | 'worker';
  script: string;
  environment: Environment;
  /** On a terminal the log goes to a file; else to our stderr. */
  toFile: boolean;
}

/** API or worker: reports over IPC that it is ready, and exits when that channel closes, so that it never outlives us. */
export function nodePart(folder: DataFolder, { name, script, environment, toFile }: NodePart): PartSpec {
  const output = toFile ? openSync(logFile(folder, name), 'a', 0o600) : 2;
  return {
    name,
    pidFile: folder.pidFile(name),
    stopSignal: 'SIGTERM',
    grace_ms: 15_000,
    spawn: () =>
      spawn(process.execPath, ['--enable-source-maps', script], {
        env: environment,
        stdio: ['ignore', output, output, 'ipc'],
        detached: true,
      }),
    ready: saysReady,
  };
}

function saysReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`it was not ready after ${READY_WITHIN_MS / 1000} s`)),
      READY_WITHIN_MS,
    );
    child.on('message', (message: { ready?: boolean }) => {
      if (!message.ready) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', () => clearTimeout(late));
  });
}
