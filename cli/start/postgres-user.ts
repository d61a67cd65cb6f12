/** The system user that Postgres runs as, and the folders that this user must be able to enter. */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user of the server; empty when it is our own. */
export interface Owner {
  uid?: number;
  gid?: number;
}

const NAME = 'postgres';

function findUser(): Owner | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${NAME}:`));
  if (!line) return null;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Under root, Postgres runs as the user `postgres`, because it refuses to run as root. Creates the user when it is missing, as in containers. */
export function postgresUser(): Owner {
  if (process.getuid?.() !== 0) return {};
  const known = findUser();
  if (known) return known;
  try {
    execFileSync('groupadd', ['--force', NAME], { stdio: 'pipe' });
    execFileSync('useradd', ['--no-create-home', '--gid', NAME, NAME], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      'Postgres does not run as root, and the user "postgres" could not be created for it. Start as an ordinary user, or set DATABASE_URL to your own Postgres.',
      { cause: error },
    );
  }
  const created = findUser();
  if (!created)
    throw new Error('The user "postgres" was created but is not in /etc/passwd. Start as an ordinary user.');
  return created;
}

/** The first folder on the way to `path` that the user may not enter, or null. Reads the mode bits: root itself may enter every folder. */
export function firstClosedFolder(path: string, owner: Owner): string | null {
  if (owner.uid === undefined) return null;
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
    if (!(mode & bit)) return folder;
    if (dirname(folder) === folder) return null;
  }
}
