/** The schema of `ApprovalJson`. It does not compile when it differs: `satisfies` finds a field that it lacks, the routes one that only it has. */
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
import { Instant, JsonObjectOrNull, JsonObjectSchema } from './schemas';

/** Without an id: the document would forget that `decided_by` may be null. */
const Person = z.object({ id: z.string(), name: z.string() });

const Level = z.object({
  name: z.string(),
  stage: z.int(),
  status: z.enum(LEVEL_STATUSES),
  paths: z.array(
    z.object({ approvers: z.array(z.string()), approve: z.union([z.number(), z.literal('all')]), approvals: z.int() }),
  ),
  opened_at: Instant.nullable(),
  expires_at: Instant.nullable(),
  closed_at: Instant.nullable(),
});

const Vote = z.object({
  id: z.string(),
  level: z.string(),
  voter: Person,
  seat_of: Person.optional(),
  decision: z.enum(VOTE_DECISIONS),
  comment: z.string().nullable(),
  channel: z.enum(CHANNEL_NAMES),
  assurance: z.enum(ASSURANCES),
  ip: z.string().nullable(),
  at: Instant,
  superseded_by: z.string().nullable(),
});

const Delivery = z.object({
  id: z.string(),
  to: z.string(),
  channel: z.string(),
  kind: z.string(),
  status: z.string(),
  attempts: z.int(),
  error: z.string().nullable(),
  at: Instant,
});

export const GrantSchema = z.object({
  state: z.enum(['ready', 'consumed', 'expired', 'revoked']),
  expires_at: Instant,
  consumed_at: Instant.nullable(),
  use_id: z.string().nullable(),
});

export const ApprovalSchema = z
  .object({
    id: z.string(),
    status: z.enum(APPROVAL_STATUSES),
    reason_code: z.enum(REASON_CODES).nullable(),
    agent_id: z.string(),
    action: z.string(),
    context: JsonObjectSchema,
    display: JsonObjectOrNull,
    digest: z.string(),
    risk: z.enum(RISKS),
    requester: z.string().nullable(),
    on_behalf_of: z.string().nullable(),
    created_at: Instant,
    expires_at: Instant,
    decided_at: Instant.nullable(),
    decided_by: Person.nullable(),
    comment: z.string().nullable(),
    policy: z.object({ version: z.int(), rule: z.string().nullable() }),
    warnings: z.array(z.enum(['delivery_failed'])),
    levels: z.array(Level),
    votes: z.array(Vote),
    deliveries: z.array(Delivery),
    grant: GrantSchema.nullable(),
    metadata: JsonObjectSchema,
    version: z.int(),
  })
  .meta({ id: 'Approval' }) satisfies z.ZodType<ApprovalJson>;
