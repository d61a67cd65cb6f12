import { appendAudit } from '../db/audit';
import { createKey as insertKey, listKeys, revokeKey } from '../db/keys';
import { inTransaction } from '../db/pool';
import { SYSTEM_ACTORS } from '../domain/approval';
import { createAgentKey } from '../encryption/agent-key';
import { withDatabase, type CommandContext } from './settings';

const PAGE = 200;

/** Prints the key itself, which is kept nowhere. */
export const createKey = (
  context: CommandContext,
  { name, agent = ['*'] }: { name: string; agent?: string[] },
): Promise<string> =>
  withDatabase(context, async (db) => {
    const { key, prefix, hash } = createAgentKey();
    await inTransaction(db, async (trx) => {
      const made = await insertKey(trx, { name, prefix, hash, agents: agent, created_by: 'system' });
      await appendAudit(trx, [
        { type: 'key.created', actor: SYSTEM_ACTORS.cli, data: { key_id: made.id, prefix, agents: agent } },
      ]);
    });
    return key;
  });

export const listAllKeys = (context: CommandContext): Promise<string> =>
  withDatabase(context, async (db) => {
    const lines: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await listKeys(db, { limit: PAGE, cursor });
      for (const key of page.items) {
        const until = key.expires_at ? `until ${key.expires_at.toISOString()}` : 'no end';
        lines.push([key.id, `${key.prefix}…`, key.agents.join(' '), until, key.name].join('\t'));
      }
      if (!page.next_cursor) return lines.join('\n') || 'There are no keys.';
      cursor = page.next_cursor;
    }
  });

export const revokeOneKey = (context: CommandContext, id: string): Promise<string> =>
  withDatabase(context, async (db) => {
    await inTransaction(db, async (trx) => {
      await revokeKey(trx, id);
      await appendAudit(trx, [{ type: 'key.revoked', actor: SYSTEM_ACTORS.cli, data: { key_id: id } }]);
    });
    return `${id} is revoked.`;
  });
