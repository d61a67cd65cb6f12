/** The audit: who, when, which decision; and whether the chain still holds. */
import { z } from 'zod';
import { actorId, listAudit, verifyAudit, type AuditEntry } from '../../application/audit';
import { CHANNEL_NAMES } from '../../domain/approval';
import { ok, route } from '../http/route';
import { Instant, JsonObjectSchema, PageQuery, When, listOf, text } from '../http/schemas';

const optional = z.string().optional();

const EntrySchema = z
  .object({
    id: z.string(),
    seq: z.int(),
    at: Instant,
    type: z.string(),
    actor: z.object({ type: z.enum(['user', 'agent', 'system']), id: z.string(), name: optional, email: optional }),
    channel: z.enum(CHANNEL_NAMES).nullable(),
    ip: z.string().nullable(),
    approval_id: optional,
    agent_id: optional,
    action: optional,
    level: optional,
    vote_id: optional,
    decision: optional,
    comment: optional,
    assurance: optional,
    digest: optional,
    policy_version: z.int().optional(),
    reason_code: optional,
    data: JsonObjectSchema.optional(),
    sealed: z.record(z.string(), z.object({ salt: optional, sha256: z.string() })).optional(),
    prev: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });

export const list = route({
  id: 'list-audit',
  method: 'get',
  path: '/api/audit',
  tag: 'audit',
  summary: 'Audit entries, newest first',
  access: 'auditor',
  query: z.strictObject({
    ...PageQuery,
    from: When.optional(),
    to: When.optional(),
    type: text(100).optional(),
    approval_id: text(200).optional(),
    actor: text(254).optional().meta({ description: "An id, a person's email address or an agent's name" }),
  }),
  answers: { 200: listOf(EntrySchema) },
  async handler(deps, { query: { limit, cursor, actor, ...filters } }) {
    const page: { items: AuditEntry[]; next_cursor: string | null } = await listAudit(
      deps.db,
      { ...filters, actor: actor === undefined ? undefined : await actorId(deps, actor) },
      { limit, cursor },
    );
    return ok(page);
  },
});

export const verify = route({
  id: 'verify-audit',
  method: 'get',
  path: '/api/audit/verify',
  tag: 'audit',
  summary: 'Recompute the whole chain; names the first bad entry',
  access: 'auditor',
  limit: 'audit_verify',
  answers: {
    200: z.object({
      ok: z.boolean(),
      entries: z.int(),
      head: z.object({ seq: z.int(), hash: z.string() }),
      first_bad: z.object({ seq: z.int(), id: z.string().nullable(), why: z.string() }).nullable(),
    }),
  },
  handler: async (deps) => ok(await verifyAudit(deps.db)),
});
