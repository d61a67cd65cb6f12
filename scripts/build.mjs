// Builds dist/: compiles TypeScript without checking it (`npm run types` does that), bundles the workflows, and
// copies the files that the code reads (SQL, CSS). With --if-stale it does nothing, within some 50 ms, when no source changed since the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const stampFile = join(dist, '.built');
const lockFile = join(root, '.cache', 'build.lock');
const require = createRequire(import.meta.url);
const sources = [
  'workflows',
  'activities',
  'application',
  'api',
  'rendering',
  'domain',
  'encryption',
  'db',
  'cli',
  'config',
];
const singles = [
  'config.ts',
  'log.ts',
  'worker.ts',
  'temporal.ts',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.mjs',
];
const copied = /\.(sql|css)$/;
const say = (line) => process.stderr.write(`${line}\n`);

function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !['histories', 'support'].includes(entry.name)) yield* filesIn(path);
    else if (entry.isFile() && /\.(ts|sql|css)$/.test(entry.name) && !entry.name.endsWith('.test.ts')) yield path;
  }
}

const inputs = () =>
  [
    ...sources
      .map((name) => join(root, name))
      .filter(existsSync)
      .flatMap((folder) => [...filesIn(folder)]),
    ...singles.map((name) => join(root, name)).filter(existsSync),
  ].sort();

/** Hash of the names, sizes and times of the files: quick to compute, and a checkout or an edit changes at least one of them. */
function stamp(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

const lastStamp = () => (existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '');

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Keeps two starts from writing into dist/ at the same time. */
async function lock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(lockFile, { force: true }));
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = Number(existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : 0);
      if (holder && !isAlive(holder)) rmSync(lockFile, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function compile() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('The TypeScript compiler found files that it cannot emit; see above.');
}

function copy(files) {
  for (const file of files.filter((name) => copied.test(name))) {
    const target = join(dist, relative(root, file));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

/** Deletes the output of deleted sources. All other output stays in place, because a running product may be loading it. */
function removeOutputsWithoutSource(files) {
  const outputs = files.map((file) => join(dist, relative(root, file)));
  const wanted = new Set(
    outputs.flatMap((file) => [file, file.replace(/\.ts$/, '.js'), file.replace(/\.ts$/, '.js.map')]),
  );
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const made = /\.(js|map|sql|css)$/.test(entry.name) && entry.name !== 'workflow-bundle.js';
    if (entry.isFile() && made && !wanted.has(path)) rmSync(path);
  }
}

/** Bundles the workflows into one file for the worker. Bundling at each start would take seconds. */
async function bundle() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows', 'index.js'),
    failureConverterPath: join(dist, 'encryption', 'failure-converter.js'),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: (text) => say(text), error: (text) => say(text) },
  });
  writeFileSync(join(dist, 'workflow-bundle.js'), code);
}

async function build() {
  if (process.argv.includes('--if-stale') && lastStamp() === stamp(inputs())) return;
  await lock();
  const files = inputs();
  const wanted = stamp(files);
  if (process.argv.includes('--if-stale') && lastStamp() === wanted) return; // the process that held the lock built it
  const begun = Date.now();
  say('Building …');
  rmSync(stampFile, { force: true });
  compile();
  copy(files);
  removeOutputsWithoutSource(files);
  await bundle();
  writeFileSync(stampFile, wanted);
  say(`Built in ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
}

build().then(
  () => process.exit(0),
  (error) => {
    say(`The build failed: ${error.message}`);
    process.exit(1);
  },
);
