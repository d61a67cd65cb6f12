/** Stops the servers of the test run and removes their folder. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

export default async function tearDown(): Promise<void> {
  const servers = globalThis.testServers;
  if (!servers) return;
  await Promise.all(servers.children.map(end));
  rmSync(servers.folder, { recursive: true, force: true });
}

/** SIGINT: Postgres shuts down fast, Temporal normally. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(late);
}
