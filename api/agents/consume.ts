/** `POST /sdk/approvals/:id/consume`: an agent consumes its approval before it acts. */
import { z } from 'zod';
import { digestOf } from '../../domain/digest';
import type { JsonObject } from '../../domain/approval';
import { idempotencyKey } from '../http/idempotency-key';
import { consume } from '../../application/consume';
import { ok, route } from '../http/route';
import { ownApproval } from './approvals';
import { EXAMPLES, STORY } from '../http/examples';
import { ApprovalParams, Digest, IdempotencyHeader, Instant, JsonObjectSchema, named, text } from '../http/schemas';

const Body = z
  .strictObject({
    digest: Digest.optional().describe(
      'Digest of what will run, instead of `context`. It must equal the digest of the approval.',
    ),
    context: named(
      JsonObjectSchema,
      'The context that will run, instead of `digest`; the server computes the digest from it and compares.',
    ).optional(),
    use_id: text(200)
      .min(1)
      .describe(
        'Names this use: the same `use_id` gets the same answer again, every other one is refused. For a webhook take its `webhook-id`.',
      ),
  })
  .refine(({ digest, context }) => (digest === undefined) !== (context === undefined), {
    path: ['digest'],
    error: 'give either the digest or the context that will run',
  })
  .meta({ id: 'Consume', description: 'What is about to run: its context or its digest, one of the two.' })
  .register(EXAMPLES, { example: { context: { ...STORY.context }, use_id: 'run-20261127-1' } });

const Consumed = z
  .object({
    approval_id: z.string().describe('The approval that was consumed, `apr_…`.'),
    consumed_at: Instant.describe('When its first use consumed it, RFC 3339 in UTC.'),
    use_id: z.string().describe('The `use_id` that consumed it.'),
    digest: Digest.describe('The digest that was approved and may run now.'),
  })
  .meta({ id: 'Consumed', description: 'The action may run now, once.' })
  .register(EXAMPLES, {
    example: {
      approval_id: STORY.approval_id,
      consumed_at: '2026-11-27T16:21:00.000Z',
      use_id: 'run-20261127-1',
      digest: STORY.digest,
    },
  });

export const consumeRoute = route({
  id: 'consume',
  method: 'post',
  path: '/sdk/approvals/{id}/consume',
  tag: 'agents',
  summary: 'Redeem an approval, once, right before the action runs',
  access: 'agent',
  params: ApprovalParams,
  request_headers: IdempotencyHeader,
  body: Body,
  answers: { 200: Consumed },
  answer_headers: {
    'Idempotent-Replayed': '`true` when this `use_id` had consumed it before',
    'Consumed-By':
      'With an `Idempotency-Key`: `this-call` when the attempt that consumed it carried the same key, else `another-call`',
  },
  problems: [
    'not_approved',
    'digest_mismatch',
    'agent_suspended',
    'policy_changed',
    'already_consumed',
    'grant_expired',
    'grant_revoked',
  ],
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
