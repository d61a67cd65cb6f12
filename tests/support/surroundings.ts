/** Addresses and passwords of the test run's servers. They are in a file, because jest's workers are other processes. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Surroundings {
  postgresPort: number;
  postgresPassword: string;
  appRole: string;
  appPassword: string;
  template: string;
  temporalAddress: string;
}

const VARIABLE = 'AGENTWARDEN_TEST_SURROUNDINGS';

export function writeSurroundings(file: string, surroundings: Surroundings): void {
  writeFileSync(file, JSON.stringify(surroundings));
  process.env[VARIABLE] = file;
}

export function readSurroundings(): Surroundings {
  const file = process.env[VARIABLE];
  if (!file) throw new Error('Postgres and Temporal of the test run are not there: run through jest project "real".');
  return JSON.parse(readFileSync(file, 'utf8')) as Surroundings;
}
