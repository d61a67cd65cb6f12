/** Ends Postgres and Temporal when this process dies, even by SIGKILL, so that no server outlives its start. */
import { spawn, type ChildProcess } from 'node:child_process';

/**
 * The guard reads a pipe from us; the kernel closes it when we die. Then the guard sends the stop signal, and kills the
 * process group after ten seconds. It ignores signals itself: Ctrl-C on the terminal would else end it before the server.
 */
const GUARD = `trap '' INT TERM HUP
while read -r line; do :; done
kill -s "$2" "$1" 2>/dev/null || exit 0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.5; kill -0 "$1" 2>/dev/null || exit 0; done
kill -s KILL "-$1" 2>/dev/null`;

/** For servers that do not know us. API and worker need no guard: they exit when their IPC channel closes. */
export function exitWithParent(child: ChildProcess, stopSignal: NodeJS.Signals): void {
  if (!child.pid) return;
  const signal = stopSignal.replace(/^SIG/, '');
  const guard = spawn('/bin/sh', ['-c', GUARD, 'agentwarden-guard', String(child.pid), signal], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  child.once('exit', () => guard.kill('SIGKILL'));
}
