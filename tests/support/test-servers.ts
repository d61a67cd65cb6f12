/** Addresses of the test run's Postgres and Temporal. In a file, because jest runs the tests in other processes. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface ServerAddresses {
  postgresPort: number;
  postgresPassword: string;
  appRole: string;
  appPassword: string;
  template: string;
  temporalAddress: string;
}

const VARIABLE = 'AGENTWARDEN_TEST_SERVERS';

export function writeServers(file: string, servers: ServerAddresses): void {
  writeFileSync(file, JSON.stringify(servers));
  process.env[VARIABLE] = file;
}

export function readServers(): ServerAddresses {
  const file = process.env[VARIABLE];
  if (!file) throw new Error('This test needs Postgres and Temporal: run it in the jest project "real".');
  return JSON.parse(readFileSync(file, 'utf8')) as ServerAddresses;
}
