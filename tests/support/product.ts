/** Starts the whole product by the README's command, in a scratch folder and on free ports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, readIdentity } from '../../cli/start/process-identity';

const PROJECT = resolve(__dirname, '../..');

/** The line that `npm start -- --json` prints when it is ready. */
export interface StartInfo {
  url: string;
  login_url: string;
  user_token: string;
  agent_id: string;
  agent_key: string;
  data_dir: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

export type Part = 'api' | 'worker' | 'temporal' | 'postgres';

export interface Product {
  info: StartInfo;
  /** Calls `/api` as the admin. */
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Calls `/sdk` as the demo agent. */
  sdk(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Gets a bearer token for this person from the command line. */
  token(email: string): Promise<string>;
  /** Kills one part with SIGKILL. Its supervisor starts it again. */
  kill(part: Part): Promise<void>;
  cli(...args: string[]): Promise<{ code: number; out: string }>;
  /** Everything that the product has printed, except its JSON line. */
  log(): string;
  stop(): Promise<void>;
}

export async function startProduct(settings: Record<string, string> = {}): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'agentwarden-product-'));
  await chmod(folder, 0o711); // Postgres may run as another user
  const environment = {
    ...process.env,
    PORT: '0',
    AGENTWARDEN_DATA_DIR: join(folder, 'data'),
    ADMIN_EMAIL: 'admin@acme.example',
    WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
    ...settings,
  };
  const child = spawn('npm', ['start', '--silent', '--', '--json'], {
    cwd: PROJECT,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log += text.toString()));
  const info = await firstJsonLine(child, () => log);

  const call = async (
    prefix: string,
    auth: Record<string, string>,
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
    const response = await fetch(`${info.url}${prefix}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...auth, ...headers },
      body: text,
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answer.startsWith('{') ? JSON.parse(answer) : answer,
    };
  };
  const cli = (...args: string[]): Promise<{ code: number; out: string }> =>
    run(['dist/cli/main.js', ...args], environment);
  return {
    info,
    api: (method, path, body, headers) =>
      call('/api', { authorization: `Bearer ${info.user_token}` }, method, path, body, headers),
    sdk: (method, path, body, headers) => call('/sdk', { 'x-api-key': info.agent_key }, method, path, body, headers),
    token: async (email) => (await cli('token', email)).out.trim(),
    kill: (part) => kill(part, info.data_dir),
    cli,
    log: () => log,
    stop: () => stop(child, folder),
  };
}

async function kill(part: Part, dataDir: string): Promise<void> {
  // If the part was killed a moment ago, this waits for its successor and kills that.
  await until(`${part} runs`, async () => {
    const running = readIdentity(await readFile(join(dataDir, 'run', `${part}.pid`), 'utf8'));
    return running && isRunning(running) && process.kill(running.pid, 'SIGKILL');
  });
}

async function firstJsonLine(child: ChildProcess, log: () => string): Promise<StartInfo> {
  for await (const line of createInterface({ input: child.stdout! }))
    if (line.startsWith('{')) return JSON.parse(line) as StartInfo;
  throw new Error(`npm start ended before it was ready:\n${log().slice(-4000)}`);
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; out: string }> {
  const child = spawn('node', args, { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (out += text.toString()));
  return new Promise((done) => child.on('close', (code) => done({ code: code ?? -1, out })));
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((done) => child.once('close', done));
    process.kill(-child.pid!, 'SIGINT');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
}

type Nothing = undefined | null | false;

/** Polls until `probe` returns a value that is not empty. Fails after `limit_ms`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | Nothing> | T | Nothing,
  limit_ms = 30_000,
): Promise<T> {
  for (const end = Date.now() + limit_ms; ; await pause(25)) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${limit_ms} ms`);
  }
}
