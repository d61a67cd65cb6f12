/** The published versions of the policy. */
import { sql } from 'kysely';
import { AgentWardenError } from '../domain/errors';
import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import type { Db } from './pool';

/** A published version never changes. Version 0, the built-in policy, is not in the table. */
export interface PolicyVersion {
  version: number;
  /** The published text, YAML or JSON. */
  document: string;
  note: string | null;
  published_at: Date;
  /** A user id or `system`. */
  published_by: string;
}

const COLUMNS = ['version', 'document', 'note', 'published_at', 'published_by'] as const;

/** Null if nothing was published, so that version 0 is in force. */
export async function currentPolicy(db: Db): Promise<PolicyVersion | null> {
  const query = db.selectFrom('policy_versions').select(COLUMNS).orderBy('version', 'desc').limit(1);
  return (await query.executeTakeFirst()) ?? null;
}

export async function findPolicyVersion(db: Db, version: number): Promise<PolicyVersion | null> {
  const query = db.selectFrom('policy_versions').select(COLUMNS).where('version', '=', version);
  return (await query.executeTakeFirst()) ?? null;
}

/** Newest first. */
export async function listPolicyVersions(db: Db, { limit, cursor }: PageRequest): Promise<Page<PolicyVersion>> {
  const before = readCursor(cursor, ['number']);
  let query = db.selectFrom('policy_versions').select(COLUMNS);
  if (before) query = query.where('version', '<', before[0] as number);
  const rows = await query
    .orderBy('version', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, (version) => [version.version]);
}

export interface Publication {
  document: string;
  note?: string | null;
  published_by: string;
  /** The version that the publisher read before the change. */
  expected_version: number;
}

/** Publishes the next version. Throws `policy_conflict` if `expected_version` is no longer the newest. */
export async function publishPolicy(db: Db, publication: Publication): Promise<PolicyVersion> {
  const { expected_version, ...row } = publication;
  const current = await sql<{
    version: number;
  }>`select coalesce(max(version), 0) as version from policy_versions`.execute(db);
  const published =
    current.rows[0]?.version === expected_version
      ? await db
          .insertInto('policy_versions')
          .values({ version: expected_version + 1, ...row })
          .onConflict((conflict) => conflict.doNothing())
          .returning(COLUMNS)
          .executeTakeFirst()
      : undefined;
  if (published) return published;
  throw new AgentWardenError(
    'policy_conflict',
    `The policy is no longer at version ${expected_version}: another version was published meanwhile, and its change would be lost. Read the current version, merge, and publish again.`,
  );
}

/** Counts the pending approvals that were requested under an earlier version and keep its flow. */
export async function pendingOnOlder(db: Db, version: number): Promise<number> {
  const { count } = await db
    .selectFrom('approvals')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('status', '=', 'pending')
    .where('policy_version', '<', version)
    .executeTakeFirstOrThrow();
  return count;
}
