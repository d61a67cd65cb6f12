import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whom the server runs as; empty when that is simply us. */
export interface Owner {
  uid?: number;
  gid?: number;
}

const NAME = 'postgres';

function lookUp(): Owner | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${NAME}:`));
  if (!line) return null;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Postgres refuses to run as root. There it runs as the user `postgres`, which is made when it is missing, as in containers. */
export function postgresUser(): Owner {
  if (process.getuid?.() !== 0) return {};
  const known = lookUp();
  if (known) return known;
  try {
    execFileSync('groupadd', ['--force', NAME], { stdio: 'pipe' });
    execFileSync('useradd', ['--no-create-home', '--gid', NAME, NAME], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      'Postgres does not run as root, and the user "postgres" that it should run as could not be made. Start as an ordinary user, or set DATABASE_URL to a Postgres of your own.',
      { cause: error },
    );
  }
  const made = lookUp();
  if (!made) throw new Error('The user "postgres" was made but is not in /etc/passwd. Start as an ordinary user.');
  return made;
}

/** The first folder on the way to `path` that the user may not pass, or null. Looks at the mode bits only, as root passes everything. */
export function firstClosedFolder(path: string, owner: Owner): string | null {
  if (owner.uid === undefined) return null;
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
    if (!(mode & bit)) return folder;
    if (dirname(folder) === folder) return null;
  }
}
