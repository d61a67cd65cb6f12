import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { migrate } from '../../db/migrate';
import { readSurroundings, type Surroundings } from './surroundings';

export interface FreshDatabase {
  /** As the application's role. */
  url: string;
  /** As the owner of the tables. */
  migrationUrl: string;
  drop(): Promise<void>;
}

export const TEMPLATE = 'agentwarden_template';

function ownerUrl(surroundings: Surroundings, database: string): string {
  return `postgres://postgres:${surroundings.postgresPassword}@127.0.0.1:${surroundings.postgresPort}/${database}`;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The application's role and a migrated database to clone. Called once, by the global set-up. */
export async function makeTemplate(surroundings: Surroundings): Promise<void> {
  await withClient(ownerUrl(surroundings, 'postgres'), async (client) => {
    await client.query(`create role ${surroundings.appRole} login password '${surroundings.appPassword}'`);
    await client.query(`create database ${surroundings.template}`);
  });
  await migrate(ownerUrl(surroundings, surroundings.template), surroundings.appRole);
}

/** A database of one test file's own, cloned from the migrated template in some 50 ms. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const surroundings = readSurroundings();
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = ownerUrl(surroundings, 'postgres');
  await withClient(admin, (client) => cloneTemplate(client, name, surroundings.template));
  return {
    url: `postgres://${surroundings.appRole}:${surroundings.appPassword}@127.0.0.1:${surroundings.postgresPort}/${name}`,
    migrationUrl: ownerUrl(surroundings, name),
    drop: () =>
      withClient(admin, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  };
}

/** Another session may just be cloning the template too; Postgres then refuses with 55006. */
async function cloneTemplate(client: Client, name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`create database ${name} template ${template}`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || attempt === 50) throw error;
      await pause(50);
    }
  }
}
