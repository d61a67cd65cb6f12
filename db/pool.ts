/** The way to Postgres: one pool per process, with a limit on every wait, and one place that knows when Postgres is away. */
import { hash } from 'node:crypto';
import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool, types, type PoolClient } from 'pg';
import { AgentWardenError } from '../domain/errors';
import type { DB } from './schema.generated';

/** Both the database and a transaction on it: a function that takes one can be a part of somebody's larger change. */
export type Db = Kysely<DB>;

export interface PoolOptions {
  max?: number;
  /** What Postgres shows in pg_stat_activity. */
  application_name?: string;
  /** A connection that broke while nobody used it; the pool replaces it by itself. Without a listener the process would die. */
  on_idle_error?: (error: Error) => void;
  statement_timeout_ms?: number;
  connection_timeout_ms?: number;
}

const LIMITS = {
  connection_timeout_ms: 3_000,
  statement_timeout_ms: 10_000,
  /** Longer than the server's own limit: only for a server that does not even answer that it gave up. */
  grace_ms: 2_000,
  idle_in_transaction_ms: 20_000,
  idle_ms: 30_000,
} as const;

/** Texts that are prepared; each connection keeps its own copies, and lists of changing length make ever new ones. */
const PREPARED_MAX = 300;

/** What a caller should wait before trying again; Postgres restarts in one to a few seconds. */
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
  pool.on('error', (error) => options.on_idle_error?.(error));
  // For as long as it lives: between its first answer and its borrower nobody else listens, and one that the server ends in that moment
  // would end the process. Its next statement fails, which is how the borrower learns of it.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: careful(pool) }) });
}

/** Runs `work` in a transaction, or in the one that `db` already is. */
export function inTransaction<T>(db: Db, work: (trx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

/**
 * `unavailable` when Postgres (and not the statement) is the reason that something failed: no connection, shutting down,
 * out of connections or disk, read-only after a fail-over, or too slow. Null for every other error.
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
    'The database did not answer, so nothing was decided or changed that was not acknowledged. Try again in a moment.',
    { retry_after_s: RETRY_AFTER_S },
    { cause: error },
  );
}

/** By shape and not by class: Node's own errors need not be of this realm. `errors`: one per address that was tried. */
const isErrorLike = (error: unknown): error is { message: string; code?: unknown; errors?: unknown[] } =>
  typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';

/**
 * Of the operating system: E…. Of Postgres: 08 connection, 53 resources, 57P shutting down, 57014 a statement and 55P03 a
 * lock that took too long, 25P03 an idle transaction that was ended, 25006 read-only.
 */
const AWAY_CODES =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|08...|53...|57P0.|57014|55P03|25P03|25006|40P01|40001)$/;
/** The driver's own errors have no code. */
const AWAY_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|driver has already been destroyed|timeout expired)/;

/** 64-bit integers (sequence numbers, versions) as numbers: they stay far below 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  const int8: number = types.builtins.INT8;
  return oid === int8 ? Number : (types.getTypeParser(oid, format) as (text: string) => unknown);
}

/** Hands out connections whose errors are classified, and throws away one that stopped answering: its late answer would reach the next borrower. */
function careful(pool: Pool): PostgresPool {
  const names = namesOfStatements();
  return {
    connect: async () => guarded(await pool.connect().catch(rethrow), names),
    end: () => pool.end(),
  };
}

type NameOf = (sql: string) => string | undefined;

/**
 * Names make the driver prepare a statement once per connection. To parse and plan each one anew was two fifths of what
 * an approval cost Postgres. The name follows from the text, so that it can never stand for another one. Undefined beyond
 * the limit: that text is parsed each time.
 */
function namesOfStatements(): NameOf {
  const names = new Map<string, string>();
  return (sql) => {
    if (!names.has(sql) && names.size < PREPARED_MAX) names.set(sql, hash('sha256', sql, 'base64url'));
    return names.get(sql);
  };
}

/** Whether the database answers at all; never rejects. */
export const answers = (db: Db): Promise<boolean> =>
  sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );

/** Of Postgres: a prepared statement no longer fits its changed table, or is gone. A new connection prepares it again. */
const STALE_CODES = new Set<unknown>(['0A000', '26000']);

function guarded(client: PoolClient, nameOf: NameOf): PostgresPoolClient {
  let broken = false;
  // The pool listens only to idle connections; one that breaks between two statements of a borrower would end the process.
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
