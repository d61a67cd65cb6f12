/** `/outbox`: the messages of channels that are not configured. They are files in the data folder, never rows in Postgres. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AgentWardenError } from '../../domain/errors';
import { renderOutboxPage, type OutboxMessage } from '../../rendering/pages/outbox';
import { htmlPage, route } from '../http/route';

const SHOWN = 100;

/** One file of the outbox, as the channel writes it. */
const Entry = z.object({
  id: z.string(),
  at: z.string(),
  to: z.string(),
  channel: z.string(),
  subject: z.string().nullable(),
  text: z.string(),
});

export const outboxPage = route({
  id: 'outbox-page',
  method: 'get',
  path: '/outbox',
  tag: 'pages',
  summary: 'Messages of channels that are not configured, under `npm start`; for admins',
  access: 'adminPage',
  page: true,
  answers: { 200: 'The messages', 303: 'To the login page', 404: 'This deployment has no outbox' },
  problems: ['not_found'],
  async handler(deps, { caller }) {
    const { outboxDir } = deps.settings;
    if (outboxDir === undefined)
      throw new AgentWardenError('not_found', 'This deployment has no outbox, because its messages are really sent.');
    const messages = await readOutbox(outboxDir);
    return htmlPage(
      renderOutboxPage(messages, { now_ms: deps.now(), timezone: caller.person.timezone, public_url: deps.publicUrl }),
    );
  },
});

/** The newest messages first. A file that cannot be parsed is left out. */
async function readOutbox(folder: string): Promise<OutboxMessage[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const files = names.filter((name) => name.endsWith('.json'));
  const entries = await Promise.all(
    files.map((name) => readFile(join(folder, name), 'utf8').then(parseEntry, () => null)),
  );
  return entries
    .filter((entry) => entry !== null)
    .toSorted((one, other) => other.at_ms - one.at_ms)
    .slice(0, SHOWN);
}

function parseEntry(text: string): OutboxMessage | null {
  try {
    const { at, ...entry } = Entry.parse(JSON.parse(text));
    return { ...entry, at_ms: Date.parse(at) };
  } catch {
    return null;
  }
}
