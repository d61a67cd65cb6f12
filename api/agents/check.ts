/** `POST /sdk/check`: an agent asks before it acts. */
import { z } from 'zod';
import { RISKS } from '../../domain/approval';
import { CHECK_REASON_CODES } from '../../domain/evaluate';
import { check, type CheckAnswer } from '../../application/check';
import { ok, route } from '../http/route';
import { idempotencyKey } from '../http/idempotency-key';
import {
  Action,
  AgentRef,
  Digest,
  IdempotencyHeader,
  Identity,
  Instant,
  JsonObjectOrNull,
  JsonObjectSchema,
} from '../http/schemas';

const Ttl = z
  .union([
    z.string().max(20),
    z
      .number()
      .positive()
      .max(366 * 86_400),
  ])
  .meta({ description: 'Like "2h", or seconds; can only shorten the policy\'s.' });

export const CheckBody = z
  .strictObject({
    agent_id: AgentRef,
    action: Action,
    context: JsonObjectOrNull.optional(),
    display: JsonObjectOrNull.optional(),
    requester: Identity.nullish(),
    on_behalf_of: Identity.nullish(),
    ttl: Ttl.nullish(),
    metadata: JsonObjectOrNull.optional(),
  })
  .meta({ id: 'Check' });

const CheckAnswerSchema = z
  .object({
    decision: z.enum(['allow', 'deny', 'require_approval']),
    allowed: z.boolean(),
    requires_approval: z.boolean(),
    approval_id: z.string().nullable(),
    approval_url: z.string().nullable(),
    status: z.enum(['pending']).nullable(),
    reason: z.string(),
    reason_code: z.enum(CHECK_REASON_CODES).nullable(),
    policy: z.object({ version: z.int(), rule: z.string().nullable() }),
    risk: z.enum(RISKS),
    digest: Digest,
    expires_at: Instant.nullable(),
    check_id: z.string(),
    metadata: JsonObjectSchema,
  })
  .meta({ id: 'CheckAnswer' }) satisfies z.ZodType<CheckAnswer>;

export const checkRoute = route({
  id: 'check',
  method: 'post',
  path: '/sdk/check',
  tag: 'agents',
  summary: 'Ask whether an agent may act now',
  access: 'agentCached',
  limit: 'check',
  request_headers: IdempotencyHeader,
  body: CheckBody,
  answers: { 200: CheckAnswerSchema },
  answer_headers: {
    'Idempotent-Replayed': '`true` when this is the stored answer to an earlier request with the same key',
  },
  async handler(deps, { caller, body, headers, ip }) {
    const key = idempotencyKey(headers['idempotency-key']);
    const { answer, replayed } = await check(deps, caller, body, { ip, key });
    return ok(answer, replayed ? { 'Idempotent-Replayed': 'true' } : {});
  },
});
