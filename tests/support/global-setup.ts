/** Starts one Postgres and one Temporal for the whole run, on free ports and in a temporary folder, so that several runs can work at the same time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { freePort } from '../../cli/start/ports';
import { initialisePostgres, postgresReady, spawnPostgres } from '../../cli/start/postgres-server';
import { resolveTemporal, spawnTemporal, temporalReady } from '../../cli/start/temporal-server';
import tearDown from './global-teardown';
import { makeTemplate, TEMPLATE } from './postgres';
import { writeServers, type ServerAddresses } from './test-servers';

/** The servers that the tear-down stops. Set-up and tear-down run in the same process. */
export interface TestServers {
  folder: string;
  children: ChildProcess[];
}

declare global {
  var testServers: TestServers | undefined;
}

/** Faster and still safe for tests: only a crash of the machine, not of Postgres, can lose data. */
const POSTGRES_FOR_TESTS = { fsync: 'off', full_page_writes: 'off', max_connections: '400', log_min_messages: 'fatal' };

export default async function setUp(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'agentwarden-test-'));
  chmodSync(folder, 0o711); // Postgres may run as another user
  const servers: TestServers = { folder, children: [] };
  globalThis.testServers = servers;
  sweepWhenKilled(servers);
  try {
    await startAll(servers);
  } catch (error) {
    await tearDown();
    throw error;
  }
}

/** Removes the folder if this process is killed before its tear-down. The servers stop by themselves when their parent is gone. */
function sweepWhenKilled(servers: TestServers): void {
  const script = 'while read -r line; do :; done; sleep 12; rm -rf "$1"';
  const sweeper = spawn('/bin/sh', ['-c', script, 'sweeper', servers.folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  sweeper.unref();
  servers.children.push(sweeper);
}

async function startAll(servers: TestServers): Promise<void> {
  const [postgres, temporalAddress] = await Promise.all([startPostgres(servers), startTemporal(servers)]);
  const addresses: ServerAddresses = {
    ...postgres,
    appRole: 'agentwarden_app',
    appPassword: randomBytes(12).toString('hex'),
    template: TEMPLATE,
    temporalAddress,
  };
  await makeTemplate(addresses);
  writeServers(join(servers.folder, 'servers.json'), addresses);
}

/** Tries another port if a process took the free one before the server listened on it. */
async function onFreePort(start: (port: number) => Promise<void>): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      await start(port);
      return port;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function startPostgres(servers: TestServers): Promise<{ postgresPort: number; postgresPassword: string }> {
  const dataDir = join(servers.folder, 'postgres');
  const postgresPassword = randomBytes(12).toString('hex');
  await initialisePostgres({ dataDir, password: postgresPassword });
  const postgresPort = await onFreePort(async (port) => {
    const child = spawnPostgres(dataDir, port, POSTGRES_FOR_TESTS);
    servers.children.push(child);
    await postgresReady(child, dataDir);
  });
  return { postgresPort, postgresPassword };
}

async function startTemporal(servers: TestServers): Promise<string> {
  const server = await resolveTemporal(process.env, (line) => console.error(line));
  if (server.kind === 'address') return server.address;
  const port = await onFreePort(async (candidate) => {
    const child = spawnTemporal(server.path, candidate, undefined, ['--log-level', 'never']);
    servers.children.push(child);
    await temporalReady(child, candidate);
  });
  await keepHistories(`127.0.0.1:${port}`);
  return `127.0.0.1:${port}`;
}

const THIRTY_DAYS_MS = 30 * 24 * 3600 * 1000;

/** Sets the retention of the dev server from one day to the thirty days that the product needs. */
async function keepHistories(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '30s' });
  try {
    await connection.workflowService.updateNamespace({
      namespace: 'default',
      config: { workflowExecutionRetentionTtl: msToTs(THIRTY_DAYS_MS) },
    });
  } finally {
    await connection.close();
  }
}
