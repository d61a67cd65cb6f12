import { AgentWardenError } from '../../domain/errors';
import { appendPrepared, type Appended } from './chain';
import { prepare, type AuditInput, type Prepared } from './entry';
import { unavailable, type Db } from '../pool';

export interface AuditWriterOptions {
  now_ms?: () => number;
  /** Entries that may wait; beyond it an append is refused at once rather than answered late. */
  max_queued?: number;
  max_batch?: number;
}

interface Waiting {
  entry: Prepared;
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

/**
 * Group commit: while one batch is on its way to the disk, the next one gathers. An append is answered when its entry
 * is durable. One writer per process; more writers (and `appendAudit`) may run beside it, they meet at the head's lock.
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

  /** Throws `unavailable` when Postgres is away, when too much waits already, and after `close`. */
  append(input: AuditInput): Promise<Appended> {
    if (this.closed) return Promise.reject(refused('the server is stopping'));
    if (this.queue.length >= this.max_queued)
      return Promise.reject(refused(`${this.queue.length} entries wait already`));
    const entry = prepare(input, this.now_ms());
    return new Promise((resolve, reject) => {
      this.queue.push({ entry, resolve, reject });
      this.flushing ??= this.flush();
    });
  }

  /** Refuses new entries and returns when those that wait are written or were refused. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flushing;
  }

  private async flush(): Promise<void> {
    // What arrives in the same turn of the event loop shares the first batch.
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
      // One entry that Postgres cannot store must not take its neighbours with it; a server that is away takes all.
      if (batch.length === 1 || unavailable(error)) for (const { reject } of batch) reject(error);
      else for (const waiting of batch) await this.write([waiting]);
    }
  }
}

const refused = (why: string): AgentWardenError =>
  new AgentWardenError(
    'unavailable',
    `The audit takes no entry now (${why}), and nothing happens without one. Try again.`,
    {
      retry_after_s: 1,
    },
  );
