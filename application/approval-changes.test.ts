import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { withDatabase } from '../tests/support/postgres';
import { listenForChanges, type Changes } from './approval-changes';

describe('waiting for a change', () => {
  let changes: Changes;
  let configs = 0;
  afterAll(() => changes.close()); // before the database is dropped
  const { db, url } = withDatabase();
  beforeAll(() => {
    changes = listenForChanges({
      databaseUrl: url,
      onConfig: () => void configs++,
      onError: () => undefined,
      now: Date.now,
    });
  });

  const notify = (id: string) => sql`select pg_notify('approval', ${id})`.execute(db);
  const soon = () => Date.now() + 8_000;
  /** Reads null until `ready()`, and counts how often it was asked. */
  const reader = () => {
    const seen = { reads: 0, value: null as string | null };
    return { seen, read: async () => ((seen.reads += 1), seen.value) };
  };

  test('ends at once where there is nothing to wait for', async () => {
    await expect(changes.waitFor('apr_a', async () => 'there', { until_ms: soon() })).resolves.toBe('there');
  });

  test('reads again when the approval is named, and not for another one', async () => {
    const { seen, read } = reader();
    const waiting = changes.waitFor('apr_b', read, { until_ms: soon() });
    await notify('apr_other');
    await notify('apr_other');
    expect(seen.reads).toBeLessThanOrEqual(2);
    seen.value = 'changed';
    await notify('apr_b');
    await expect(waiting).resolves.toBe('changed');
  });

  test('misses nothing that happens while it reads for the first time', async () => {
    let reads = 0;
    const read = async () => {
      if (++reads > 1) return 'changed';
      await notify('apr_c');
      return null;
    };
    // The clock is stopped, so only the notification can cause another read.
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
    try {
      await expect(changes.waitFor('apr_c', read, { until_ms: soon() })).resolves.toBe('changed');
    } finally {
      jest.useRealTimers();
    }
  });

  test('ends at its time, after one more look', async () => {
    const { seen, read } = reader();
    await expect(changes.waitFor('apr_d', read, { until_ms: Date.now() + 50 })).resolves.toBeNull();
    expect(seen.reads).toBeGreaterThanOrEqual(2);
  });

  test('ends when the caller hangs up', async () => {
    const gone = new AbortController();
    const waiting = changes.waitFor('apr_e', reader().read, { until_ms: soon(), gone: gone.signal });
    gone.abort();
    await expect(waiting).resolves.toBeNull();
  });

  test('reads again after the connection was lost and is back', async () => {
    const { seen, read } = reader();
    const before = configs;
    const waiting = changes.waitFor('apr_f', read, { until_ms: soon() });
    seen.value = 'while nobody listened';
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'agentwarden changes' and datname = current_database()`.execute(
      db,
    );
    await expect(waiting).resolves.toBe('while nobody listened');
    expect(configs).toBeGreaterThan(before);
  });

  test('waits out a database that is away for a moment, but not at the first look and not at the last', async () => {
    const away = new Error('away');
    const failing = () => Promise.reject(away);
    await expect(changes.waitFor('apr_h', failing, { until_ms: soon() })).rejects.toBe(away);

    let reads = 0;
    const flickering = async () => {
      if (++reads === 2) throw away;
      return reads > 2 ? 'back' : null;
    };
    const waiting = changes.waitFor('apr_i', flickering, { until_ms: soon() });
    for (const upTo of [2, 3]) while (reads < upTo) await notify('apr_i');
    await expect(waiting).resolves.toBe('back');

    let looks = 0;
    const lost = () => (++looks === 1 ? Promise.resolve(null) : failing());
    await expect(changes.waitFor('apr_j', lost, { until_ms: Date.now() + 50 })).rejects.toBe(away);
  });

  test('counts who waits', async () => {
    const { seen, read } = reader();
    expect(changes.waiting()).toBe(0);
    const waiting = [1, 2].map(() => changes.waitFor('apr_k', read, { until_ms: soon() }));
    while (changes.waiting() < 2) await sql`select 1`.execute(db);
    seen.value = 'there';
    await notify('apr_k');
    await Promise.all(waiting);
    expect(changes.waiting()).toBe(0);
  });

  test('hears that the configuration changed', async () => {
    const before = configs;
    await sql`select pg_notify('config', '2')`.execute(db);
    for (const end = soon(); configs === before && Date.now() < end;) await sql`select 1`.execute(db);
    expect(configs).toBeGreaterThan(before);
  });

  test('ends for everybody when it is closed', async () => {
    const own = listenForChanges({
      databaseUrl: url,
      onConfig: () => undefined,
      onError: () => undefined,
      now: Date.now,
    });
    const waiting = own.waitFor('apr_g', reader().read, { until_ms: soon() });
    await own.close();
    await expect(waiting).resolves.toBeNull();
    await own.close();
  });

  test('does not wait for a Postgres that freezes before it has begun to listen, when it is closed', async () => {
    const { hostname, port } = new URL(url);
    const frozen = createServer((near) => {
      const far = connect(Number(port), hostname).on('error', () => undefined);
      near.on('error', () => undefined).on('close', () => far.destroy());
      near.on('data', (bytes) => (bytes.includes('listen approval') ? frozen.emit('frozen') : far.write(bytes)));
      far.pipe(near);
    });
    await once(frozen.listen(0, '127.0.0.1'), 'listening');
    const through = new URL(url);
    through.host = `127.0.0.1:${(frozen.address() as AddressInfo).port}`;
    const errors: unknown[] = [];
    const own = listenForChanges({
      databaseUrl: through.href,
      onConfig: () => undefined,
      onError: (error) => errors.push(error),
      now: Date.now,
    });
    await once(frozen, 'frozen');
    await own.close();
    expect(errors).toEqual([new Error('Query read timeout')]);
    await new Promise((resolve) => frozen.close(resolve));
  });
});
