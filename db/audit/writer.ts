/** Appends audit entries of many requests in shared transactions. */
import { AgentWardenError } from '../../domain/errors';
import { appendPrepared, type Appended } from './chain';
import { prepare, type AuditInput, type Prepared } from './entry';
import { unavailable, type Db } from '../pool';

export interface AuditWriterOptions {
  now_ms?: () => number;
  /** When so many entries wait, further ones are refused at once instead of being answered too late. */
  max_queued?: number;
  max_batch?: number;
}

interface Waiting {
  entry: Prepared;
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

/**
 * Group commit: while one batch is written, the next one collects. `append` resolves when its entry is durable. One writer
 * per process. Other writers and `appendAudit` may run at the same time: the lock of the head row puts them in order.
 */
export class AuditWriter {
  private queue: Waiting[] = [];
  private flushing: Promise<void> | null = null;
  private closed = false;
  private readonly now_ms: () => number;
  private readonly max_queued: number;
  private readonly max_batch: number;

  constructor(
    private readonly db: Db,
    options: AuditWriterOptions = {},
  ) {
    this.now_ms = options.now_ms ?? Date.now;
    this.max_queued = options.max_queued ?? 10_000;
    this.max_batch = options.max_batch ?? 256;
  }

  /** Throws `unavailable` when Postgres is unavailable, when too many entries wait, and after `close`. */
  append(input: AuditInput): Promise<Appended> {
    if (this.closed) return Promise.reject(refused('the server is stopping'));
    if (this.queue.length >= this.max_queued)
      return Promise.reject(refused(`${this.queue.length} entries are waiting`));
    const entry = prepare(input, this.now_ms());
    return new Promise((resolve, reject) => {
      this.queue.push({ entry, resolve, reject });
      this.flushing ??= this.flush();
    });
  }

  /** Refuses new entries. Resolves when the waiting entries are written or refused. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flushing;
  }

  private async flush(): Promise<void> {
    // Entries of the same turn of the event loop share the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) await this.write(this.queue.splice(0, this.max_batch));
    this.flushing = null;
  }

  private async write(batch: Waiting[]): Promise<void> {
    try {
      const appended = await appendPrepared(
        this.db,
        batch.map(({ entry }) => entry),
      );
      batch.forEach(({ resolve }, index) => resolve(appended[index] as Appended));
    } catch (error) {
      // An entry that Postgres cannot store must not fail the others of its batch. An unavailable Postgres fails them all.
      if (batch.length === 1 || unavailable(error)) for (const { reject } of batch) reject(error);
      else for (const waiting of batch) await this.write([waiting]);
    }
  }
}

const refused = (why: string): AgentWardenError =>
  new AgentWardenError(
    'unavailable',
    `The audit accepts no entries now (${why}), and nothing is done without one. Try again.`,
    {
      retry_after_s: 1,
    },
  );
