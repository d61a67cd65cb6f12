/** The data folder of `agentwarden start`: who uses it, its keys, and what its running parts are. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fits } from '../../config/read';
import { lockHolder, releaseLock, takeLock } from './lock';
import { PART_NAMES, type PartName } from './part';
import { isRunning, readIdentity } from './process-identity';
import { writePrivateFile } from './private-file';

/** Made once, mode 0600. Losing them makes every link, session, sealed secret and open workflow unreadable. */
export interface Secrets {
  secretKeys: string;
  /** Of the embedded Postgres: its superuser, and the role of the application. */
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

  /** Makes the folder. Others may pass through it only where Postgres must run as a user of its own. */
  prepare(): void {
    for (const folder of [this.path, this.file('run'), this.file('logs'), this.file('outbox')])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) chmodSync(this.path, 0o711);
  }

  /** Takes the folder for this process, or throws the sentence that names the process which has it. */
  lock(): void {
    const holder = takeLock(this.file('lock'));
    if (holder)
      throw new Error(
        `AgentWarden already runs on the data folder ${this.path} (process ${holder.pid}). Stop it first, or give this one another folder with AGENTWARDEN_DATA_DIR.`,
      );
  }

  unlock(): void {
    rmSync(this.file('run', 'settings.json'), { force: true });
    releaseLock(this.file('lock'));
  }

  /** Ends parts that an earlier start left behind when it was killed; they end by themselves, but not at once. */
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

  /** The folder's keys, made at the first start. A cluster without them is of no use to anybody, so that is refused. */
  secrets(): Secrets {
    const file = this.file('keys.json');
    if (!existsSync(file)) {
      if (existsSync(this.file('postgres')))
        throw new Error(
          `The data folder ${this.path} has a database but no keys.json, without which nothing in it can be read. Restore keys.json from a backup, or move the folder away to begin anew.`,
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
      `The file ${file} is damaged. Restore it from a backup, or move the data folder away to begin anew.`,
    );
  }

  /** Where the database of the folder opens not to its own keys, or has lost a part. */
  restoreAdvice(): string {
    return `The database in ${this.file('postgres')} is damaged, or ${this.file('keys.json')} is not its own. Restore the data folder ${this.path} from a backup, or move it away to begin anew.`;
  }

  /** The settings that a running start gave its parts; other commands use them. Null when nothing runs here. */
  running(): Record<string, string> | null {
    const file = this.file('run', 'settings.json');
    if (!lockHolder(this.file('lock')) || !existsSync(file)) return null;
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  }

  publish(settings: Record<string, string>): void {
    writePrivateFile(this.file('run', 'settings.json'), JSON.stringify(settings));
  }
}
