import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { withDatabasePerTest } from '../tests/support/postgres';
import { readServers } from '../tests/support/test-servers';
import { assertSchema, migrate, SchemaError } from './migrate';
import { createDb, type Db } from './pool';

/** A limit for busy machines; each test takes about a second. */
jest.setTimeout(60_000);

let db: Db, migrationUrl: string;
let folder: string;
const { appRole } = readServers();
const MIGRATIONS = join(__dirname, 'migrations');
const shipped = readdirSync(MIGRATIONS).sort();
const newest = shipped.at(-1)!;
/** The file name of a migration after the newest one. */
const next = (ahead: number, name: string): string => `${String(shipped.length + ahead).padStart(4, '0')}_${name}.sql`;

withDatabasePerTest((database) => ({ db, migrationUrl } = database));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  cpSync(MIGRATIONS, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const asOwner = async <T>(work: (owner: Db) => Promise<T>): Promise<T> => {
  const owner = createDb(migrationUrl);
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

const again = (role = appRole) => migrate(migrationUrl, role, folder);

test('an empty database gets every migration once, however many migrate at once', async () => {
  await empty();
  await expect(assertSchema(db, folder)).rejects.toThrow('agentwarden migrate');
  const runs = await Promise.all([again(), again(), again()]);
  expect(runs.filter((names) => names.length > 0)).toEqual([shipped]);
  await assertSchema(db, folder);
});

test('only a new migration runs, and until then a process refuses to start', async () => {
  const more = next(1, 'more');
  writeFileSync(join(folder, more), 'create table more (id int);');
  await expect(assertSchema(db, folder)).rejects.toThrow(
    `lacks the migration ${more}: run \`agentwarden migrate\` first`,
  );
  expect(await again()).toEqual([more]);
  await assertSchema(db, folder);
});

test('an edited migration is refused by migrate and assertSchema', async () => {
  appendFileSync(join(folder, '0002_approvals.sql'), '\n-- harmless');
  await expect(again()).rejects.toThrow(/0002_approvals.sql was edited after it ran/);
  await expect(assertSchema(db, folder)).rejects.toThrow(SchemaError);
});

test('an unknown migration is refused by migrate and assertSchema', async () => {
  rmSync(join(folder, newest));
  await expect(again()).rejects.toThrow(`${newest}, which this version of AgentWarden does not know`);
  await expect(assertSchema(db, folder)).rejects.toThrow(newest);
});

test('nothing runs if a number is missing or a name is malformed', async () => {
  const gap = next(2, 'gap');
  writeFileSync(join(folder, gap), 'select 1');
  await expect(again()).rejects.toThrow(`${gap} is out of order`);
  rmSync(join(folder, gap));
  writeFileSync(join(folder, 'zz.sql'), 'select 1');
  await expect(again()).rejects.toThrow(/zz.sql is out of order/);
});

test('a failed migration changes nothing, and those before it stay applied', async () => {
  const bad = next(2, 'bad');
  writeFileSync(join(folder, next(1, 'good')), 'create table good (id int);');
  writeFileSync(join(folder, bad), 'create table bad (id int); select nothing from nowhere;');
  await expect(again()).rejects.toThrow(`${bad} failed and changed nothing: relation "nowhere" does not exist`);
  const tables = await asOwner((owner) =>
    sql<{
      good: string | null;
      bad: string | null;
    }>`select to_regclass('good')::text as good, to_regclass('bad')::text as bad`.execute(owner),
  );
  expect(tables.rows).toEqual([{ good: 'good', bad: null }]);
  writeFileSync(join(folder, bad), 'create table bad (id int);');
  expect(await again()).toEqual([bad]);
});

test('a missing role is named', async () => {
  await expect(again('no_such_role')).rejects.toThrow(/no role no_such_role.*create it/);
});

test('rights are set anew each time: rights granted by hand are revoked', async () => {
  await asOwner((owner) => sql`grant delete on audit to ${sql.id(appRole)}`.execute(owner));
  await again();
  await expect(db.deleteFrom('audit').execute()).rejects.toThrow('permission denied');
});

test('the application may own the tables; then only the triggers protect the audit', async () => {
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
