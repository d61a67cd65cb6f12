/** Permissions: rules for one agent, beside the policy. */
import { sql } from 'kysely';
import { AgentWardenError } from '../domain/errors';
import { newId } from './ids';
import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import type { Db } from './pool';

export interface Permission {
  id: string;
  agent_id: string;
  /** A pattern over action names. */
  action: string;
  effect: 'allow' | 'deny' | 'require_approval';
  flow: string | null;
  /** A request with a greater `context.amount` is denied. */
  max_amount: number | null;
}

export type PermissionChanges = Partial<Omit<Permission, 'id' | 'agent_id'>>;

const COLUMNS = ['id', 'agent_id', 'action', 'effect', 'flow', 'max_amount'] as const;

/** One per agent and action pattern. A second one replaces the first and keeps its id. */
export async function setPermission(
  db: Db,
  permission: Omit<Permission, 'id'>,
): Promise<{ permission: Permission; created: boolean }> {
  const { effect, flow, max_amount } = permission;
  const { created, ...row } = await db
    .insertInto('permissions')
    .values({ id: newId('prm'), ...permission })
    .onConflict((conflict) => conflict.columns(['agent_id', 'action']).doUpdateSet({ effect, flow, max_amount }))
    .returning([...COLUMNS, sql<boolean>`xmax = 0`.as('created')])
    .executeTakeFirstOrThrow();
  return { permission: row, created };
}

/** The permissions of one agent, sorted by action. */
export async function listPermissions(
  db: Db,
  agent_id: string,
  { limit, cursor }: PageRequest,
): Promise<Page<Permission>> {
  const after = readCursor(cursor, ['string']);
  let query = db.selectFrom('permissions').select(COLUMNS).where('agent_id', '=', agent_id);
  if (after) query = query.where('action', '>', after[0] as string);
  const rows = await query
    .orderBy('action')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, (permission) => [permission.action]);
}

/** Throws `not_found`, and `identity_taken` if the agent has another permission for that pattern. */
export async function updatePermission(
  db: Db,
  agent_id: string,
  id: string,
  changes: PermissionChanges,
): Promise<Permission> {
  const own = db.selectFrom('permissions').select(COLUMNS).where('agent_id', '=', agent_id).where('id', '=', id);
  const before = await own.executeTakeFirst();
  if (!before) throw missing(agent_id, id);
  if (Object.values(changes).every((value) => value === undefined)) return before;
  const changed = await db
    .updateTable('permissions')
    .set(changes)
    .where('id', '=', id)
    .where('agent_id', '=', agent_id)
    .returning(COLUMNS)
    .executeTakeFirst()
    .catch((error: unknown) => {
      if ((error as { code?: string }).code !== '23505') throw error;
      throw new AgentWardenError(
        'identity_taken',
        `The agent ${agent_id} has another permission for ${changes.action}. Change or delete that one.`,
      );
    });
  if (!changed) throw missing(agent_id, id);
  return changed;
}

/** Throws `not_found`. */
export async function deletePermission(db: Db, agent_id: string, id: string): Promise<Permission> {
  const deleted = await db
    .deleteFrom('permissions')
    .where('agent_id', '=', agent_id)
    .where('id', '=', id)
    .returning(COLUMNS)
    .executeTakeFirst();
  if (!deleted) throw missing(agent_id, id);
  return deleted;
}

const missing = (agent_id: string, id: string): AgentWardenError =>
  new AgentWardenError(
    'not_found',
    `The agent ${agent_id} has no permission ${id}. GET /api/agents/${agent_id}/permissions lists the ids.`,
  );
