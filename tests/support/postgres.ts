import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { migrate } from '../../db/migrate';
import { createDb, type Db } from '../../db/pool';
import { readSurroundings, type Surroundings } from './surroundings';

export interface FreshDatabase {
  /** Connects as the application's role. */
  url: string;
  /** Connects as the owner of the tables. */
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

/** Creates the application's role and a migrated database to clone. The global set-up calls it once. */
export async function makeTemplate(surroundings: Surroundings): Promise<void> {
  await withClient(ownerUrl(surroundings, 'postgres'), async (client) => {
    await client.query(`create role ${surroundings.appRole} login password '${surroundings.appPassword}'`);
    await client.query(`create database ${surroundings.template}`);
  });
  await migrate(ownerUrl(surroundings, surroundings.template), surroundings.appRole);
}

function planDatabase(): FreshDatabase & { create(): Promise<void> } {
  const surroundings = readSurroundings();
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = ownerUrl(surroundings, 'postgres');
  return {
    url: `postgres://${surroundings.appRole}:${surroundings.appPassword}@127.0.0.1:${surroundings.postgresPort}/${name}`,
    migrationUrl: ownerUrl(surroundings, name),
    create: () => withClient(admin, (client) => cloneTemplate(client, name, surroundings.template)),
    drop: () =>
      withClient(admin, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  };
}

/** Clones the migrated template in about 50 ms. The caller drops the database. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const database = planDatabase();
  await database.create();
  return database;
}

/** One database and pool for all tests of the calling file or `describe`. */
export function withDatabase(): { db: Db; url: string; migrationUrl: string } {
  const { url, migrationUrl, create, drop } = planDatabase();
  const db = createDb(url); // connects at its first query
  beforeAll(create);
  afterAll(async () => {
    await db.destroy();
    await drop();
  });
  return { db, url, migrationUrl };
}

/** A new database and pool for each test. `use` receives them before the test. */
export function withDatabasePerTest(use: (database: FreshDatabase & { db: Db }) => void): void {
  let database: FreshDatabase;
  let db: Db;
  beforeEach(async () => {
    database = await freshDatabase();
    db = createDb(database.url);
    use({ ...database, db });
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });
}

/** Tries again on 55006: Postgres refuses to clone a template that another session is cloning. */
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
