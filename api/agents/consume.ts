/** `POST /sdk/approvals/:id/consume`. */
import { z } from 'zod';
import { digestOf } from '../../domain/digest';
import type { JsonObject } from '../../domain/approval';
import { idempotencyKey } from '../http/idempotency-key';
import { consume } from '../../application/consume';
import { ok, route } from '../http/route';
import { ownApproval } from './approvals';
import { Digest, IdempotencyHeader, IdParams, Instant, JsonObjectSchema, text } from '../http/schemas';

const Body = z
  .strictObject({ digest: Digest.optional(), context: JsonObjectSchema.optional(), use_id: text(200).min(1) })
  .refine(({ digest, context }) => (digest === undefined) !== (context === undefined), {
    path: ['digest'],
    error: 'give either the digest or the context that will run',
  })
  .meta({ id: 'Consume' });

export const consumeRoute = route({
  id: 'consume',
  method: 'post',
  path: '/sdk/approvals/{id}/consume',
  tag: 'agents',
  summary: 'Redeem an approval, once, right before the action runs',
  access: 'agent',
  params: IdParams,
  request_headers: IdempotencyHeader,
  body: Body,
  answers: {
    200: z
      .object({ approval_id: z.string(), consumed_at: Instant, use_id: z.string(), digest: Digest })
      .meta({ id: 'Consumed' }),
  },
  answer_headers: {
    'Idempotent-Replayed': '`true` when this `use_id` had consumed it before',
    'Consumed-By':
      'With an `Idempotency-Key`: `this-call` when the attempt that consumed it carried the same key, else `another-call`',
  },
  async handler(deps, { caller, params, body, headers, ip }) {
    const found = await ownApproval(deps, caller, params.id);
    const { agent, action } = found.snapshot;
    const digest = body.digest ?? digestOf({ agent_id: agent.id, action, context: body.context as JsonObject });
    const call = idempotencyKey(headers['idempotency-key']);
    const { replayed, own, ...consumed } = await consume(deps, found, { digest, use_id: body.use_id, call, ip });
    return ok(consumed, {
      ...(replayed ? { 'Idempotent-Replayed': 'true' } : {}),
      ...(own === null ? {} : { 'Consumed-By': own ? 'this-call' : 'another-call' }),
    });
  },
});
