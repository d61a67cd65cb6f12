// Creates the virtual environment for the Python SDK's tests and checks, in .cache/. Creates it again when pyproject.toml changes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download } from './download.mjs';
import { findPython, runs } from './find.mjs';

const PIP = {
  file: 'pip-25.3-py3-none-any.whl',
  sha256: '9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd',
};

/** Returns the environment's Python. Throws `BrokenPackage` if our own package is at fault, another error if this machine cannot have an environment. */
export async function makeEnvironment(root, say) {
  const home = join(root, '.cache', 'python');
  const python = join(home, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');
  const stampFile = join(home, 'agentwarden-stamp');
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'sdk/python/pyproject.toml')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && runs(python, '--version')) return python;

  say('Python: creating a virtual environment in .cache/python …');
  rmSync(home, { recursive: true, force: true });
  await makeEmpty(findPython(), home, python);
  if (!pip(root, python, 'install', '--quiet', '--editable', 'sdk/python[test]')) await blame(root, python);
  writeFileSync(stampFile, stamp);
  return python;
}

export class BrokenPackage extends Error {}

/** Debian's Python may lack `ensurepip`. Then pip comes from PyPI. */
async function makeEmpty(system, home, python) {
  if (!system) throw new Error('there is no Python 3.9 or later on PATH');
  const whole = runs(system, '-c', 'import ensurepip');
  const made = spawnSync(system, ['-m', 'venv', ...(whole ? [] : ['--without-pip']), home], {
    stdio: ['ignore', 2, 2],
  });
  if (made.status !== 0) throw new Error(`"${system} -m venv" failed`);
  if (!whole) await installPip(python);
}

/** Downloads the wheel of pip and runs it to install itself. */
async function installPip(python) {
  const scratch = mkdtempSync(join(tmpdir(), 'agentwarden-pip-'));
  try {
    const index = await fetch('https://pypi.org/simple/pip/', {
      headers: { accept: 'application/vnd.pypi.simple.v1+json' },
      signal: AbortSignal.timeout(30_000),
    });
    const { files } = await index.json();
    const wheel = join(scratch, PIP.file);
    await download(files.find(({ filename }) => filename === PIP.file).url, PIP.sha256, wheel);
    if (!runs(python, join(wheel, 'pip'), 'install', '--no-index', wheel))
      throw new Error('pip could not install itself');
  } catch (error) {
    throw new Error(`this Python has no ensurepip, and pip could not be fetched: ${error.message}`, { cause: error });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const pip = (cwd, python, ...args) =>
  spawnSync(python, ['-m', 'pip', '--disable-pip-version-check', ...args], { cwd, stdio: ['ignore', 2, 2] }).status ===
  0;

/** Throws `BrokenPackage` if PyPI is reachable. Otherwise a fault in our pyproject.toml would look like a missing network, and the tests would be skipped. */
async function blame(root, python) {
  const scratch = mkdtempSync(join(tmpdir(), 'agentwarden-pip-'));
  const reachable = pip(root, python, 'download', '--quiet', '--no-deps', '--dest', scratch, 'pytest');
  rmSync(scratch, { recursive: true, force: true });
  if (reachable) throw new BrokenPackage('pip could not install sdk/python[test]; see above');
  throw new Error('pip cannot reach its package index');
}

/** Installs a package into `folder`, outside every virtual environment. */
export function installInto(python, folder, requirement) {
  if (!pip(undefined, python, 'install', '--quiet', '--target', folder, requirement))
    throw new Error(`pip could not install ${requirement}`);
}
