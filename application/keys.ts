/** Agent keys. The key itself is returned once, when it is created; only its hash is kept. */
import * as keys from '../db/keys';
import type { Key } from '../db/keys';
import { invalidRequest } from '../domain/errors';
import { createAgentKey } from '../encryption/agent-key';
import { auditedChange, authorId, type Author } from './audited-change';
import type { Deps } from './deps';

export { listKeys, type Key } from '../db/keys';

export interface NewKey {
  name: string;
  /** Ids, names, or patterns over either. */
  agents: string[];
  expires_at: Date | null;
}

export async function createKey(
  deps: Pick<Deps, 'db' | 'now'>,
  author: Author,
  { name, agents, expires_at }: NewKey,
): Promise<Key & { key: string }> {
  if (expires_at !== null && expires_at.getTime() <= deps.now())
    throw invalidRequest([{ path: 'expires_at', message: 'is in the past' }]);
  const { key, prefix, hash } = createAgentKey();
  const created = await auditedChange(deps, author, async (trx) => {
    const result = await keys.createKey(trx, { name, prefix, hash, agents, expires_at, created_by: authorId(author) });
    return { result, note: { type: 'key.created', data: { key_id: result.id, prefix, agents: result.agents } } };
  });
  return { ...created, key };
}

export const revokeKey = (deps: Pick<Deps, 'db' | 'now'>, author: Author, id: string): Promise<void> =>
  auditedChange(deps, author, async (trx) => ({
    result: await keys.revokeKey(trx, id),
    note: { type: 'key.revoked', data: { key_id: id } },
  }));
