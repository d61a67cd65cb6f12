import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process id is used again after its process ended; together with the start time it means one process. */
export interface ProcessIdentity {
  pid: number;
  started: string;
}

/** When the process began, in whatever unit the system tells; null when it is gone or only a zombie. */
export function startedAt(pid: number): string | null {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the command's name, which may itself hold spaces and brackets: state first, start time as the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

export const identify = (pid: number): ProcessIdentity => ({ pid, started: startedAt(pid) ?? '' });

export const isRunning = ({ pid, started }: ProcessIdentity): boolean => startedAt(pid) === started;

/** Reads what `JSON.stringify(identify(pid))` wrote; null for anything else. */
export function readIdentity(text: string): ProcessIdentity | null {
  try {
    const { pid, started } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null;
  } catch {
    return null;
  }
}
