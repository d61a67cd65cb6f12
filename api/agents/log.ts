/** `POST /sdk/log`: an agent reports what it did, for the audit. */
import { z } from 'zod';
import { logAction } from '../../application/action-log';
import { created, route } from '../http/route';
import { EXAMPLES, STORY } from '../http/examples';
import { Action, AgentRef, Instant, JsonObjectOrNull, JsonObjectSchema, named, text } from '../http/schemas';

/** One deployment serves one organisation. */
const ORGANIZATION = 'org_default';

const Body = z
  .strictObject({
    agent_id: AgentRef.describe('The agent that acted: its id or its name. The key must be for it.'),
    action: named(Action, 'What the agent did.'),
    status: text(64).min(1).describe('How it went, in a word of the caller, such as `success` or `error`.'),
    context: JsonObjectOrNull.optional().describe('What was done, or how it failed. Null and absent are `{}`.'),
    approval_id: text(200)
      .min(1)
      .nullish()
      .describe(
        'The approval under which the agent acted, `apr_…`; it must be of the same agent. Null or absent: without one.',
      ),
    ip_address: text(64).nullish().describe('The IP address from which the agent acted. Null or absent: not recorded.'),
  })
  .meta({ id: 'Log', description: 'What an agent did, for the audit.' })
  .register(EXAMPLES, {
    example: {
      agent_id: STORY.agent_id,
      action: STORY.action,
      status: 'success',
      context: { ...STORY.context, refund: 're_1' },
      approval_id: STORY.approval_id,
    },
  });

const LogEntry = z
  .object({
    id: z.string().describe('Id of the audit entry, `evt_…`.'),
    agent_id: z.string().describe('Id of the agent that acted.'),
    organization_id: z.string().describe('Always `org_default`: one deployment serves one organisation.'),
    action: z.string().describe('The action of the request.'),
    status: z.string().describe('The status of the request.'),
    context: named(JsonObjectSchema, 'The context of the request; `{}` when it had none.'),
    created_at: Instant.describe('When it was recorded, RFC 3339 in UTC.'),
  })
  .meta({ id: 'LogEntry', description: 'The recorded action.' })
  .register(EXAMPLES, {
    example: {
      id: STORY.event_id,
      agent_id: STORY.agent_id,
      organization_id: ORGANIZATION,
      action: STORY.action,
      status: 'success',
      context: { ...STORY.context, refund: 're_1' },
      created_at: '2026-11-27T16:21:05.000Z',
    },
  });

export const logRoute = route({
  id: 'log',
  method: 'post',
  path: '/sdk/log',
  tag: 'agents',
  summary: 'Record what an agent did',
  access: 'agent',
  body: Body,
  answers: { 201: LogEntry },
  problems: ['agent_not_found', 'not_found'],
  async handler(deps, { caller, body, ip }) {
    const logged = await logAction(deps, caller, body, ip);
    const entry = { ...logged, organization_id: ORGANIZATION };
    return created(entry, `/api/audit?type=action.logged&from=${entry.created_at}`);
  },
});
