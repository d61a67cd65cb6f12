// `npm test`: installs what the tests need, then runs jest and pytest. The last line is `N passed, N failed` over both.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideChromium, providePython, provideTimeSkipping } from './set-up/install.mjs';
import { BrokenPackage } from './set-up/python.mjs';
import { jestResult, NOT_RUN, pytestResult, pytestSkipped } from './test-results.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const say = (line) => process.stderr.write(`${line}\n`);

/** Stops a run that hangs. A normal run takes less than a third of this time. */
const LIMIT_MS = 30 * 60_000;

/** Resolves with the exit code; 1 if the run was killed or took too long. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => (say(error.message), resolve(1)));
    const late = setTimeout(() => {
      say(`"${args.join(' ')}" did not end within ${LIMIT_MS / 60_000} minutes and is stopped.`);
      child.kill('SIGINT'); // lets it stop the servers that it started
      setTimeout(() => child.kill('SIGKILL'), 60_000).unref();
    }, LIMIT_MS);
    child.on('exit', (code) => {
      clearTimeout(late);
      resolve(code ?? 1);
    });
  });
}

/** Installs everything that this machine allows. Prints why a program is missing, now and again at the end. */
async function setUp() {
  const { cacheFolder } = require('../dist/cli/start/temporal-server.js');
  const python = await providePython(root, say).catch((error) => ({ error }));
  const environment = python.error ? null : python;
  const reasons = [
    python.error?.message,
    await provideChromium(say),
    await provideTimeSkipping(cacheFolder(process.env), environment, say),
  ].filter(Boolean);
  return { environment, reasons, broken: python.error instanceof BrokenPackage };
}

async function jest() {
  const report = join(root, '.cache', 'jest.json');
  rmSync(report, { force: true });
  const options = ['--ci', '--json', `--outputFile=${report}`, ...process.argv.slice(2)];
  const code = await run(process.execPath, [require.resolve('jest/bin/jest'), ...options]);
  return jestResult(root, report, code);
}

async function pytest({ environment, broken }) {
  if (!environment) return broken ? NOT_RUN : pytestSkipped(root);
  const report = join(root, '.cache', 'pytest.xml');
  rmSync(report, { force: true });
  const options = ['-c', 'sdk/python/pyproject.toml', `--junit-xml=${report}`];
  return pytestResult(report, await run(environment, ['-m', 'pytest', ...options]));
}

mkdirSync(join(root, '.cache'), { recursive: true });
// End-to-end tests run `npm start`, which must find a fresh build.
if ((await run(process.execPath, ['scripts/build.mjs', '--if-stale'])) !== 0) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const tools = await setUp();
const results = [await jest(), await pytest(tools)];
const skipped = results.flatMap((result) => result.skipped);
const total = (name) => results.reduce((sum, result) => sum + result[name], 0);
for (const name of skipped) console.log(`SKIPPED ${name}`);
for (const reason of tools.reasons) console.log(`Missing here: ${reason}`);
if (skipped.length) console.log(`${skipped.length} skipped`);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exit(total('failed') ? 1 : 0);
