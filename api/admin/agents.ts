/** Agents: who may ask. An agent that is switched off has its pending approvals ended. */
import { z } from 'zod';
import { createAgent, deleteAgent, getAgent, listAgents, updateAgent, type Agent } from '../../db/agents';
import { findPerson } from '../../db/people';
import { AgentWardenError } from '../../domain/errors';
import { timestamp } from '../../domain/timestamp';
import { actorOf, changing } from '../../application/audited-change';
import { cancelForAgent } from '../../application/suspend-agent';
import type { PersonCaller } from '../../application/caller';
import type { HttpDeps } from '../http/deps';
import { created, noContent, ok, route } from '../http/route';
import { AgentRef, Identity, Instant, Name, NewAgentId, PageQuery, listOf, prose } from '../http/schemas';

const AgentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    owner: z.string().nullable(),
    status: z.enum(['active', 'inactive']),
    created_at: Instant,
    created_by: z.string(),
  })
  .meta({ id: 'Agent' });

const present = ({ created_at, ...agent }: Agent): z.output<typeof AgentSchema> => ({
  ...agent,
  created_at: timestamp(created_at.getTime()),
});

/** Null clears it. */
const Description = prose(2000)
  .nullable()
  .transform((value) => value ?? '');
const Status = z.enum(['active', 'inactive']);
const params = z.object({ agent_id: AgentRef });
const tag = 'agents';

/** An owner is a person; an address becomes their id. */
async function ownerId(deps: HttpDeps, owner: string | null | undefined): Promise<string | null | undefined> {
  if (owner === null || owner === undefined) return owner;
  const person = await findPerson(deps.db, owner);
  if (person) return person.id;
  throw new AgentWardenError(
    'invalid_request',
    `Nobody here is ${owner}, so they cannot own an agent. Make the person first, with POST /api/users.`,
    { errors: [{ path: 'owner', message: 'is nobody whom we know' }] },
  );
}

export const list = route({
  id: 'list-agents',
  method: 'get',
  path: '/api/agents',
  tag,
  summary: 'All agents',
  access: 'auditor',
  query: z.strictObject(PageQuery),
  answers: { 200: listOf(AgentSchema) },
  async handler(deps, { query }) {
    const page = await listAgents(deps.db, query);
    return ok({ ...page, items: page.items.map(present) });
  },
});

export const create = route({
  id: 'create-agent',
  method: 'post',
  path: '/api/agents',
  tag,
  summary: 'Make an agent',
  access: 'admin',
  body: z
    .strictObject({
      name: Name,
      id: NewAgentId.optional(),
      description: Description.optional(),
      owner: Identity.nullish(),
    })
    .meta({ id: 'NewAgent' }),
  answers: { 201: AgentSchema },
  async handler(deps, { caller, body, ip }) {
    const owner = await ownerId(deps, body.owner);
    const agent = await changing(deps, caller, ip, async (trx) => {
      const result = await createAgent(trx, { ...body, owner: owner ?? null, created_by: caller.person.id });
      return { result, note: { type: 'agent.created', agent_id: result.id, data: { name: result.name } } };
    });
    return created(present(agent), `/api/agents/${agent.id}`);
  },
});

export const get = route({
  id: 'get-agent',
  method: 'get',
  path: '/api/agents/{agent_id}',
  tag,
  summary: 'One agent',
  access: 'auditor',
  params,
  answers: { 200: AgentSchema },
  handler: async (deps, { params: { agent_id } }) => ok(present(await getAgent(deps.db, agent_id))),
});

interface Changes {
  name?: string | undefined;
  description?: string | undefined;
  owner?: string | null | undefined;
  status?: 'active' | 'inactive' | undefined;
}

async function change(deps: HttpDeps, caller: PersonCaller, ip: string, ref: string, changes: Changes): Promise<Agent> {
  const before = await getAgent(deps.db, ref);
  const owner = await ownerId(deps, changes.owner);
  const agent = await changing(deps, caller, ip, async (trx) => {
    const result = await updateAgent(trx, before.id, { ...changes, ...(owner === undefined ? {} : { owner }) });
    return {
      result,
      note: { type: 'agent.updated', agent_id: result.id, data: { name: result.name, status: result.status } },
    };
  });
  if (agent.status === 'inactive') await cancelForAgent(deps, agent.id, actorOf(caller));
  return agent;
}

export const put = route({
  id: 'replace-agent',
  method: 'put',
  path: '/api/agents/{agent_id}',
  tag,
  summary: 'Replace an agent’s fields',
  access: 'admin',
  params,
  body: z
    .strictObject({
      name: Name,
      description: Description.default(''),
      owner: Identity.nullable().default(null),
      status: Status.default('active'),
    })
    .meta({ id: 'AgentFields' }),
  answers: { 200: AgentSchema },
  handler: async (deps, { caller, params: { agent_id }, body, ip }) =>
    ok(present(await change(deps, caller, ip, agent_id, body))),
});

export const patch = route({
  id: 'change-agent',
  method: 'patch',
  path: '/api/agents/{agent_id}',
  tag,
  summary: 'Change some of an agent’s fields; `inactive` ends its pending approvals',
  access: 'admin',
  params,
  body: z
    .strictObject({
      name: Name.optional(),
      description: Description.optional(),
      owner: Identity.nullish(),
      status: Status.optional(),
    })
    .meta({ id: 'AgentChanges' }),
  answers: { 200: AgentSchema },
  handler: async (deps, { caller, params: { agent_id }, body, ip }) =>
    ok(present(await change(deps, caller, ip, agent_id, body))),
});

export const remove = route({
  id: 'delete-agent',
  method: 'delete',
  path: '/api/agents/{agent_id}',
  tag,
  summary: 'Delete an agent; its pending approvals end',
  access: 'admin',
  params,
  answers: { 204: 'Deleted' },
  async handler(deps, { caller, params: { agent_id }, ip }) {
    const { id, name } = await getAgent(deps.db, agent_id);
    await changing(deps, caller, ip, async (trx) => ({
      result: await deleteAgent(trx, id),
      note: { type: 'agent.deleted', agent_id: id, data: { name } },
    }));
    await cancelForAgent(deps, id, actorOf(caller));
    return noContent();
  },
});
