/** Tells whether a process that was noted earlier still runs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Systems use a process id again after its process ended. Process id and start time together identify one process. */
export interface ProcessIdentity {
  pid: number;
  started: string;
}

/** The start time in the unit of the system; null when the process is gone or a zombie. */
export function startedAt(pid: number): string | null {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may contain spaces and brackets. After it, the state is field 1 and the start time field 20.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

export const identify = (pid: number): ProcessIdentity => ({ pid, started: startedAt(pid) ?? '' });

export const isRunning = ({ pid, started }: ProcessIdentity): boolean => startedAt(pid) === started;

/** Parses `JSON.stringify(identify(pid))`; null for any other text. */
export function readIdentity(text: string): ProcessIdentity | null {
  try {
    const { pid, started } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null;
  } catch {
    return null;
  }
}
