/** Entries of the audit, the filters of their list, and the verdict over the whole chain. */
import { z } from 'zod';
import type { AuditEntry } from '../../application/audit';
import { CHANNEL_NAMES } from '../../domain/approval';
import { EXAMPLES, STORY } from '../http/examples';
import { Instant, JsonObjectSchema, named, PageQuery, text, When } from '../http/schemas';

const optional = (description: string) => z.string().optional().describe(description);
const HASH = '73300871f44c168e7c949de2c750e60c2c9bb8ff530017c5a267234e9cb4db8e';

export const AuditQuery = z.strictObject({
  ...PageQuery,
  from: When.optional().meta({
    description: 'Only entries from this moment on: RFC 3339, or a date, which begins at 00:00 UTC.',
    example: '2026-11-27',
  }),
  to: When.optional().meta({
    description: 'Only entries before this moment: RFC 3339, or a date, which begins at 00:00 UTC.',
    example: '2026-11-28T12:00:00Z',
  }),
  type: text(100).optional().meta({ description: 'Only entries of this type.', example: 'approval.voted' }),
  approval_id: text(200).optional().meta({
    description: 'Only entries about this approval, `apr_…`.',
    example: STORY.approval_id,
  }),
  actor: text(254).optional().meta({
    description: "Only entries of this actor: an id, a person's email address or an agent's name.",
    example: 'ana@acme.example',
  }),
});

export const EntrySchema = z
  .object({
    id: z.string().describe('Entry id, `evt_…`.'),
    seq: z.int().describe('Place in the chain, from 1 without gaps.'),
    at: Instant.describe('When it happened, RFC 3339 in UTC. It may go back a little from one entry to the next.'),
    type: z.string().describe('What happened, such as `check`, `approval.voted` or `policy.published`.'),
    actor: z
      .object({
        type: z.enum(['user', 'agent', 'system']).describe('`system`: a clock or the server itself.'),
        id: z.string().describe('User id, agent id, or the part of the system.'),
        name: optional('The name at that time. Absent when it was erased or is not known.'),
        email: optional('The email address at that time. Absent when it was erased, and for agents and the system.'),
      })
      .describe('Who did it.'),
    channel: z.enum(CHANNEL_NAMES).nullable().describe('The way by which it came. Null when it came from the system.'),
    ip: z.string().nullable().describe('The IP address from which it came. Null when it was erased or is not known.'),
    approval_id: optional('The approval that it is about, `apr_…`. Absent when it is about none.'),
    agent_id: optional('Id of the agent that it is about. Absent when it is about none.'),
    action: optional('The action that it is about. Absent when it is about none.'),
    level: optional('Name of the level that it is about. Absent when it is about none.'),
    vote_id: optional('The vote that was taken, `vot_…`. Only for votes.'),
    decision: optional('What a check answered, what a voter decided, or how the approval ended.'),
    comment: optional('The words of the person. Absent when there were none or they were erased.'),
    assurance: optional('How surely the server knew the voter, such as `link` or `session`. Only for votes.'),
    digest: optional('The digest of the request, `sha256:` and 64 hexadecimal digits.'),
    policy_version: z.int().optional().describe('Number of the policy version that judged a check or was published.'),
    reason_code: optional('Why a check was denied, an approval ended or a consume was refused.'),
    data: named(JsonObjectSchema, 'Further fields of an entry of this type.').optional(),
    sealed: z
      .record(
        z.string(),
        z.object({
          salt: optional('32 hexadecimal characters. Absent when the value was erased.'),
          sha256: z.string().describe('SHA-256 of the salt and the canonical JSON of the value, in hexadecimal.'),
        }),
      )
      .optional()
      .describe(
        'Dotted path of each value that can be erased → its salted hash. The chain holds this hash, not the value.',
      ),
    prev: z.string().describe('`hash` of the previous entry; 64 zeros in the first.'),
    hash: z
      .string()
      .describe(
        'SHA-256 over the canonical JSON of the entry without its erasable values, in hexadecimal. docs/concepts/audit.md has the recipe.',
      ),
  })
  .meta({ id: 'AuditEntry', description: 'One link of the audit chain. A field that does not apply is absent.' })
  .register(EXAMPLES, {
    example: {
      id: STORY.event_id,
      seq: 42,
      at: STORY.decided_at,
      type: 'approval.voted',
      actor: { type: 'user', ...STORY.ana, email: 'ana@acme.example' },
      channel: 'email',
      ip: '203.0.113.9',
      approval_id: STORY.approval_id,
      agent_id: STORY.agent_id,
      action: STORY.action,
      level: 'team',
      vote_id: STORY.vote_id,
      decision: 'approve',
      assurance: 'link',
      digest: STORY.digest,
      sealed: { ip: { salt: '5f2b8c0d9e7a41c3b6d8e0f1a2c3b4d5', sha256: HASH } },
      prev: HASH,
      hash: HASH,
    },
  }) satisfies z.ZodType<AuditEntry>;

const place = z.int().describe('Place in the chain.');

export const VerdictSchema = z
  .object({
    ok: z.boolean().describe('True when the whole chain is intact.'),
    entries: z.int().describe('How many entries from the first one on were found good.'),
    head: z
      .object({ seq: place, hash: z.string().describe('`hash` of the last entry, in hexadecimal.') })
      .describe('The last entry. Note it elsewhere: if this place later has another hash, the past was rewritten.'),
    first_bad: z
      .object({
        seq: place,
        id: z.string().nullable().describe('Id of the bad entry, `evt_…`. Null where there is no row.'),
        why: z.string().describe('What is wrong, in words.'),
      })
      .nullable()
      .describe('The first bad entry. Null when `ok` is true.'),
  })
  .register(EXAMPLES, { example: { ok: true, entries: 42, head: { seq: 42, hash: HASH }, first_bad: null } });
