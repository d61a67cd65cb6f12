/** The parts of one start, and the order in which they stop. */
import { Part, type PartName, type PartSpec } from './part';
import type { Say } from './progress';

/** The API first, so that it can finish its answers. Postgres last, because the others write to it while they stop. */
const STOP_ORDER: PartName[] = ['api', 'worker', 'temporal', 'postgres'];

export class Supervisor {
  private readonly parts = new Map<PartName, Part>();
  private stopping: Promise<void> | null = null;

  constructor(private readonly say: Say) {}

  async run(spec: PartSpec): Promise<void> {
    if (this.stopping) throw new Error('AgentWarden is being stopped.');
    const part = new Part(spec, this.say);
    this.parts.set(spec.name, part);
    await part.start();
  }

  /** Any number of calls: Ctrl-C arrives from the terminal and from npm. */
  stop(): Promise<void> {
    return (this.stopping ??= this.stopAll());
  }

  private async stopAll(): Promise<void> {
    for (const name of STOP_ORDER) await this.parts.get(name)?.stop();
  }
}
