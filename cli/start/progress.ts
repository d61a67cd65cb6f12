/** Progress of a start, line by line. */

export type Say = (line: string) => void;

/** Runs a long step and reports every five seconds that it still runs, so that nobody takes it for stuck. */
export async function withProgress<T>(step: string, say: Say, work: () => Promise<T>): Promise<T> {
  const begun_ms = Date.now();
  const timer = setInterval(() => say(`${step}, ${Math.round((Date.now() - begun_ms) / 1000)} s so far …`), 5000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
