/** The outbox: under `npm start`, messages of channels that are not configured become files, which the page `/outbox` shows. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { DeliveryError, type Carrier, type Message } from './carrier';

/** One file of the outbox. */
export interface OutboxEntry {
  id: string;
  /** RFC 3339. */
  at: string;
  to: string;
  channel: Message['channel'];
  subject: string | null;
  html: string | null;
  text: string;
}

/** Twice as many as `/outbox` shows, so the page can read all files. */
export const OUTBOX_KEPT = 200;

/** Writes the file atomically. A repeated attempt overwrites the same file. */
export async function writeToOutbox(folder: string, entry: OutboxEntry): Promise<void> {
  const file = join(folder, `${entry.id}.json`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, JSON.stringify(entry), { mode: 0o600 });
}

/** Several processes may do this at once, so a file may already be gone. */
async function forgetOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  if (names.length <= OUTBOX_KEPT) return;
  const files = names.map((name) => join(folder, name));
  const written = await Promise.all(files.map(async (file) => ({ file, at_ms: (await stat(file)).mtimeMs })));
  const oldest = written.toSorted((one, other) => one.at_ms - other.at_ms).slice(0, -OUTBOX_KEPT);
  await Promise.all(oldest.map(({ file }) => rm(file, { force: true })));
}

export function createOutbox(folder: string): Carrier {
  return {
    async send(message: Message) {
      const { delivery_id: id, channel, to, text, subject = null, html = null } = message;
      try {
        await writeToOutbox(folder, { id, at: new Date().toISOString(), to, channel, subject, html, text });
      } catch {
        throw new DeliveryError('outbox_not_writable', false);
      }
      // The message is stored. If the clean-up fails, the next message repeats it.
      await forgetOldest(folder).catch(() => undefined);
      return `outbox:${id}`;
    },
  };
}
