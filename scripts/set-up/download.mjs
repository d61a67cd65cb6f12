// Downloads a file and checks its digest, so that a truncated or changed file is never used.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

export async function download(url, sha256, path) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10 * 60_000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== sha256) throw new Error(`${url} has SHA-256 ${digest}, expected ${sha256}`);
  writeFileSync(path, bytes);
}
