/**
 * Runs the migrations: numbered SQL files. Each runs once, in one transaction with the row that records it. A file that
 * ran may never change. `migrate` may run any number of times, also from several machines at once.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Client } from 'pg';
import type { Db } from './pool';

const FOLDER = join(__dirname, 'migrations');
const GRANTS = join(__dirname, 'grants.sql');
/** No other advisory lock in this database has this number. */
const LOCK = 4_178_090_451;
/** How long to wait for another migration, or for a table that a long statement locks. */
const LOCK_TIMEOUT_MS = 60_000;

interface Migration {
  version: number;
  name: string;
  sha256: string;
}

interface MigrationFile extends Migration {
  text: string;
}

/** The schema needs a person's help. The message says what is wrong and what to do. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/**
 * Runs the missing migrations as the owner of the tables (`migrationUrl`), then sets the rights of the application's
 * role. Returns the names of the migrations that ran. Throws `SchemaError`.
 */
export async function migrate(migrationUrl: string, appRole: string, folder = FOLDER): Promise<string[]> {
  const files = readMigrations(folder);
  const client = new Client({
    connectionString: migrationUrl,
    connectionTimeoutMillis: 10_000,
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query(
      'create table if not exists migrations (version int primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())',
    );
    const applied = await client.query<Migration>('select version, name, sha256 from migrations order by version');
    compare(files, applied.rows);
    const waiting = files.slice(applied.rows.length);
    for (const file of waiting) await run(client, file);
    await grant(client, appRole);
    return waiting.map((file) => file.name);
  } finally {
    await client.end();
  }
}

/** Called by every process at its start. Throws `SchemaError` unless the database has exactly this build's migrations. */
export async function assertSchema(db: Db, folder = FOLDER): Promise<void> {
  const files = readMigrations(folder);
  const there = await sql<{ there: boolean }>`select to_regclass('migrations') is not null as there`.execute(db);
  if (!there.rows[0]?.there) throw new SchemaError('The database is empty: run `agentwarden migrate` first.');
  const applied = await sql<Migration>`select version, name, sha256 from migrations order by version`.execute(db);
  compare(files, applied.rows);
  const missing = files[applied.rows.length];
  if (missing) {
    throw new SchemaError(`The database lacks the migration ${missing.name}: run \`agentwarden migrate\` first.`);
  }
}

function readMigrations(folder: string): MigrationFile[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name, index) => {
    const version = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
    if (version !== index + 1) {
      throw new SchemaError(`The migration ${name} is out of order: number ${index + 1} was expected in ${folder}.`);
    }
    const text = readFileSync(join(folder, name), 'utf8');
    return { version, name, text, sha256: createHash('sha256').update(text).digest('hex') };
  });
}

/** Throws unless the applied migrations are the first ones of this build, byte for byte. */
function compare(files: MigrationFile[], applied: Migration[]): void {
  applied.forEach((row, index) => {
    const file = files[index];
    if (!file || file.name !== row.name || row.version !== file.version) {
      throw new SchemaError(
        `The database has the migration ${row.name}, which this version of AgentWarden does not know: run the version that applied it, or a later one.`,
      );
    }
    if (file.sha256 !== row.sha256) {
      throw new SchemaError(
        `The migration ${row.name} was edited after it ran on this database: restore the file, and put the change into a new migration.`,
      );
    }
  });
}

async function run(client: Client, file: MigrationFile): Promise<void> {
  await client.query('begin');
  try {
    await client.query(file.text);
    await client.query('insert into migrations (version, name, sha256) values ($1, $2, $3)', [
      file.version,
      file.name,
      file.sha256,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new SchemaError(`The migration ${file.name} failed and changed nothing: ${reason}.`, { cause: error });
  }
}

/** Does nothing if the application connects as the owner of the tables: only triggers protect the audit then. */
async function grant(client: Client, appRole: string): Promise<void> {
  const found = await client.query<{ owner: boolean }>(
    'select rolname = current_user as owner from pg_roles where rolname = $1',
    [appRole],
  );
  const role = found.rows[0];
  if (!role) {
    throw new SchemaError(
      `The database has no role ${appRole} for the application to connect as: create it with a password first.`,
    );
  }
  if (role.owner) return;
  const grants = readFileSync(GRANTS, 'utf8').replaceAll(':app_role', client.escapeIdentifier(appRole));
  await client.query(`begin; ${grants}; commit`);
}
