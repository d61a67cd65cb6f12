/** Agents: who may ask. An agent that is switched off has its pending approvals ended. */
import { z } from 'zod';
import { createAgent, deleteAgent, getAgent, listAgents, updateAgent, type Agent } from '../../application/agents';
import { authorOf } from '../../application/audited-change';
import { timestamp } from '../../domain/timestamp';
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
  summary: 'Create an agent',
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
    const agent = await createAgent(deps, authorOf(caller, ip), body);
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
    ok(present(await updateAgent(deps, authorOf(caller, ip), agent_id, body))),
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
    ok(present(await updateAgent(deps, authorOf(caller, ip), agent_id, body))),
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
    await deleteAgent(deps, authorOf(caller, ip), agent_id);
    return noContent();
  },
});
