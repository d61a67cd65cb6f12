/**
 * How many calls about one thing may be under way at once; the others wait for their turn, in order.
 *
 * A Temporal server takes ten updates of one workflow at a time. It refuses the eleventh, and with it forgets the workflow
 * task that is under way: the worker's work is lost and done again. Fifty votes at once took ten times as long so, and
 * some were rejected unseen.
 */
export type Turnstile = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createTurnstile(places: number): Turnstile {
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
      // The place is handed over, so that nobody slips in between.
      if (next) next();
      else if (--queue.inside === 0) queues.delete(key);
    }
  };
}
