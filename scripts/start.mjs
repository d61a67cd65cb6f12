// `npm start`: builds what changed, then runs the product in this process. npm starts us from a shell that passes no signal
// on, so a signal to npm ends only that shell. We stop when the shell is gone.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = dirname(fileURLToPath(import.meta.url));
const { status } = spawnSync(process.execPath, [join(scripts, 'build.mjs'), '--if-stale'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const shell = process.ppid;
const watch = setInterval(() => {
  if (process.ppid === shell) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM');
}, 250);
watch.unref();

process.argv.splice(1, 1, join(scripts, '..', 'dist', 'cli', 'main.js'), 'start');
createRequire(import.meta.url)(process.argv[1]);
