/** `agentwarden audit verify` */
import { verifyAudit } from '../application/audit';
import { withDatabase, type CommandContext } from './settings';

export const verify = (context: CommandContext): Promise<{ ok: boolean; text: string }> =>
  withDatabase(context, async ({ db }) => {
    const { ok, entries, head, first_bad } = await verifyAudit(db);
    if (ok) return { ok, text: `The audit is intact: ${entries} entries; the last has the hash ${head.hash}.` };
    const where = first_bad
      ? `${first_bad.seq}${first_bad.id ? ` (${first_bad.id})` : ''}: ${first_bad.why}`
      : 'unknown';
    return {
      ok,
      text: `The audit is NOT intact. First bad entry: ${where}. The ${entries} entries before it are intact.`,
    };
  });
