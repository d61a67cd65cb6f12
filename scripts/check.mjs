// `npm run check`, the gate: types, lint, imports, format, dead code, generated files, tests. A failed step does not stop the
// others. Each step counts as one test in the last line.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { providePython } from './set-up/install.mjs';
import { BrokenPackage } from './set-up/python.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = process.execPath;
const bin = (name) => join(root, 'node_modules', '.bin', name);
const LAST_LINE = /^(\d+) passed, (\d+) failed$/;

/** Runs a command and passes its output on. Resolves with the exit code and the last line. */
function run(command, args, cwd = root) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    let tail = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      tail = (tail + chunk).slice(-2000);
    });
    child.on('error', (error) => resolve({ code: 1, last: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, last: tail.trim().split('\n').pop() ?? '' }));
  });
}

/** Runs in the package's folder, because ruff tells our imports from others by it. Skipped on a machine that cannot have Python. */
async function python() {
  const say = (line) => console.log(line);
  const environment = await providePython(root, say).catch((error) => error);
  if (environment instanceof BrokenPackage) throw environment;
  if (environment instanceof Error) return { code: 0, skipped: environment.message };
  const cwd = join(root, 'sdk', 'python');
  const where = ['.', '../../examples', '../../tests/support'];
  const lint = await run(environment, ['-m', 'ruff', 'check', ...where], cwd);
  const format = await run(environment, ['-m', 'ruff', 'format', '--check', ...where], cwd);
  const types = await run(environment, ['-m', 'mypy'], cwd);
  return { code: lint.code || format.code || types.code };
}

const steps = [
  ['types', () => run(bin('tsc'), ['--noEmit'])],
  ['lint', () => run(bin('eslint'), ['.', '--max-warnings', '0'])],
  ['imports', () => run(bin('depcruise'), ['--config', '.dependency-cruiser.mjs', '.'])],
  ['format', () => run(bin('prettier'), ['--check', '--log-level', 'warn', '.'])],
  ['dead code', () => run(bin('knip'), [])],
  ['generated files', () => run(node, ['scripts/generate.mjs', '--check'])],
  ['python', python],
  ['tests', () => run(node, ['scripts/test.mjs'])],
];

let passed = 0;
let failed = 0;
const verdicts = [];
for (const [name, step] of steps) {
  const begun = Date.now();
  console.log(`\n== ${name}`);
  const { code, last = '', skipped } = await step().catch((error) => ({ code: 1, last: console.error(error.message) }));
  const counts = name === 'tests' ? LAST_LINE.exec(last) : null;
  if (skipped) {
    verdicts.push(`SKIP ${name}: ${skipped}`);
    continue;
  }
  passed += counts ? Number(counts[1]) : code === 0 ? 1 : 0;
  failed += counts ? Number(counts[2]) : code === 0 ? 0 : 1;
  verdicts.push(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${Math.round((Date.now() - begun) / 1000)} s)`);
}
console.log(`\n${verdicts.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
