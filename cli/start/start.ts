/** Starts and supervises Postgres, Temporal, API and worker on one machine, from one data folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../config';
import { configBeforeStart, definedOnly } from './start-settings';
import { DataFolder, type Secrets } from './data-folder';
import { nodePart, postgresPart, temporalPart } from './parts';
import { accepts, freePort, portIsFree } from './ports';
import type { Say } from './progress';
import { initialisePostgres } from './postgres-server';
import { Supervisor } from './supervisor';
import { resolveTemporal, type TemporalServer } from './temporal-server';
import type { Welcome } from './welcome';

export interface StartOptions {
  env: Environment;
  /** The folder with package.json and dist/. */
  project: string;
  /** API and worker log to files instead of our stderr. */
  quiet: boolean;
  say: Say;
}

export interface Started {
  welcome: Welcome;
  facts: { adminEmail: string; outbox: boolean };
  stop(): Promise<void>;
}

const STOPPED = 'AgentWarden was stopped.';

/**
 * Starts Postgres and Temporal, unless settings name external ones, then worker and API. Resolves when the API can answer
 * a check. `signal` stops the start at any time. Rejects with one sentence, after stopping every part again.
 */
export async function start({ env, project, quiet, say }: StartOptions, signal: AbortSignal): Promise<Started> {
  const set = definedOnly(env);
  const folder = new DataFolder(set.AGENTWARDEN_DATA_DIR ?? join(project, '.agentwarden'));
  const { host, port } = configBeforeStart(set, folder);
  if (!existsSync(folder.path)) await checkSurroundings(set, host, port);
  if (signal.aborted) throw new Error(STOPPED);
  openFolder(folder);
  const supervisor = new Supervisor(say);
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    folder.unlock();
  };
  // After Ctrl-C nothing waits for a download, or for a server that is being stopped.
  const stopped = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => void stop().finally(() => reject(new Error(STOPPED))), {
      once: true,
    }),
  );
  stopped.catch(() => undefined);
  const unlessStopped = <T>(work: Promise<T>): Promise<T> => Promise.race([work, stopped]);
  try {
    const secrets = folder.secrets();
    await folder.endLeftOvers();
    const publicPort = await choosePort(host, port);
    const settings = {
      SECRET_KEYS: secrets.secretKeys,
      AGENTWARDEN_OUTBOX_DIR: folder.file('outbox'),
      AGENTWARDEN_DATA_DIR: folder.path,
      ...set,
      PORT: String(publicPort),
    };
    const creatingPostgres = postgres(folder, secrets, set, { supervisor, say });
    const [database, temporal] = await Promise.all([
      creatingPostgres,
      unlessStopped(resolveTemporal(set, say)).then((server) => temporalServer(folder, server, { supervisor, say })),
    ]).catch(async (reason: unknown) => {
      await creatingPostgres.catch(() => undefined); // initdb must not go on after the start has failed
      throw reason;
    });
    say('Tables, API and worker: starting …');
    const { bootstrap, CHECK_URL } = require('./bootstrap') as typeof import('./bootstrap');
    const prepared = await unlessStopped(
      bootstrap(
        { ...settings, DATABASE_URL: undefined, ...database, TEMPORAL_ADDRESS: temporal },
        { appPassword: secrets.appPassword, advice: set.DATABASE_URL ? CHECK_URL : folder.restoreAdvice(), signal },
      ),
    );
    folder.publish({
      ...prepared.settings,
      PORT: settings.PORT,
      TEMPORAL_ADDRESS: temporal,
      SECRET_KEYS: settings.SECRET_KEYS,
      AGENTWARDEN_OUTBOX_DIR: settings.AGENTWARDEN_OUTBOX_DIR,
    });
    const environment = { ...env, ...settings, ...prepared.settings, TEMPORAL_ADDRESS: temporal };
    const part = (name: 'api' | 'worker', script: string) =>
      supervisor.run(nodePart(folder, { name, script: join(project, 'dist', script), environment, toFile: quiet }));
    await Promise.all([part('worker', 'worker.js'), part('api', 'api/server.js')]);
    return { welcome: { ...prepared.welcome, data_dir: folder.path }, facts: prepared.facts, stop };
  } catch (error) {
    await stop();
    // Stopping makes running steps fail. Their errors would hide that the start was stopped.
    throw signal.aborted ? new Error(STOPPED, { cause: error }) : error;
  }
}

/**
 * Checks the port, Postgres and Temporal before a first start creates its folder, so that a refused start leaves nothing
 * behind. Later starts check the port when the parts of a killed start have ended, which may still hold it.
 */
async function checkSurroundings(set: Record<string, string>, host: string, port: number): Promise<void> {
  const { assertPostgres, CHECK_URL } = require('./bootstrap') as typeof import('./bootstrap');
  const database = set.DATABASE_MIGRATION_URL ?? set.DATABASE_URL;
  await choosePort(host, port);
  await Promise.all([
    set.TEMPORAL_ADDRESS === undefined ? undefined : answering(set.TEMPORAL_ADDRESS),
    database === undefined ? undefined : assertPostgres(database, CHECK_URL),
  ]);
}

function openFolder(folder: DataFolder): void {
  try {
    folder.prepare();
  } catch (error) {
    throw new Error(
      `The data folder ${folder.path} cannot be created or written to (${(error as NodeJS.ErrnoException).code}). Choose another with AGENTWARDEN_DATA_DIR.`,
      { cause: error },
    );
  }
  folder.lock();
}

async function choosePort(host: string, port: number): Promise<number> {
  if (port === 0) return freePort(host);
  if (await portIsFree(port, host)) return port;
  throw new Error(
    `Port ${port} on ${host} is in use. Stop the server there, set PORT to another port, or set PORT=0 for a free one.`,
  );
}

/** Runs the parts, and gets the progress lines. */
interface Starter {
  supervisor: Supervisor;
  say: Say;
}

async function postgres(
  folder: DataFolder,
  secrets: Secrets,
  set: Record<string, string>,
  { supervisor, say }: Starter,
): Promise<{ DATABASE_URL?: string; DATABASE_MIGRATION_URL: string }> {
  if (set.DATABASE_URL) {
    if (set.DATABASE_MIGRATION_URL)
      return { DATABASE_URL: set.DATABASE_URL, DATABASE_MIGRATION_URL: set.DATABASE_MIGRATION_URL };
    return { DATABASE_MIGRATION_URL: set.DATABASE_URL }; // bootstrap creates the application's role
  }
  const dataDir = folder.file('postgres');
  say(existsSync(dataDir) ? 'Postgres: starting …' : `Postgres: creating a database in ${dataDir} …`);
  await initialisePostgres({ dataDir, password: secrets.postgresPassword });
  const port = await freePort();
  await supervisor.run(postgresPart(folder, port));
  return { DATABASE_MIGRATION_URL: `postgres://postgres:${secrets.postgresPassword}@127.0.0.1:${port}/agentwarden` };
}

async function temporalServer(
  folder: DataFolder,
  server: TemporalServer,
  { supervisor, say }: Starter,
): Promise<string> {
  if (server.kind === 'address') return answering(server.address);
  say(`Temporal: starting ${server.path} …`);
  const port = await freePort();
  await supervisor.run(temporalPart(folder, server.path, port));
  return `127.0.0.1:${port}`;
}

async function answering(address: string): Promise<string> {
  const { hostname, port } = new URL(`tcp://${address}`);
  if (await accepts(Number(port), hostname)) return address;
  throw new Error(`Temporal at ${address} does not answer. Start it, or unset TEMPORAL_ADDRESS to start one here.`);
}
