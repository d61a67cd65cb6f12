import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { CompiledQuery, sql } from 'kysely';
import { withDatabase } from '../tests/support/postgres';
import { AgentWardenError } from '../domain/errors';
import { createDb, inTransaction, unavailable, type Db } from './pool';

/** A limit for busy machines; each test takes about a second. */
jest.setTimeout(60_000);

const { url, migrationUrl } = withDatabase();

const away = { code: 'unavailable', facts: { retry_after_s: expect.any(Number) } };

async function withDb<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/** A server in place of Postgres that does what `behave` does. */
async function withServer(behave: (socket: Socket) => void, work: (url: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await work(`postgres://app:app@127.0.0.1:${port}/none`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

const ask = (db: Db) => sql`select 1`.execute(db);

test('a refused connection is unavailable', async () => {
  let url = '';
  await withServer(
    () => undefined,
    async (at) => void (url = at),
  );
  await withDb(createDb(url), (db) => expect(ask(db)).rejects.toMatchObject(away));
});

/** One message of Postgres' protocol. */
const said = (type: string, ...body: (string | number)[]): Buffer => {
  const bytes = Buffer.concat(
    body.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([0, 0, 0, part]))),
  );
  return Buffer.concat([Buffer.from(type), Buffer.from([0, 0, 0, bytes.length + 4]), bytes]);
};

test('a connection that breaks while it is made is unavailable, and does not crash the process', async () => {
  const welcome = [said('R', 0), said('Z', 'I')];
  const farewell = said('E', 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  await withServer(
    (socket) => socket.once('data', () => socket.end(Buffer.concat([...welcome, farewell]))),
    (url) => withDb(createDb(url), (db) => expect(ask(db)).rejects.toMatchObject(away)),
  );
});

test('a server that accepts and never answers is unavailable after the connection timeout', async () => {
  await withServer(
    () => undefined,
    (url) => withDb(createDb(url, { connection_timeout_ms: 200 }), (db) => expect(ask(db)).rejects.toMatchObject(away)),
  );
});

test('a server that closes the connection is unavailable', async () => {
  await withServer(
    (socket) => socket.end(),
    (url) => withDb(createDb(url), (db) => expect(ask(db)).rejects.toMatchObject(away)),
  );
});

test('a statement that takes too long is unavailable, and its connection stays usable', async () => {
  await withDb(createDb(url, { max: 1, statement_timeout_ms: 200 }), async (db) => {
    await expect(sql`select pg_sleep(5)`.execute(db)).rejects.toMatchObject(away);
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  });
});

test('a connection that stops answering is discarded, so that nobody gets a late answer to another query', async () => {
  const owner = createDb(migrationUrl);
  // Without the server's own limit on this connection, only the driver's limit is left.
  await withDb(createDb(url, { max: 1, statement_timeout_ms: 100 }), async (db) => {
    await sql`set statement_timeout = 0`.execute(db);
    const before = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    await expect(sql`select pg_sleep(20)`.execute(db)).rejects.toMatchObject(away);
    const after = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    expect(after.rows[0]?.pid).not.toBe(before.rows[0]?.pid);
    await sql`select pg_terminate_backend(${before.rows[0]?.pid})`.execute(owner);
  });
  await owner.destroy();
});

test('an idle connection that breaks is reported and replaced', async () => {
  const told: Error[] = [];
  await withDb(createDb(url, { max: 1, on_idle_error: (error) => told.push(error) }), async (db) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    await terminate(rows[0]?.pid);
    while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  });
});

test('a connection that breaks within a transaction makes it unavailable, and does not crash the process', async () => {
  await withDb(createDb(url, { max: 1 }), async (db) => {
    const work = inTransaction(db, async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await terminate(rows[0]?.pid);
      await ask(trx);
    });
    await expect(work).rejects.toMatchObject(away);
    expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  });
});

test('waiting too long for a free connection is unavailable', async () => {
  await withDb(createDb(url, { max: 1, connection_timeout_ms: 100 }), async (db) => {
    await inTransaction(db, () => expect(ask(db)).rejects.toMatchObject(away));
  });
});

