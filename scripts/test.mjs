// Runs every test: jest, then the Python SDK and the examples. The last line is `N passed, N failed` over all of them.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonCommands } from './python.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const say = (line) => process.stderr.write(`${line}\n`);

/** No run takes a third of it; a test that hangs must not hold the gate. */
const LIMIT_MS = 30 * 60_000;

/** Resolves with the exit code; a signal, and time being up, count as a failure. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => (say(error.message), resolve(1)));
    const late = setTimeout(() => {
      say(`"${args.join(' ')}" was not done after ${LIMIT_MS / 60_000} minutes; it is stopped.`);
      child.kill('SIGINT'); // so that it can stop what it started
      setTimeout(() => child.kill('SIGKILL'), 60_000).unref();
    }, LIMIT_MS);
    child.on('exit', (code) => {
      clearTimeout(late);
      resolve(code ?? 1);
    });
  });
}

/** A run that fails without a failed test (a broken set-up, a crash) still counts as one failure. */
const atLeastOne = (counts, code) => (code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);

async function jest() {
  const report = join(root, '.cache', 'jest.json');
  rmSync(report, { force: true });
  const code = await run(process.execPath, [
    require.resolve('jest/bin/jest'),
    '--ci',
    '--json',
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  return atLeastOne(
    { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests },
    code,
  );
}

async function pytest() {
  const report = join(root, '.cache', 'pytest.xml');
  rmSync(report, { force: true });
  const bin = pythonCommands(root, say);
  const code = await run(join(bin, 'python'), [
    '-m',
    'pytest',
    '-c',
    'sdk/python/pyproject.toml',
    `--junit-xml=${report}`,
  ]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? '';
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return atLeastOne({ passed: count('tests') - failed - count('skipped'), failed, skipped: count('skipped') }, code);
}

async function guarded(name, part) {
  try {
    return await part();
  } catch (error) {
    say(`${name}: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

mkdirSync(join(root, '.cache'), { recursive: true });
// The tests of whole stories run `npm start`; it must find a fresh build.
if ((await run(process.execPath, ['scripts/build.mjs', '--if-stale'])) !== 0) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const results = [await guarded('jest', jest), await guarded('pytest', pytest)];
const total = (name) => results.reduce((sum, result) => sum + result[name], 0);
if (total('skipped')) console.log(`${total('skipped')} skipped: each says above what this machine lacks`);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exit(total('failed') ? 1 : 0);
