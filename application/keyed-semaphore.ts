/**
 * A semaphore per key: it limits the calls that run at once for one key. Further calls wait in order.
 *
 * A Temporal server takes ten updates of one workflow at a time. It refuses the eleventh and drops the running workflow
 * task, so the worker does that work again. Without this limit, fifty votes at once took ten times as long, and some were
 * rejected without being read.
 */
export type KeyedSemaphore = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createKeyedSemaphore(places: number): KeyedSemaphore {
  const queues = new Map<string, { inside: number; waiting: (() => void)[] }>();
  return async (key, work) => {
    const queue = queues.get(key) ?? { inside: 0, waiting: [] };
    queues.set(key, queue);
    if (queue.inside < places) queue.inside += 1;
    else await new Promise<void>((resolve) => queue.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.waiting.shift();
      // The place goes straight to the next waiter, so that a new call cannot take it.
      if (next) next();
      else if (--queue.inside === 0) queues.delete(key);
    }
  };
}
