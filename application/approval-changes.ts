/**
 * Waits for an approval to change, with one LISTEN connection per process. A notification is only a hint and can be lost,
 * so a waiter reads the row itself: after it has registered, after every reconnect, and every ten seconds.
 */
import { EventEmitter, setMaxListeners } from 'node:events';
import { Client } from 'pg';

export interface Changes {
  /**
   * Repeats `read` until it returns a value; null when the time is over or `gone` is aborted. An error of the first or the
   * last read is thrown. An error in between is ignored, so a short outage of Postgres ends no wait.
   */
  waitFor<T>(
    approval_id: string,
    read: () => Promise<T | null>,
    limit: { until_ms: number; gone?: AbortSignal },
  ): Promise<T | null>;
  /** Number of waiters now. */
  waiting(): number;
  close(): Promise<void>;
}

export interface ChangesOptions {
  databaseUrl: string;
  onConfig(): void;
  onError(error: unknown): void;
  now(): number;
}

const READ_AGAIN_MS = 10_000;
const RECONNECT_MS = 500;
/** Limit of connecting and of LISTEN, each. `close` waits for both. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Event that makes every waiter read again. */
const ALL = '*';

export function listenForChanges({ databaseUrl, onConfig, onError, now }: ChangesOptions): Changes {
  const hints = new EventEmitter().setMaxListeners(0);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  let client: Client | null = null;
  let retry: NodeJS.Timeout | null = null;
  let waiting = 0;
  let connecting: Promise<void> = Promise.resolve();

  const lost = (which: Client): void => {
    if (client !== which || closing.signal.aborted) return;
    client = null;
    retry = setTimeout(() => void (connecting = connect()), RECONNECT_MS);
  };

  async function connect(): Promise<void> {
    const next = new Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'agentwarden changes',
    });
    client = next;
    next.on('error', onError);
    next.on('end', () => lost(next));
    next.on('notification', ({ channel, payload }) =>
      channel === 'config' ? onConfig() : hints.emit(`id:${payload}`),
    );
    try {
      await next.connect();
      await next.query('listen approval; listen config');
      // Changes may have been missed while there was no connection.
      onConfig();
      hints.emit(ALL);
    } catch (error) {
      onError(error);
      await next.end().catch(() => undefined);
      lost(next);
    }
  }
  connecting = connect();

  return {
    async waitFor(approval_id, read, { until_ms, gone }) {
      const over = gone ? AbortSignal.any([gone, closing.signal]) : closing.signal;
      const late = (): boolean => over.aborted || now() >= until_ms;
      for (let first = true; ; first = false) {
        const hint = hintOnce(hints, approval_id, over, () => Math.min(READ_AGAIN_MS, Math.max(0, until_ms - now())));
        try {
          const found = await read().catch((error: unknown) => {
            if (first || late()) throw error;
            return null;
          });
          if (found !== null || late()) return found;
          waiting += 1;
          await hint.given.finally(() => (waiting -= 1));
        } finally {
          hint.forget();
        }
      }
    },
    waiting: () => waiting,
    async close() {
      closing.abort();
      if (retry) clearTimeout(retry);
      await connecting;
      await client?.end().catch(() => undefined);
    },
  };
}

/** Registers at once. Resolves at the first notification, after `wait_ms`, or when `over` is aborted. */
function hintOnce(hints: EventEmitter, approval_id: string, over: AbortSignal, wait_ms: () => number) {
  const names = [ALL, `id:${approval_id}`];
  let resolve!: () => void;
  const given = new Promise<void>((done) => (resolve = done));
  const timer = setTimeout(resolve, wait_ms());
  for (const name of names) hints.on(name, resolve);
  over.addEventListener('abort', resolve, { once: true });
  return {
    given,
    forget() {
      clearTimeout(timer);
      for (const name of names) hints.off(name, resolve);
      over.removeEventListener('abort', resolve);
    },
  };
}
