/** Agents: created, changed, found by id or name, and deleted. */
import { sql } from 'kysely';
import { AgentWardenError } from '../domain/errors';
import { newId } from './ids';
import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import { inTransaction, type Db } from './pool';

export interface Agent {
  id: string;
  name: string;
  description: string;
  /** A person's id. */
  owner: string | null;
  status: 'active' | 'inactive';
  created_at: Date;
  created_by: string;
}

export interface AgentChanges {
  name?: string;
  description?: string;
  owner?: string | null;
  status?: 'active' | 'inactive';
}

const COLUMNS = ['id', 'name', 'description', 'owner', 'status', 'created_at', 'created_by'] as const;

const select = (db: Db) => db.selectFrom('agents').select(COLUMNS).where('deleted_at', 'is', null);

/** By id, else by its unique name. */
export async function findAgent(db: Db, id_or_name: string): Promise<Agent | null> {
  const query = select(db)
    .where((eb) => eb.or([eb('id', '=', id_or_name), eb('name', '=', id_or_name)]))
    .orderBy(sql`id = ${id_or_name}`, 'desc');
  return (await query.executeTakeFirst()) ?? null;
}

/** Throws `agent_not_found`. */
export async function getAgent(db: Db, id_or_name: string): Promise<Agent> {
  const agent = await findAgent(db, id_or_name);
  if (!agent) throw missing(id_or_name);
  return agent;
}

export async function listAgents(db: Db, { limit, cursor }: PageRequest): Promise<Page<Agent>> {
  const after = readCursor(cursor, ['string']);
  let query = select(db);
  if (after) query = query.where('id', '>', after[0] as string);
  const rows = await query
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return pageOf(rows, limit, (agent) => [agent.id]);
}

export interface NewAgent extends AgentChanges {
  name: string;
  /** A new id when absent. */
  id?: string;
  created_by: string;
}

/** Throws `identity_taken`. The id of a deleted agent stays taken: otherwise one id in the audit would mean two agents. */
export function createAgent(db: Db, { id = newId('agt'), ...agent }: NewAgent): Promise<Agent> {
  return inTransaction(db, async (trx) => {
    const created = await trx
      .insertInto('agents')
      .values({ id, ...agent })
      .onConflict((conflict) => conflict.doNothing())
      .returning(COLUMNS)
      .executeTakeFirst();
    if (!created) throw taken(id, agent.name);
    await requireUnambiguous(trx, created);
    return created;
  });
}

/** Throws `agent_not_found`, `identity_taken`. */
export function updateAgent(db: Db, id: string, changes: AgentChanges): Promise<Agent> {
  return inTransaction(db, async (trx) => {
    const before = await lockAgent(trx, id);
    if (Object.values(changes).every((value) => value === undefined)) return before;
    if (changes.name !== undefined) {
      const other = await select(trx).where('name', '=', changes.name).where('id', '<>', id).executeTakeFirst();
      if (other) throw taken(id, changes.name);
    }
    const changed = await trx
      .updateTable('agents')
      .set(changes)
      .where('id', '=', id)
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    await requireUnambiguous(trx, changed);
    return changed;
  });
}

/** Deletes the agent's permissions too. Approvals and the audit keep its id. Throws `agent_not_found`. */
export function deleteAgent(db: Db, id: string): Promise<void> {
  return inTransaction(db, async (trx) => {
    await lockAgent(trx, id);
    await trx.deleteFrom('permissions').where('agent_id', '=', id).execute();
    await trx.updateTable('agents').set({ deleted_at: new Date(), status: 'inactive' }).where('id', '=', id).execute();
  });
}

async function lockAgent(trx: Db, id: string): Promise<Agent> {
  const agent = await select(trx).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!agent) throw missing(id);
  return agent;
}

const missing = (id: string): AgentWardenError =>
  new AgentWardenError('agent_not_found', `There is no agent ${id}. Create it with POST /api/agents.`);

/**
 * An agent is found by id or by name, so no agent's name may be another agent's id. Checked after the write: the write
 * locks the configuration's version, so that of two changes at once the second sees the first.
 */
async function requireUnambiguous(trx: Db, { id, name }: Agent): Promise<void> {
  const other = await trx
    .selectFrom('agents')
    .select('id')
    .where('id', '<>', id)
    .where((eb) => eb.or([eb('id', '=', name), eb.and([eb('name', '=', id), eb('deleted_at', 'is', null)])]))
    .executeTakeFirst();
  if (other) throw taken(id, name);
}

const taken = (id: string, name: string): AgentWardenError =>
  new AgentWardenError(
    'identity_taken',
    `The id ${id} or the name ${name} belongs to another agent, or did before that agent was deleted. Choose another.`,
  );
