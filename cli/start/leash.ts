import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Waits until the pipe from us closes, which the kernel does even when we are killed with SIGKILL; then ends the
 * process group politely, and after ten seconds without mercy. It ignores signals itself, so that a Ctrl-C on the terminal does not take it first.
 */
const SCRIPT = `trap '' INT TERM HUP
while read -r line; do :; done
kill -s "$2" "$1" 2>/dev/null || exit 0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.5; kill -0 "$1" 2>/dev/null || exit 0; done
kill -s KILL "-$1" 2>/dev/null`;

/**
 * Ties a server that does not know us (Postgres, Temporal) to our own life: when this process dies, by whatever
 * signal, the server is stopped. Processes of our own need no leash: they notice the closed IPC channel.
 */
export function leash(child: ChildProcess, stopSignal: NodeJS.Signals): void {
  if (!child.pid) return;
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'leash', String(child.pid), stopSignal.replace(/^SIG/, '')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  child.once('exit', () => guard.kill('SIGKILL'));
}
