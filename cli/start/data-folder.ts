/** The data folder of `agentwarden start`: its lock, its keys, and the settings of its running parts. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fits } from '../../config/read';
import { lockHolder, releaseLock, takeLock } from './lock';
import { PART_NAMES, type PartName } from './part';
import { isRunning, readIdentity } from './process-identity';
import { writePrivateFile } from './private-file';

/** keys.json: created once, mode 0600. Without it every link, session, encrypted secret and open workflow is lost. */
export interface Secrets {
  secretKeys: string;
  /** Passwords in the embedded Postgres: of the superuser, and of the application's role. */
  postgresPassword: string;
  appPassword: string;
}

export class DataFolder {
  constructor(readonly path: string) {}

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  pidFile(name: PartName): string {
    return this.file('run', `${name}.pid`);
  }

  /** Creates the folder, closed to other users. Under root they may pass through it, because Postgres runs as another user there. */
  prepare(): void {
    for (const folder of [this.path, this.file('run'), this.file('logs'), this.file('outbox')])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) chmodSync(this.path, 0o711);
  }

  /** Locks the folder for this process. Throws when another process has it. */
  lock(): void {
    const holder = takeLock(this.file('lock'));
    if (holder)
      throw new Error(
        `AgentWarden already runs on the data folder ${this.path} (process ${holder.pid}). Stop it first, or use another folder with AGENTWARDEN_DATA_DIR.`,
      );
  }

  unlock(): void {
    rmSync(this.file('run', 'settings.json'), { force: true });
    releaseLock(this.file('lock'));
  }

  /** Ends the parts of a start that was killed. They end by themselves too, but not at once. */
  async endLeftOvers(limit_ms = 15_000): Promise<void> {
    const end = Date.now() + limit_ms;
    for (const name of [...PART_NAMES].reverse()) {
      const file = this.pidFile(name);
      const old = existsSync(file) ? readIdentity(readFileSync(file, 'utf8')) : null;
      if (old && isRunning(old)) process.kill(old.pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
      while (old && isRunning(old)) {
        if (Date.now() > end) process.kill(old.pid, 'SIGKILL');
        await pause(50);
      }
      rmSync(file, { force: true });
    }
  }

  /** The keys of the folder, created at the first start. Throws when there is a database without keys, because nothing in it can be read. */
  secrets(): Secrets {
    const file = this.file('keys.json');
    if (!existsSync(file)) {
      if (existsSync(this.file('postgres')))
        throw new Error(
          `The data folder ${this.path} has a database but no keys.json, so nothing in it can be read. Restore keys.json from a backup, or move the folder away to start afresh.`,
        );
      const fresh: Secrets = {
        secretKeys: `k1:${randomBytes(32).toString('base64')}`,
        postgresPassword: randomBytes(24).toString('hex'),
        appPassword: randomBytes(24).toString('hex'),
      };
      writePrivateFile(file, JSON.stringify(fresh, null, 2));
      return fresh;
    }
    try {
      const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>;
      if (fits('SECRET_KEYS', found.secretKeys) && found.postgresPassword && found.appPassword) return found as Secrets;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES')
        throw new Error(`The file ${file} belongs to another user. Start as that user.`, { cause: error });
    }
    throw new Error(
      `The file ${file} is damaged. Restore it from a backup, or move the data folder away to start afresh.`,
    );
  }

  /** Advice for a database that the folder's keys do not open, or that has lost a part. */
  restoreAdvice(): string {
    return `The database in ${this.file('postgres')} is damaged, or ${this.file('keys.json')} belongs to another database. Restore the data folder ${this.path} from a backup, or move it away to start afresh.`;
  }

  /** The settings of the running start, for other commands. Null when no start runs on this folder. */
  running(): Record<string, string> | null {
    const file = this.file('run', 'settings.json');
    if (!lockHolder(this.file('lock')) || !existsSync(file)) return null;
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  }

  publish(settings: Record<string, string>): void {
    writePrivateFile(this.file('run', 'settings.json'), JSON.stringify(settings));
  }
}
