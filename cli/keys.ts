/** `agentwarden keys create`, `keys list` and `keys revoke` */
import { createKey, listKeys, revokeKey } from '../application/keys';
import { OPERATOR, withDatabase, type CommandContext } from './settings';

const PAGE = 200;

/** Returns the key itself, which is stored nowhere. */
export const createOneKey = (
  context: CommandContext,
  { name, agent = ['*'] }: { name: string; agent?: string[] },
): Promise<string> =>
  withDatabase(
    context,
    async (deps) => (await createKey(deps, OPERATOR, { name, agents: agent, expires_at: null })).key,
  );

export const listAllKeys = (context: CommandContext): Promise<string> =>
  withDatabase(context, async ({ db }) => {
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
  withDatabase(context, async (deps) => {
    await revokeKey(deps, OPERATOR, id);
    return `${id} is revoked.`;
  });