test('after the end of the pool everything is unavailable', async () => {
  const db = createDb(url);
  await ask(db);
  await db.destroy();
  expect(unavailable(await ask(db).catch((error: unknown) => error))).toMatchObject(away);
});

test('an error in a statement is not turned into unavailable', async () => {
  await withDb(createDb(url), async (db) => {
    const error: unknown = await db
      .executeQuery(CompiledQuery.raw('select nothing from nowhere'))
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: '42P01' });
    expect(unavailable(error)).toBeNull();
  });
});

test('only errors of an unreachable, busy or stopping Postgres count as unavailable', () => {
  const coded = (code: string) => Object.assign(new Error('x'), { code });
  const yes = [
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EPIPE',
    '08006',
    '53100',
    '53300',
    '57P01',
    '57P03',
    '57014',
    '55P03',
    '25006',
    '40P01',
    '40001',
  ];
  for (const code of yes) expect(unavailable(coded(code))).toMatchObject(away);
  for (const code of ['23505', '42501', '22P05', '42P01', '28P01', 'ERR_INVALID_ARG_TYPE'])
    expect(unavailable(coded(code))).toBeNull();
  expect(unavailable(new AggregateError([coded('ECONNREFUSED')]))).toMatchObject(away);
  expect(unavailable(new Error('Connection terminated unexpectedly'))).toMatchObject(away);
  for (const other of [new Error('no'), new TypeError('x is not a function'), 'text', null, undefined])
    expect(unavailable(other)).toBeNull();
  const own = new AgentWardenError('unavailable', 'x');
  expect(unavailable(own)).toBe(own);
  expect(unavailable(new AgentWardenError('forbidden', 'x'))).toBeNull();
});

test('a transaction within a transaction is part of it', async () => {
  await withDb(createDb(url), async (db) => {
    await inTransaction(db, (trx) =>
      inTransaction(trx, async (inner) => {
        expect(inner).toBe(trx);
        await inner.insertInto('users').values({ id: 'usr_1', name: 'x' }).execute();
        throw new Error('undo');
      }),
    ).catch(() => undefined);
    expect(await db.selectFrom('users').select('id').execute()).toEqual([]);
  });
});

test('counts and sequence numbers are numbers', async () => {
  await withDb(createDb(url), async (db) => {
    expect((await sql<{ n: unknown }>`select 2::bigint as n`.execute(db)).rows).toEqual([{ n: 2 }]);
  });
});

async function terminate(pid: number | undefined): Promise<void> {
  await withDb(createDb(migrationUrl), (owner) => sql`select pg_terminate_backend(${pid})`.execute(owner));
}

const prepared = (db: Db) => sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db);

test('a statement is prepared once, for all parameters', async () => {
  await withDb(createDb(url, { max: 1 }), async (db) => {
    for (const wanted of [1, 2, 3])
      expect((await sql`select ${wanted}::int as got`.execute(db)).rows).toEqual([{ got: wanted }]);
    expect((await prepared(db)).rows).toEqual([{ statement: 'select $1::int as got' }]);
  });
});

test('statements are prepared up to a limit, and still answered beyond it', async () => {
  await withDb(createDb(url, { max: 1 }), async (db) => {
    for (let length = 1; length <= 310; length++) {
      const list = sql.join(Array.from({ length }, (_, index) => sql`${index}::int`));
      expect((await sql<{ n: number }>`select cardinality(array[${list}]) as n`.execute(db)).rows[0]?.n).toBe(length);
    }
    expect((await prepared(db)).rows).toHaveLength(300);
  });
});

test.each([
  ['whose table changed its type', 'alter table changing alter column value type text', '7'],
  ['that somebody took away', 'deallocate all', 7],
])('a prepared statement %s fails once and works again', async (_, change, value) => {
  const owner = createDb(migrationUrl, { max: 1 });
  await sql`drop table if exists changing`.execute(owner);
  await sql`create table changing as select 7 as value`.execute(owner);
  const ask = () => sql<{ value: unknown }>`select value from changing where ${true}::bool`.execute(owner);
  await ask();
  await sql.raw(change).execute(owner);
  await expect(ask()).rejects.toThrow(/cached plan|prepared statement/);
  expect((await ask()).rows).toEqual([{ value }]);
  await owner.destroy();
});
