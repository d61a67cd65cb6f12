/** Creates, changes and deletes agents. Switching an agent off or deleting it cancels its pending approvals. */
import * as agents from '../db/agents';
import type { Agent, AgentChanges, NewAgent } from '../db/agents';
import { findPerson } from '../db/people';
import { AgentWardenError } from '../domain/errors';
import { auditedChange, authorId, type Author } from './audited-change';
import type { Deps } from './deps';
import { cancelForAgent } from './suspend-agent';

export { getAgent, listAgents, type Agent } from '../db/agents';

/** `owner` is a person, by id or address. Throws `invalid_request` when nobody is that person. */
export async function createAgent(deps: Deps, author: Author, agent: Omit<NewAgent, 'created_by'>): Promise<Agent> {
  const owner = await ownerId(deps, agent.owner);
  return auditedChange(deps, author, async (trx) => {
    const result = await agents.createAgent(trx, { ...agent, owner: owner ?? null, created_by: authorId(author) });
    return { result, note: { type: 'agent.created', agent_id: result.id, data: { name: result.name } } };
  });
}

export async function updateAgent(deps: Deps, author: Author, ref: string, changes: AgentChanges): Promise<Agent> {
  const before = await agents.getAgent(deps.db, ref);
  const owner = await ownerId(deps, changes.owner);
  const agent = await auditedChange(deps, author, async (trx) => {
    const result = await agents.updateAgent(trx, before.id, { ...changes, ...(owner === undefined ? {} : { owner }) });
    const { id, name, status } = result;
    return { result, note: { type: 'agent.updated', agent_id: id, data: { name, status } } };
  });
  if (agent.status === 'inactive') await cancelForAgent(deps, agent.id, author.actor);
  return agent;
}

export async function deleteAgent(deps: Deps, author: Author, ref: string): Promise<void> {
  const { id, name } = await agents.getAgent(deps.db, ref);
  await auditedChange(deps, author, async (trx) => ({
    result: await agents.deleteAgent(trx, id),
    note: { type: 'agent.deleted', agent_id: id, data: { name } },
  }));
  await cancelForAgent(deps, id, author.actor);
}

/** Returns the id of the named owner. Null and undefined stay as they are. */
async function ownerId(deps: Deps, owner: string | null | undefined): Promise<string | null | undefined> {
  if (owner === null || owner === undefined) return owner;
  const person = await findPerson(deps.db, owner);
  if (person) return person.id;
  throw new AgentWardenError(
    'invalid_request',
    `There is no person ${owner} who could own the agent. Create the person first, with POST /api/users.`,
    { errors: [{ path: 'owner', message: 'is not a known person' }] },
  );
}
