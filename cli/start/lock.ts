/** A lock file that belongs to one living process. docs/decisions/0011-own-lock-of-the-data-folder.md says why this is no library. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isRunning, readIdentity, type ProcessIdentity } from './process-identity';

/** Takes the lock for this process. Null when it is ours now, else the process that has it. */
export function takeLock(lock: string): ProcessIdentity | null {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)));
  try {
    return take(lock, own);
  } finally {
    rmSync(own, { force: true });
  }
}

export const releaseLock = (lock: string): void => rmSync(lock, { force: true });

/** The living process that has the lock; null when it is free or its holder died. */
export function lockHolder(lock: string): ProcessIdentity | null {
  try {
    const holder = readIdentity(readFileSync(lock, 'utf8'));
    return holder && isRunning(holder) ? holder : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}

function take(lock: string, own: string): ProcessIdentity | null {
  while (!linked(own, lock)) {
    const holder = lockHolder(lock) ?? removeDead(lock, own);
    if (holder) return holder;
  }
  return null;
}

/**
 * Removes the lock of a process that died. Two starts that both found it dead could each remove what the other has just
 * taken, so removing needs a lock of its own. Returns the process that has one of the two locks by now, if any.
 */
function removeDead(lock: string, own: string): ProcessIdentity | null {
  const guard = `${lock}.dead`;
  const other = take(guard, own);
  if (other) return other;
  try {
    const holder = lockHolder(lock); // another start may have taken it since the first look
    if (!holder) rmSync(lock, { force: true });
    return holder;
  } finally {
    rmSync(guard, { force: true });
  }
}

/** A link fails when the lock exists, and the lock appears with its whole text. */
function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
