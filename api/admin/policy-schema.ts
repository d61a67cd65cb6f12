/** The policy as requests give it and as answers show it. */
import { z } from 'zod';
import { EXAMPLES, STORY } from '../http/examples';
import { FaultSchema } from '../http/problem-schema';
import { Instant, prose } from '../http/schemas';

const DOCUMENT = `version: 1
rules:
  - { id: refund, action: refund.*, effect: require_approval, flow: refund }
flows:
  refund:
    levels:
      - { name: team, approvers: [role:support-lead] }
`;

const meta = {
  version: z.int().describe('Number of the version. It grows by one with each publication; 0 is the built-in policy.'),
  published_at: Instant.nullable().describe('When it was published, RFC 3339 in UTC. Null for the built-in policy.'),
  published_by: z
    .string()
    .nullable()
    .describe('User id of the person who published it, or `system`. Null for the built-in policy.'),
};
const published = { version: 3, published_at: '2026-11-20T09:10:00.000Z', published_by: STORY.ada.id };

export const VersionSchema = z
  .object({
    ...meta,
    note: z.string().nullable().describe('What the publisher wrote about the change. Null without a note.'),
  })
  .meta({ id: 'PolicyVersion', description: 'One publication of the policy, without its document.' })
  .register(EXAMPLES, { example: { ...published, note: 'Refunds need the team.' } });

export const PolicySchema = z
  .object({
    ...meta,
    document: z.string().describe('The text of the policy, YAML or JSON, as it was published.'),
    warnings: z
      .array(FaultSchema)
      .describe(
        'Parts that are allowed but probably not intended, with their place: hidden rules, flows that permissions name and the policy lacks.',
      ),
    pending_on_older: z.int().describe('How many pending approvals still follow an earlier version.'),
  })
  .meta({ id: 'Policy', description: 'One version of the policy. Version 0 is built in and was never published.' })
  .register(EXAMPLES, { example: { ...published, document: DOCUMENT, warnings: [], pending_on_older: 2 } });

export const VersionParams = z.object({
  version: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .meta({ description: 'Number of a published version; 0 is the built-in policy.', example: '3' }),
});

export const DocumentBody = z
  .string()
  .min(1)
  .max(256 * 1024);

export const PublishQuery = z.strictObject({
  note: prose(500).optional().meta({
    description: 'What was changed and why, at most 500 characters. Absent: no note.',
    example: 'Refunds need the team.',
  }),
});

export const PublishHeaders = z.object({
  'If-Match': z.string().max(60).optional().meta({
    description: 'The version that was edited, like `"3"`. Without it nothing is published (428).',
    example: '"3"',
  }),
});

export const ValidationSchema = z
  .object({
    ok: z.boolean().describe('True when the document could be published.'),
    errors: z.array(FaultSchema).describe('Every mistake, with its place. Empty when `ok` is true.'),
    warnings: z
      .array(FaultSchema)
      .describe('Parts that are allowed but probably not intended, with their place. Empty when there are mistakes.'),
  })
  .register(EXAMPLES, {
    example: {
      ok: false,
      errors: [
        {
          path: 'rules.0.flow',
          message: 'names the flow "refnd", which does not exist; did you mean refund?',
          line: 3,
        },
      ],
      warnings: [],
    },
  });
