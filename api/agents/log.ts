/** `POST /sdk/log`: what the agent then did, for the audit. */
import { z } from 'zod';
import { checkOf, findApproval } from '../../db/approvals';
import { checkContext } from '../../domain/digest';
import { timestamp } from '../../domain/timestamp';
import { notFound } from '../../application/approvals';
import { agentFor, agentNotFound } from '../../application/configuration-cache';
import type { HttpDeps } from '../http/deps';
import { created, route } from '../http/route';
import { Action, AgentRef, Instant, JsonObjectOrNull, JsonObjectSchema, text } from '../http/schemas';

/** One deployment serves one organisation. */
const ORGANIZATION = 'org_default';

const Body = z
  .strictObject({
    agent_id: AgentRef,
    action: Action,
    status: text(64).min(1),
    context: JsonObjectOrNull.optional(),
    approval_id: text(200).min(1).nullish(),
    ip_address: text(64).nullish(),
  })
  .meta({ id: 'Log' });

export const logRoute = route({
  id: 'log',
  method: 'post',
  path: '/sdk/log',
  tag: 'agents',
  summary: 'Record what an agent did',
  access: 'agent',
  body: Body,
  answers: {
    201: z
      .object({
        id: z.string(),
        agent_id: z.string(),
        organization_id: z.string(),
        action: z.string(),
        status: z.string(),
        context: JsonObjectSchema,
        created_at: Instant,
      })
      .meta({ id: 'LogEntry' }),
  },
  async handler(deps, { caller, body, ip }) {
    const configuration = await deps.configuration.cached();
    const agent = agentFor(configuration, caller.key, body.agent_id);
    if (agent === null) throw agentNotFound(body.agent_id);
    const context = body.context ?? {};
    checkContext(context);
    const approval_id = body.approval_id ?? null;
    if (approval_id !== null && (await agentOf(deps, approval_id)) !== agent.id) throw notFound(approval_id);
    const at_ms = deps.now();
    const { id } = await deps.audit.append({
      type: 'action.logged',
      at_ms,
      actor: { type: 'agent', id: agent.id, name: agent.name },
      channel: 'api',
      ip,
      approval_id,
      agent_id: agent.id,
      action: body.action,
      data: { status: body.status, context, ...(body.ip_address ? { ip_address: body.ip_address } : {}) },
    });
    const entry = {
      id,
      agent_id: agent.id,
      organization_id: ORGANIZATION,
      action: body.action,
      status: body.status,
      context,
      created_at: timestamp(at_ms),
    };
    return created(entry, `/api/audit?type=action.logged&from=${entry.created_at}`);
  },
});

/** Whose approval it is, also in the moment before its workflow has recorded it. */
const agentOf = async ({ db }: HttpDeps, approval_id: string): Promise<string | null> =>
  (await findApproval(db, approval_id))?.snapshot.agent.id ?? (await checkOf(db, approval_id))?.agent_id ?? null;
