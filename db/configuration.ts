/** Loads what a check reads (agents, keys, permissions, policy) as one consistent snapshot. */
import type { Permission } from './permissions';
import type { Db } from './pool';

export interface StoredConfiguration {
  /** Every change of one of the fields below raises it. */
  version: number;
  /** Without deleted agents. */
  agents: { id: string; name: string; owner: string | null; status: 'active' | 'inactive' }[];
  /** Without revoked keys, but with expired ones: compare `expires_at_ms` with the clock. */
  keys: { id: string; hash: string; agents: string[]; expires_at_ms: number | null }[];
  permissions: Permission[];
  /** Version 0 without a document is the built-in policy. */
  policy: { version: number; document: string | null };
}

/** One repeatable-read transaction, so that the version belongs to the content. */
export function loadConfiguration(db: Db): Promise<StoredConfiguration> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const version = await configVersion(trx);
      const agents = await trx
        .selectFrom('agents')
        .select(['id', 'name', 'owner', 'status'])
        .where('deleted_at', 'is', null)
        .execute();
      const keys = await trx
        .selectFrom('keys')
        .select(['id', 'hash', 'agents', 'expires_at'])
        .where('revoked_at', 'is', null)
        .execute();
      const permissions = await trx
        .selectFrom('permissions')
        .select(['id', 'agent_id', 'action', 'effect', 'flow', 'max_amount'])
        .orderBy('id')
        .execute();
      const policy = await trx
        .selectFrom('policy_versions')
        .select(['version', 'document'])
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst();
      return {
        version,
        agents,
        keys: keys.map(({ expires_at, ...key }) => ({ ...key, expires_at_ms: expires_at?.getTime() ?? null })),
        permissions,
        policy: policy ?? { version: 0, document: null },
      };
    });
}

export async function configVersion(db: Db): Promise<number> {
  return (await db.selectFrom('config_version').select('version').executeTakeFirstOrThrow()).version;
}
