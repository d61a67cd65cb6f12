/** The request and the answer of a check. */
import { z } from 'zod';
import type { CheckAnswer } from '../../application/check';
import { RISKS } from '../../domain/approval';
import { CHECK_REASON_CODES } from '../../domain/evaluate';
import { EXAMPLES, STORY } from '../http/examples';
import {
  Action,
  AgentRef,
  Digest,
  Identity,
  Instant,
  JsonObjectOrNull,
  JsonObjectSchema,
  named,
} from '../http/schemas';

const Ttl = z.union([
  z.string().max(20),
  z
    .number()
    .positive()
    .max(366 * 86_400),
]);

export const CheckBody = z
  .strictObject({
    agent_id: AgentRef.describe('The agent that wants to act: its id or its name. The key must be for it.'),
    action: named(Action, 'What the agent wants to do. Permissions and rules match it by patterns such as `refund.*`.'),
    context: JsonObjectOrNull.optional().describe(
      'What exactly will be done: conditions of the policy read it, people see it, and the digest binds it. Null and absent are `{}`.',
    ),
    display: JsonObjectOrNull.optional().describe(
      "The agent's own words to the reviewers, shown apart from the context. Nothing binds them. Null or absent: none.",
    ),
    requester: Identity.nullish().describe(
      'The person who started the agent: email address or user id. They cannot vote on this request. Null or absent: nobody.',
    ),
    on_behalf_of: Identity.nullish().describe(
      'The person for whom the agent acts: email address or user id. They cannot vote on this request. Null or absent: nobody.',
    ),
    ttl: Ttl.nullish().describe(
      'How long people have: wall time such as `30m`, `2h` or `5d`, or a number of seconds. It can only shorten the time of the policy. Null or absent: the time of the policy.',
    ),
    metadata: JsonObjectOrNull.optional().describe(
      'Data of the caller, returned unchanged with the approval and its webhooks. People do not see it, and the digest does not bind it. Null and absent are `{}`.',
    ),
  })
  .meta({ id: 'Check', description: 'The question of an agent before it acts.' })
  .register(EXAMPLES, {
    example: {
      agent_id: STORY.agent_id,
      action: STORY.action,
      context: STORY.context,
      display: STORY.display,
      requester: STORY.requester,
      ttl: '30d',
      metadata: STORY.metadata,
    },
  });

export const CheckAnswerSchema = z
  .object({
    decision: z
      .enum(['allow', 'deny', 'require_approval'])
      .describe('`allow`: act now. `deny`: do not act. `require_approval`: wait for the approval `approval_id`.'),
    allowed: z.boolean().describe('True only for `allow`.'),
    requires_approval: z.boolean().describe('True only for `require_approval`.'),
    approval_id: z
      .string()
      .nullable()
      .describe('The approval that was opened, `apr_…`. Null unless approval is required.'),
    approval_url: z
      .string()
      .nullable()
      .describe('The page where people who are signed in decide it. Null unless approval is required.'),
    status: z
      .enum(['pending'])
      .nullable()
      .describe('The status of the new approval. Null unless approval is required.'),
    reason: z.string().describe('Why, in words for people; for a denial also what to do next.'),
    reason_code: z.enum(CHECK_REASON_CODES).nullable().describe('Why the check was denied. Null unless it was.'),
    policy: z
      .object({
        version: z.int().describe('Number of the published policy version; 0 is the built-in policy.'),
        rule: z
          .string()
          .nullable()
          .describe('Id of the rule that decided. Null when a permission, a guardrail or the defaults did.'),
      })
      .describe('The policy that judged the check.'),
    risk: z.enum(RISKS).describe('From the rule, else from the defaults of the policy; guardrails can raise it.'),
    digest: Digest.describe(
      'SHA-256 over the canonical JSON (RFC 8785) of `agent_id`, `action` and `context`: `sha256:` and 64 hexadecimal digits.',
    ),
    expires_at: Instant.nullable().describe(
      'When the approval expires if nobody decides it, RFC 3339 in UTC. Null unless approval is required.',
    ),
    check_id: z.string().describe('Id of the audit entry of this check, `evt_…`.'),
    metadata: named(JsonObjectSchema, 'The `metadata` of the request, unchanged.'),
  })
  .meta({ id: 'CheckAnswer', description: 'The answer to a check. It is in the audit before it is given.' })
  .register(EXAMPLES, {
    example: {
      decision: 'require_approval',
      allowed: false,
      requires_approval: true,
      approval_id: STORY.approval_id,
      approval_url: STORY.approval_url,
      status: 'pending',
      reason: 'Rule refund: needs 1 of role:support-lead',
      reason_code: null,
      policy: { version: 3, rule: 'refund' },
      risk: 'medium',
      digest: STORY.digest,
      expires_at: STORY.expires_at,
      check_id: STORY.event_id,
      metadata: STORY.metadata,
    },
  }) satisfies z.ZodType<CheckAnswer>;
