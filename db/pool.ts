/** The connection pool: one per process, with a timeout on every wait. Tells an unavailable Postgres from a failed statement. */
import { hash } from 'node:crypto';
import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool, types, type PoolClient } from 'pg';
import { AgentWardenError } from '../domain/errors';
import type { DB } from './schema.generated';

/** The database or a transaction on it. A function that takes a `Db` can run alone or as a part of a larger transaction. */
export type Db = Kysely<DB>;

export interface PoolOptions {
  max?: number;
  /** Shown in `pg_stat_activity`. */
  application_name?: string;
  /** Called when an idle connection breaks. The pool replaces the connection by itself. */
  on_idle_error?: (error: Error) => void;
  statement_timeout_ms?: number;
  connection_timeout_ms?: number;
}

const LIMITS = {
  connection_timeout_ms: 3_000,
  statement_timeout_ms: 10_000,
  /** Added to the server's own limit. The driver's timeout is only for a server that stopped answering. */
  grace_ms: 2_000,
  idle_in_transaction_ms: 20_000,
  idle_ms: 30_000,
} as const;

/** Prepared statements per connection. Needs a bound, because a list of another length makes another statement. */
const PREPARED_MAX = 300;

/** Sent to clients as `retry_after_s`. Postgres restarts within a few seconds. */
const RETRY_AFTER_S = 2;

export function createDb(url: string, options: PoolOptions = {}): Db {
  const statement_timeout_ms = options.statement_timeout_ms ?? LIMITS.statement_timeout_ms;
  const pool = new Pool({
    connectionString: url,
    max: options.max ?? 20,
    application_name: options.application_name ?? 'agentwarden',
    connectionTimeoutMillis: options.connection_timeout_ms ?? LIMITS.connection_timeout_ms,
    idleTimeoutMillis: LIMITS.idle_ms,
    statement_timeout: statement_timeout_ms,
    query_timeout: statement_timeout_ms + LIMITS.grace_ms,
    idle_in_transaction_session_timeout: LIMITS.idle_in_transaction_ms,
    keepAlive: true,
    types: { getTypeParser },
  });
  // Without a listener an idle connection that breaks would crash the process.
  pool.on('error', (error) => options.on_idle_error?.(error));
  // Permanent error handler: between connect and checkout `pg` attaches none, and an unhandled `error` would crash the
  // process. The next query fails, so the borrower notices.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: checkedPool(pool) }) });
}

/** Runs `work` in a transaction, or in the one that `db` already is. */
export function inTransaction<T>(db: Db, work: (trx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

/**
 * The error `unavailable` if Postgres and not the statement is at fault: no connection, shutting down, out of connections
 * or disk, read-only after a fail-over, a timeout. Null for every other error.
 */
export function unavailable(error: unknown): AgentWardenError | null {
  if (error instanceof AgentWardenError) return error.code === 'unavailable' ? error : null;
  if (!isErrorLike(error)) return null;
  if (error.errors?.[0] !== undefined) return unavailable(error.errors[0]);
  const code = typeof error.code === 'string' ? error.code : '';
  const away = code === '' ? AWAY_MESSAGES.test(error.message) : AWAY_CODES.test(code);
  if (!away) return null;
  return new AgentWardenError(
    'unavailable',
    'The database did not answer. No decision or change was made without an acknowledgement. Try again in a moment.',
    { retry_after_s: RETRY_AFTER_S },
    { cause: error },
  );
}

/** Checks the shape and not the class: Node's errors may come from another realm. `errors` has one error per address tried. */
const isErrorLike = (error: unknown): error is { message: string; code?: unknown; errors?: unknown[] } =>
  typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';

/**
 * E…: the operating system. The rest is Postgres: 08 connection, 53 resources, 57P shutting down, 57014 statement timeout,
 * 55P03 lock timeout, 25P03 idle transaction ended, 25006 read-only, 40P01 deadlock, 40001 serialization failure.
 */
const AWAY_CODES =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|08...|53...|57P0.|57014|55P03|25P03|25006|40P01|40001)$/;
/** The driver's own errors have no code, only a message. */
const AWAY_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|driver has already been destroyed|timeout expired)/;

/** Reads 64-bit integers as numbers: sequence numbers and versions stay far below 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  const int8: number = types.builtins.INT8;
  return oid === int8 ? Number : (types.getTypeParser(oid, format) as (text: string) => unknown);
}

/** Classifies errors, and discards a connection that stopped answering: its late answer would go to the next borrower. */
function checkedPool(pool: Pool): PostgresPool {
  const names = statementNames();
  return {
    connect: async () => checkedClient(await pool.connect().catch(rethrow), names),
    end: () => pool.end(),
  };
}

type NameOf = (sql: string) => string | undefined;

/**
 * The driver prepares a named statement once per connection. Without names, parsing and planning took two fifths of what
 * an approval costs Postgres. The name is a hash of the text, so that no two texts share one. A text beyond the limit gets
 * no name and is parsed each time.
 */
function statementNames(): NameOf {
  const names = new Map<string, string>();
  return (sql) => {
    if (!names.has(sql) && names.size < PREPARED_MAX) names.set(sql, hash('sha256', sql, 'base64url'));
    return names.get(sql);
  };
}

/** Whether the database answers. Never rejects. */
export const isReachable = (db: Db): Promise<boolean> =>
  sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );

/** A prepared statement no longer fits its changed table, or is gone. A new connection prepares it again. */
const STALE_CODES = new Set<unknown>(['0A000', '26000']);

function checkedClient(client: PoolClient, nameOf: NameOf): PostgresPoolClient {
  let broken = false;
  // The pool handles errors of idle connections only. This connection may break between two statements of its borrower.
  const onError = () => {
    broken = true;
  };
  client.on('error', onError);
  const query = (text: string, values: unknown[]) =>
    client.query({ text, values, ...(values.length > 0 ? { name: nameOf(text) } : {}) }).catch((error: unknown) => {
      const { code } = error as { code?: string };
      broken ||= code === undefined || STALE_CODES.has(code);
      return rethrow(error);
    });
  return {
    query: query as unknown as PostgresPoolClient['query'],
    release: () => {
      client.release(broken);
      client.removeListener('error', onError);
    },
  };
}

function rethrow(error: unknown): never {
  throw unavailable(error) ?? error;
}
