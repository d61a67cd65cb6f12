/** Databases for tests, cloned from one migrated template. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { migrate } from '../../db/migrate';
import { createDb, type Db } from '../../db/pool';
import { readServers, type ServerAddresses } from './test-servers';

export interface FreshDatabase {
  /** Connects as the application's role. */
  url: string;
  /** Connects as the owner of the tables. */
  migrationUrl: string;
  drop(): Promise<void>;
}

export const TEMPLATE = 'agentwarden_template';

function ownerUrl(servers: ServerAddresses, database: string): string {
  return `postgres://postgres:${servers.postgresPassword}@127.0.0.1:${servers.postgresPort}/${database}`;
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
export async function makeTemplate(servers: ServerAddresses): Promise<void> {
  await withClient(ownerUrl(servers, 'postgres'), async (client) => {
    await client.query(`create role ${servers.appRole} login password '${servers.appPassword}'`);
    await client.query(`create database ${servers.template}`);
  });
  await migrate(ownerUrl(servers, servers.template), servers.appRole);
}

function planDatabase(): FreshDatabase & { create(): Promise<void> } {
  const servers = readServers();
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = ownerUrl(servers, 'postgres');
  return {
    url: `postgres://${servers.appRole}:${servers.appPassword}@127.0.0.1:${servers.postgresPort}/${name}`,
    migrationUrl: ownerUrl(servers, name),
    create: () => withClient(admin, (client) => cloneTemplate(client, name, servers.template)),
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
