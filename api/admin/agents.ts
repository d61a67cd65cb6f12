/** Routes for agents. */
import { z } from 'zod';
import { createAgent, deleteAgent, getAgent, listAgents, updateAgent, type Agent } from '../../application/agents';
import { authorOf } from '../../application/audited-change';
import { timestamp } from '../../domain/timestamp';
import { created, noContent, ok, route } from '../http/route';
import { PageQuery, listOf } from '../http/schemas';
import { AgentChanges, AgentFields, AgentParams, AgentSchema, NewAgent } from './agents-schema';

const present = ({ created_at, ...agent }: Agent): z.output<typeof AgentSchema> => ({
  ...agent,
  created_at: timestamp(created_at.getTime()),
});

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
  body: NewAgent,
  answers: { 201: AgentSchema },
  problems: ['identity_taken'],
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
  params: AgentParams,
  answers: { 200: AgentSchema },
  problems: ['agent_not_found'],
  handler: async (deps, { params: { agent_id } }) => ok(present(await getAgent(deps.db, agent_id))),
});

export const put = route({
  id: 'replace-agent',
  method: 'put',
  path: '/api/agents/{agent_id}',
  tag,
  summary: 'Replace an agent’s fields',
  access: 'admin',
  params: AgentParams,
  body: AgentFields,
  answers: { 200: AgentSchema },
  problems: ['agent_not_found', 'identity_taken'],
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
  params: AgentParams,
  body: AgentChanges,
  answers: { 200: AgentSchema },
  problems: ['agent_not_found', 'identity_taken'],
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
  params: AgentParams,
  answers: { 204: 'Deleted' },
  problems: ['agent_not_found'],
  async handler(deps, { caller, params: { agent_id }, ip }) {
    await deleteAgent(deps, authorOf(caller, ip), agent_id);
    return noContent();
  },
});
