/** `POST /sdk/log`: what the agent then did, for the audit. */
import { z } from 'zod';
import { logAction } from '../../application/action-log';
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
    const logged = await logAction(deps, caller, body, ip);
    const entry = { ...logged, organization_id: ORGANIZATION };
    return created(entry, `/api/audit?type=action.logged&from=${entry.created_at}`);
  },
});
