/** The schema of `ApprovalJson`. The compiler keeps both equal: `satisfies` finds a field that the schema lacks, and the routes find a field that only the schema has. */
import { z } from 'zod';
import {
  APPROVAL_STATUSES,
  ASSURANCES,
  CHANNEL_NAMES,
  LEVEL_STATUSES,
  REASON_CODES,
  RISKS,
  VOTE_DECISIONS,
} from '../../domain/approval';
import type { ApprovalJson } from '../../domain/approval-json';
import { APPROVED } from './approval-example';
import { EXAMPLES } from './examples';
import { Instant, JsonObjectOrNull, JsonObjectSchema, named } from './schemas';

/** Has no id: with one, zod-to-openapi would drop the null of `decided_by`. */
const Person = z.object({
  id: z.string().describe('User id, `usr_…`.'),
  name: z.string().describe('The name to show. It is the id when the person is no longer known.'),
});

const Level = z.object({
  name: z.string().describe('Unique among the levels of the approval; from the policy.'),
  stage: z
    .int()
    .describe('Levels with the same number are open together. The next number opens when all of them have passed.'),
  status: z
    .enum(LEVEL_STATUSES)
    .describe(
      '`waiting` until its stage opens; `skipped` when its condition was false; `open` while votes are taken; the other values are ends.',
    ),
  paths: z
    .array(
      z.object({
        approvers: z.array(z.string()).describe('Selectors as the policy writes them: `role:NAME` or `user:ADDRESS`.'),
        approve: z
          .union([z.number(), z.literal('all')])
          .describe('How many people must approve. `all` becomes a number when the level opens.'),
        approvals: z.int().describe('How many people have approved so far and still count.'),
      }),
    )
    .describe('The ways to pass the level; any one of them is enough.'),
  opened_at: Instant.nullable().describe(
    'When people were asked, RFC 3339 in UTC. Null until then, and when it never opened.',
  ),
  expires_at: Instant.nullable().describe(
    "The level's own deadline, RFC 3339 in UTC. Null when it has none or is not open yet; the approval's `expires_at` holds in any case.",
  ),
  closed_at: Instant.nullable().describe(
    'When the level ended, RFC 3339 in UTC. Null while it waits or is open, and for a skipped level.',
  ),
});

const Vote = z.object({
  id: z.string().describe('Vote id, `vot_…`.'),
  level: z.string().describe('Name of the level at which it was cast.'),
  voter: Person.describe('The person who voted.'),
  seat_of: Person.optional().describe(
    'The person in whose seat the delegate voted. Absent for a vote in the own seat.',
  ),
  decision: z.enum(VOTE_DECISIONS).describe('`pass` gives the seat up without a decision.'),
  comment: z.string().nullable().describe('The words of the voter, at most 2000 characters. Null without any.'),
  channel: z.enum(CHANNEL_NAMES).describe('The way by which the vote came.'),
  assurance: z
    .enum(ASSURANCES)
    .describe('How surely the server knows the voter, in rising order: `link`, `sms_code`, `slack`, `session`, `sso`.'),
  ip: z
    .string()
    .nullable()
    .describe("The voter's IP address. Null for agents, who never see it, and when it is not known."),
  at: Instant.describe('When the vote was taken, RFC 3339 in UTC.'),
  superseded_by: z.string().nullable().describe('Id of the later vote that replaced this one. Null while it counts.'),
});

const Delivery = z.object({
  id: z.string().describe('Delivery id, `dlv_…`.'),
  to: z.string().describe('Name of the person who is written to, else the `channel`.'),
  channel: z
    .string()
    .describe(
      '`email`, `sms` or `slack` of a person, a shared channel such as `slack:#refunds`, or `webhook:` and the id of an endpoint.',
    ),
  kind: z
    .string()
    .describe(
      '`request`, `reminder`, `escalation`, `outcome` or `alert`; of a webhook the type of its event, such as `approval.decided`.',
    ),
  status: z.string().describe('`queued`, `sent` or `failed`.'),
  attempts: z.int().describe('How often it was tried.'),
  error: z
    .string()
    .nullable()
    .describe(
      'Why it failed, as the provider says it; agents read `failed` instead. `no_longer_needed`: it was not sent, because the approval had moved on. Null without an error.',
    ),
  at: Instant.describe('When it was sent or given up, RFC 3339 in UTC; until then when it was queued.'),
});

