/** Where messages go under `npm start` when a channel is not configured: files that only this user and `/outbox` read. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeliveryError, type Carrier, type Message } from './channels';

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

/** The file appears whole or not at all, and a repeated send writes the same file again. */
export async function writeToOutbox(folder: string, entry: OutboxEntry): Promise<void> {
  const file = join(folder, `${entry.id}.json`);
  const half = `${file}.${process.pid}.half`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(half, JSON.stringify(entry), { mode: 0o600 });
  await rename(half, file);
}

export function createOutbox<C extends Message['channel']>(folder: string): Carrier<C> {
  return {
    async send(message: Message) {
      const { delivery_id: id, channel, to, text } = message;
      const { subject, html } = message.channel === 'email' ? message : { subject: null, html: null };
      try {
        await writeToOutbox(folder, { id, at: new Date().toISOString(), to, channel, subject, html, text });
      } catch {
        throw new DeliveryError('outbox_not_writable', false);
      }
      return `outbox:${id}`;
    },
  };
}
