/** `POST /api/policy/simulate`: what a check would answer, and who could decide; nothing is asked and nothing is written. */
import { z } from 'zod';
import { simulateCheck } from '../../application/simulate';
import { RISKS } from '../../domain/approval';
import { CHECK_REASON_CODES } from '../../domain/evaluate';
import { ok, route } from '../http/route';
import { Action, AgentRef, Identity, Instant, JsonObjectOrNull, JsonObjectSchema } from '../http/schemas';

const Level = z.object({
  name: z.string(),
  stage: z.int(),
  skipped: z.boolean(),
  pool: z.array(z.object({ id: z.string(), name: z.string() })),
  excluded: z.array(z.object({ id: z.string(), why: z.string() })),
  needs: z.array(z.int()).meta({ description: 'One number per path' }),
  expires_at: Instant.nullable(),
});

const Body = z
  .strictObject({
    document: z
      .union([z.string().min(1).max(200_000), JsonObjectSchema])
      .optional()
      .meta({ description: 'A policy to try; the published one when absent' }),
    agent_id: AgentRef,
    action: Action,
    context: JsonObjectOrNull.optional(),
    requester: Identity.nullish(),
    on_behalf_of: Identity.nullish(),
    at: Instant.optional(),
  })
  .meta({ id: 'Simulation' });

export const simulate = route({
  id: 'simulate-policy',
  method: 'post',
  path: '/api/policy/simulate',
  tag: 'policy',
  summary: 'What a check would answer, and who could decide',
  access: 'auditor',
  body: Body,
  answers: {
    200: z.object({
      decision: z.enum(['allow', 'deny', 'require_approval']),
      reason: z.string(),
      reason_code: z.enum(CHECK_REASON_CODES).nullable(),
      rule: z.string().nullable(),
      guardrails: z.array(z.string()),
      risk: z.enum(RISKS),
      flow: z.string().nullable(),
      levels: z.array(Level),
      feasible: z.boolean().nullable().meta({ description: 'Null where nobody would be asked' }),
    }),
  },
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
