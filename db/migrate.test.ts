import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { freshDatabase, type FreshDatabase } from '../tests/support/postgres';
import { readSurroundings } from '../tests/support/surroundings';
import { assertSchema, migrate, SchemaError } from './migrate';
import { createDb, type Db } from './pool';

/** A bound for a busy machine; each test takes a second or so. */
jest.setTimeout(60_000);

let database: FreshDatabase;
let db: Db;
let folder: string;
const { appRole } = readSurroundings();

beforeEach(async () => {
  database = await freshDatabase();
  db = createDb(database.url);
  folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  cpSync(join(__dirname, 'migrations'), folder, { recursive: true });
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await db.destroy();
  await database.drop();
});

const asOwner = async <T>(work: (owner: Db) => Promise<T>): Promise<T> => {
  const owner = createDb(database.migrationUrl);
  try {
    return await work(owner);
  } finally {
    await owner.destroy();
  }
};

const empty = () =>
  asOwner(async (owner) => {
    await sql`drop schema public cascade`.execute(owner);
    await sql`create schema public`.execute(owner);
  });

const again = (role = appRole) => migrate(database.migrationUrl, role, folder);

test('an empty database gets every migration once, however many migrate at once', async () => {
  await empty();
  await expect(assertSchema(db, folder)).rejects.toThrow('agentwarden migrate');
  const runs = await Promise.all([again(), again(), again()]);
  expect(runs.map((names) => names.length).sort()).toEqual([0, 0, 4]);
  expect(runs.flat()).toEqual([
    '0001_configuration.sql',
    '0002_approvals.sql',
    '0003_audit.sql',
    '0004_given_addresses.sql',
  ]);
  await assertSchema(db, folder);
});

test('a new migration runs alone; before that a process refuses to work', async () => {
  writeFileSync(join(folder, '0005_more.sql'), 'create table more (id int);');
  await expect(assertSchema(db, folder)).rejects.toThrow(/lacks the migration 0005_more.sql.*agentwarden migrate/);
  expect(await again()).toEqual(['0005_more.sql']);
  await assertSchema(db, folder);
});

test('an edited migration is refused in one sentence, by both', async () => {
  appendFileSync(join(folder, '0002_approvals.sql'), '\n-- harmless');
  await expect(again()).rejects.toThrow(/0002_approvals.sql was edited after it ran/);
  await expect(assertSchema(db, folder)).rejects.toThrow(SchemaError);
});

test('a migration that this build does not know is refused, by both', async () => {
  rmSync(join(folder, '0004_given_addresses.sql'));
  await expect(again()).rejects.toThrow(/0004_given_addresses.sql, which this version of AgentWarden does not know/);
  await expect(assertSchema(db, folder)).rejects.toThrow(/0004_given_addresses.sql/);
});

test('numbers without gaps and names in one form, or nothing runs', async () => {
  writeFileSync(join(folder, '0006_gap.sql'), 'select 1');
  await expect(again()).rejects.toThrow(/0006_gap.sql is out of order/);
  rmSync(join(folder, '0006_gap.sql'));
  writeFileSync(join(folder, 'zz.sql'), 'select 1');
  await expect(again()).rejects.toThrow(/zz.sql is out of order/);
});

test('a migration that fails changes nothing, and those before it stay', async () => {
  writeFileSync(join(folder, '0005_good.sql'), 'create table good (id int);');
  writeFileSync(join(folder, '0006_bad.sql'), 'create table bad (id int); select nothing from nowhere;');
  await expect(again()).rejects.toThrow(/0006_bad.sql failed and changed nothing: relation "nowhere" does not exist/);
  const tables = await asOwner((owner) =>
    sql<{
      good: string | null;
      bad: string | null;
    }>`select to_regclass('good')::text as good, to_regclass('bad')::text as bad`.execute(owner),
  );
  expect(tables.rows).toEqual([{ good: 'good', bad: null }]);
  writeFileSync(join(folder, '0006_bad.sql'), 'create table bad (id int);');
  expect(await again()).toEqual(['0006_bad.sql']);
});

test('a role that is not there is named', async () => {
  await expect(again('no_such_role')).rejects.toThrow(/no role no_such_role.*create it/);
});

test('rights are set anew each time: what was granted by hand is taken away again', async () => {
  await asOwner((owner) => sql`grant delete on audit to ${sql.id(appRole)}`.execute(owner));
  await again();
  await expect(db.deleteFrom('audit').execute()).rejects.toThrow('permission denied');
});

test('the owner of the tables may be the application too; then only the triggers guard the audit', async () => {
  await again('postgres');
  await asOwner((owner) => expect(owner.deleteFrom('audit').execute()).rejects.toThrow('append-only'));
});

test('the application may do exactly what it needs', async () => {
  const { rows } = await asOwner((owner) =>
    sql<{ table_name: string; rights: string }>`
      select table_name, string_agg(lower(left(privilege_type, 1)), '' order by privilege_type) as rights
      from information_schema.table_privileges where grantee = ${appRole} and table_schema = 'public'
      group by table_name order by table_name`.execute(owner),
  );
  // delete, insert, select, update
  expect(Object.fromEntries(rows.map(({ table_name, rights }) => [table_name, rights]))).toEqual({
    agents: 'isu',
    approval_events: 'is',
    approvals: 'isu',
    audit: 'is',
    audit_head: 'su',
    audit_texts: 'is',
    config_version: 's',
    deliveries: 'isu',
    grants: 'isu',
    idempotency: 'disu',
    identities: 'disu',
    keys: 'isu',
    login_links: 'disu',
    migrations: 's',
    permissions: 'disu',
    policy_versions: 'is',
    sessions: 'disu',
    user_roles: 'disu',
    users: 'isu',
    votes: 'isu',
    webhooks: 'disu',
  });
});
