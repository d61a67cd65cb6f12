// A virtual environment for the Python SDK's tests and checks, in .cache/, made anew when its requirements change.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the folder of the environment's commands; throws one sentence when it cannot be made. */
export function pythonCommands(root, say) {
  const home = join(root, '.cache', 'python');
  const stampFile = join(home, 'agentwarden-stamp');
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'sdk/python/pyproject.toml')))
    .digest('hex');
  const bin = join(home, process.platform === 'win32' ? 'Scripts' : 'bin');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return bin;

  say('Making a Python environment in .cache/python …');
  rmSync(home, { recursive: true, force: true });
  const run = (command, ...args) => {
    const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0)
      throw new Error(
        `"${command} ${args.join(' ')}" failed${error ? ` (${error.message})` : ''}; Python 3.9 or later with venv and pip is needed.`,
      );
  };
  run('python3', '-m', 'venv', home);
  run(join(bin, 'python'), '-m', 'pip', 'install', '--quiet', '--editable', 'sdk/python[test]');
  writeFileSync(stampFile, stamp);
  return bin;
}
