/** Runs the worker as a separate process that a test can stop or kill. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import type { Config } from '../../config';

const root = resolve(__dirname, '../..');

export interface WorkerProcess {
  child: ChildProcess;
  /** Everything that it has written to stdout and stderr. */
  log(): string;
  kill(): Promise<void>;
  /** Stops it by SIGTERM, as a deployment does. Returns how it ended. */
  terminate(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Builds `dist/`, which the worker process runs. Call it before the first start. */
export async function buildWorker(): Promise<void> {
  const build = spawn(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: root, stdio: 'ignore' });
  expect(await once(build, 'exit')).toEqual([0, null]);
}

const keys = (list: Config['secretKeys']): string =>
  list.map(({ kid, secret }) => `${kid}:${secret.toString('base64')}`).join(',');

const ended = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

export async function startWorkerProcess(
  config: Config,
  settings: Record<string, string | undefined> = {},
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [join(root, 'dist/worker.js')], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: config.databaseUrl,
      TEMPORAL_ADDRESS: config.temporal.address,
      TEMPORAL_TASK_QUEUE: config.temporal.taskQueue,
      SECRET_KEYS: keys(config.secretKeys),
      PAYLOAD_KEYS: keys(config.payloadKeys),
      MAIL_FROM: 'warden@acme.example',
      LOG_LEVEL: 'silent',
      ...settings,
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (text: Buffer) => (log += text.toString()));
  const [message] = (await once(child, 'message')) as [unknown];
  expect(message).toEqual({ ready: true });
  return {
    child,
    log: () => log,
    async kill() {
      if (ended(child)) return;
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      await gone;
    },
    async terminate() {
      const gone = once(child, 'close');
      child.kill('SIGTERM');
      const [code, signal] = (await gone) as [number | null, NodeJS.Signals | null];
      return { code, signal };
    },
  };
}
