/** `POST /api/policy/simulate`: shows what a check would answer and who could decide. Asks nobody and writes nothing. */
import { z } from 'zod';
import { simulateCheck } from '../../application/simulate';
import { RISKS } from '../../domain/approval';
import { CHECK_REASON_CODES } from '../../domain/evaluate';
import { ok, route } from '../http/route';
import { EXAMPLES, STORY } from '../http/examples';
import { Action, AgentRef, Identity, Instant, JsonObjectOrNull, JsonObjectSchema, named } from '../http/schemas';

const Level = z.object({
  name: z.string().describe('Name of the level, from the policy.'),
  stage: z.int().describe('Levels with the same number would be open together.'),
  skipped: z.boolean().describe('True when the condition of the level is false: nobody would be asked.'),
  pool: z
    .array(z.object({ id: z.string().describe('User id, `usr_…`.'), name: z.string().describe('The name to show.') }))
    .describe('The people who could vote there now.'),
  excluded: z
    .array(
      z.object({
        id: z.string().describe('User id, `usr_…`.'),
        why: z.string().describe('`requester`, `on_behalf_of`, or the reason in words.'),
      }),
    )
    .describe('The people whom the level names and who may not vote.'),
  needs: z
    .array(z.int())
    .meta({ description: 'One number per path: how many people must approve. 0: the path can never pass.' }),
  expires_at: Instant.nullable().describe(
    "The level's own deadline if it opened now, RFC 3339 in UTC. Null when it has none, and for later stages.",
  ),
});

const Body = z
  .strictObject({
    document: z
      .union([z.string().min(1).max(200_000), JsonObjectSchema])
      .optional()
      .meta({ description: 'A policy to try, as text (YAML or JSON) or as an object. Absent: the published policy.' }),
    agent_id: AgentRef.describe('The agent that would ask: its id or its name.'),
    action: named(Action, 'What the agent would want to do.'),
    context: JsonObjectOrNull.optional().describe('What exactly would be done. Null and absent are `{}`.'),
    requester: Identity.nullish().describe(
      'The person who would have started the agent: email address or user id. Null or absent: nobody.',
    ),
    on_behalf_of: Identity.nullish().describe(
      'The person for whom the agent would act: email address or user id. Null or absent: nobody.',
    ),
    at: Instant.optional().describe('When the check would be made, RFC 3339. Absent: now.'),
  })
  .meta({ id: 'Simulation', description: 'A check to try out.' })
  .register(EXAMPLES, {
    example: {
      agent_id: STORY.agent_id,
      action: STORY.action,
      context: STORY.context,
      requester: STORY.requester,
      at: STORY.asked_at,
    },
  });

const Outlook = z
  .object({
    decision: z.enum(['allow', 'deny', 'require_approval']).describe('What the check would answer.'),
    reason: z.string().describe('Why, in words for people.'),
    reason_code: z
      .enum(CHECK_REASON_CODES)
      .nullable()
      .describe('Why the check would be denied. Null unless it would be.'),
    rule: z
      .string()
      .nullable()
      .describe('Id of the rule that decides. Null when a permission, a guardrail or the defaults do.'),
    guardrails: z.array(z.string()).describe('Ids of all guardrails that match, in the order of the policy.'),
    risk: z.enum(RISKS).describe('From the rule, else from the defaults of the policy; guardrails can raise it.'),
    flow: z
      .string()
      .nullable()
      .describe(
        'Name of the flow that would ask people. Null when nobody would be asked, and when guardrails alone add levels.',
      ),
    levels: z
      .array(Level)
      .describe('All levels of the flow in the order of their stages. Empty when nobody would be asked.'),
    feasible: z
      .boolean()
      .nullable()
      .meta({ description: 'True when there are enough people to decide it. Null where nobody would be asked.' }),
  })
  .register(EXAMPLES, {
    example: {
      decision: 'require_approval',
      reason: 'Rule refund: needs 1 of role:support-lead',
      reason_code: null,
      rule: 'refund',
      guardrails: [],
      risk: 'medium',
      flow: 'refund',
      levels: [
        { name: 'team', stage: 1, skipped: false, pool: [STORY.ana], excluded: [], needs: [1], expires_at: null },
      ],
      feasible: true,
    },
  });

export const simulate = route({
  id: 'simulate-policy',
  method: 'post',
  path: '/api/policy/simulate',
  tag: 'policy',
  summary: 'What a check would answer, and who could decide',
  access: 'auditor',
  body: Body,
  answers: { 200: Outlook },
  problems: ['agent_not_found', 'policy_invalid'],
  async handler(deps, { body: { document, context, requester, on_behalf_of, at, ...named } }) {
    const simulation = {
      ...named,
      document,
      context: context ?? {},
      requester: requester ?? null,
      on_behalf_of: on_behalf_of ?? null,
      at_ms: at === undefined ? deps.now() : Date.parse(at),
    };
    return ok(await simulateCheck(deps, simulation));
  },
});