const Grant = z.object({
  state: z.enum(['ready', 'consumed', 'expired', 'revoked']).describe('Only `ready` can be consumed.'),
  expires_at: Instant.describe('Until when it can be consumed, RFC 3339 in UTC.'),
  consumed_at: Instant.nullable().describe('When it was consumed, RFC 3339 in UTC. Null until then.'),
  use_id: z.string().nullable().describe('The `use_id` that consumed it. Null until then.'),
});

export const ApprovalSchema = z
  .object({
    id: z.string().describe('Approval id, `apr_…`.'),
    status: z.enum(APPROVAL_STATUSES).describe('`pending` until it ends; an end never changes.'),
    reason_code: z.enum(REASON_CODES).nullable().describe('Why it ended as it did. Null while it is pending.'),
    agent_id: z.string().describe('Id of the agent that asked.'),
    action: z.string().describe('What the agent wants to do, as the check named it.'),
    context: named(
      JsonObjectSchema,
      'What exactly will be done, as the check sent it. People see it, and the digest binds it.',
    ),
    display: JsonObjectOrNull.describe(
      "The agent's own words to the reviewers. Nothing binds them. Null when the check sent none.",
    ),
    digest: z
      .string()
      .describe(
        'SHA-256 over the canonical JSON (RFC 8785) of `agent_id`, `action` and `context`: `sha256:` and 64 hexadecimal digits.',
      ),
    risk: z
      .enum(RISKS)
      .describe('From the policy. Votes at `high` and `critical` risk are confirmed in a second step on the pages.'),
    requester: z
      .string()
      .nullable()
      .describe(
        'The person who started the agent, as the check named them. They cannot vote. Null when it named nobody.',
      ),
    on_behalf_of: z
      .string()
      .nullable()
      .describe(
        'The person for whom the agent acts, as the check named them. They cannot vote. Null when it named nobody.',
      ),
    created_at: Instant.describe('When the check asked, RFC 3339 in UTC.'),
    expires_at: Instant.describe('When it ends as `expired` if it is still pending, RFC 3339 in UTC.'),
    decided_at: Instant.nullable().describe('When it ended, RFC 3339 in UTC. Null while it is pending.'),
    decided_by: Person.nullable().describe(
      'The person whose vote or cancellation ended it. Null while it is pending, and when a deadline, the agent or the system ended it.',
    ),
    comment: z.string().nullable().describe('The words of the deciding vote or of the cancellation. Null without any.'),
    policy: z
      .object({
        version: z.int().describe('Number of the published policy version; 0 is the built-in policy.'),
        rule: z
          .string()
          .nullable()
          .describe('Id of the rule that asked for people. Null when a permission, a guardrail or the defaults did.'),
      })
      .describe('The policy that judged the check. Later versions do not change this approval.'),
    warnings: z
      .array(z.enum(['delivery_failed']))
      .describe('`delivery_failed`: no message of a level reached anybody.'),
    levels: z.array(Level).describe('All levels in the order of their stages.'),
    votes: z.array(Vote).describe('All votes in the order in which they were taken, replaced ones too.'),
    deliveries: z
      .array(Delivery)
      .describe('The messages about this approval to people, shared channels and webhook endpoints.'),
    grant: Grant.nullable().describe('The permission to run the action once. Null unless the approval is approved.'),
    metadata: named(
      JsonObjectSchema,
      'Data of the caller, returned as the check sent it. People do not see it, and the digest does not bind it.',
    ),
    version: z.int().describe('Grows by one with each accepted event; a larger number is newer.'),
  })
  .meta({ id: 'Approval', description: 'One request for a decision, with its levels, votes and messages.' })
  .register(EXAMPLES, { example: APPROVED }) satisfies z.ZodType<ApprovalJson>;
