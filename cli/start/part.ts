/** Supervises one process of a start: spawns it, restarts it when it dies, stops it. */
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
  /** Spawns the process, each time with the same ports and folders. */
  spawn(): ChildProcess;
  /** Resolves when the process serves; may reject. */
  ready(child: ChildProcess): Promise<void>;
  stopSignal: NodeJS.Signals;
  /** Time to stop before it is killed. */
  grace_ms: number;
  /** File with the process id, for the next start and for operators. */
  pidFile: string;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/** `ready` gets this long to reject with the last line of the log, which tells more than the exit code. */
const LAST_WORDS_MS = 500;
/** A process that ran this long was healthy, so the delay before a restart begins small again. */
const HEALTHY_MS = 10_000;

export class Part {
  private child: ChildProcess | null = null;
  private readonly stopped = new AbortController();
  private deaths = 0;

  constructor(
    private readonly spec: PartSpec,
    private readonly say: Say,
  ) {}

  /** Rejects when the first attempt fails: repeating does not mend a wrong setting. */
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

  /** Sends the stop signal, then SIGKILL after `grace_ms`. Resolves when the process is gone. */
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
