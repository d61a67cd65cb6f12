import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { identify } from './process-identity';
import type { Say } from './progress';
import { writePrivateFile } from './private-file';

export const PART_NAMES = ['postgres', 'temporal', 'worker', 'api'] as const;
export type PartName = (typeof PART_NAMES)[number];

export interface PartSpec {
  name: PartName;
  /** Starts the process; the same ports and folders each time. */
  spawn(): ChildProcess;
  /** Resolves when it serves; may reject. */
  ready(child: ChildProcess): Promise<void>;
  stopSignal: NodeJS.Signals;
  /** How long it may take to stop before it is killed. */
  grace_ms: number;
  /** Where its process id is kept, for the next start and for people. */
  pidFile: string;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/** Who waits for a part to be ready can tell why it ended, from what it said last, a moment after it did. */
const LAST_WORDS_MS = 500;
/** A process that ran so long was healthy: the next death is a new story. */
const HEALTHY_MS = 10_000;

/** One supervised process: started, watched, started again when it dies, stopped when told. */
export class Part {
  private child: ChildProcess | null = null;
  private readonly stopped = new AbortController();
  private deaths = 0;

  constructor(
    private readonly spec: PartSpec,
    private readonly say: Say,
  ) {}

  /** Rejects when the first attempt fails: a wrong setting does not get better by trying again. */
  async start(): Promise<void> {
    await this.launch();
  }

  private async launch(): Promise<void> {
    const child = this.spec.spawn();
    this.child = child;
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
    if (child.pid) writePrivateFile(this.spec.pidFile, JSON.stringify(identify(child.pid)));
    const tooEarly = ended.then(async (how) => {
      await pause(LAST_WORDS_MS);
      throw new Error(`${this.spec.name} ended while it started (${how})`);
    });
    tooEarly.catch(() => undefined);
    try {
      await Promise.race([this.spec.ready(child), tooEarly]);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    const since = Date.now();
    void ended.then((how) => this.revive(how, since));
  }

  private async revive(how: string, since: number): Promise<void> {
    if (Date.now() - since > HEALTHY_MS) this.deaths = 0;
    while (!this.stopped.signal.aborted) {
      const delay = Math.min(FIRST_DELAY_MS * 2 ** this.deaths++, LONGEST_DELAY_MS);
      this.say(`${this.spec.name} ended (${how}); starting it again`);
      try {
        await pause(delay, undefined, { signal: this.stopped.signal });
        return await this.launch();
      } catch (error) {
        how = error instanceof Error ? error.message : String(error);
      }
    }
  }

  /** Politely, then without mercy; resolves when the process is gone. */
  async stop(): Promise<void> {
    this.stopped.abort();
    const child = this.child;
    if (child?.pid && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(this.spec.stopSignal);
      const late = setTimeout(() => child.kill('SIGKILL'), this.spec.grace_ms);
      await ended;
      clearTimeout(late);
    }
    rmSync(this.spec.pidFile, { force: true });
  }
}
