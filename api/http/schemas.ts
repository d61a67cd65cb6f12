/** Fields that the schemas of several resources share. */
import { z } from 'zod';
import { COMMENT_MAX, type JsonObject } from '../../domain/approval';
import { isMisspelt } from '../../domain/identity';
import { agentPatternFault } from '../../domain/patterns';
import { EXAMPLES, STORY } from './examples';

/** Describes one field, and keeps the reference to its named schema. */
export const named = <S extends z.ZodType>(schema: S, description: string): S =>
  schema.meta({ ...schema.meta(), description });

export const Action = z
  .string()
  .max(128)
  .regex(
    /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
    'is not an action: write dotted segments of letters, digits, "_" and "-", like stripe.refund.large',
  )
  .meta({
    id: 'Action',
    description: 'The name of an action: segments of letters, digits, `_` and `-`, joined by dots.',
    example: 'stripe.refund.large',
  });

export const NewAgentId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'is not an agent id: write 1 to 64 letters, digits, "_", "." and "-", beginning with a letter or digit',
  );

/** Text without control characters, which do not belong in names, and without lone surrogates, which cannot be stored. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
/** The check is a function and no pattern, because many OpenAPI tools do not know Unicode classes. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => PRINTABLE.test(value), 'holds control characters');
export const Name = text(120).trim().min(1);

/** Text that a person wrote; line breaks are allowed. */
const PROSE = /^[^\u0000\p{Cs}]*$/u;
export const prose = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => PROSE.test(value), 'holds characters that cannot be stored');
export const Comment = prose(COMMENT_MAX);

/** A host without a dot is allowed: the first admin is admin@localhost. */
export const EmailAddress = z.email({ pattern: z.regexes.html5Email }).max(254);

/** The page to return to after login. Longer than any URL that Node.js accepts, so that no page is too long to return to. */
export const ReturnTo = text(20_000)
  .optional()
  .meta({
    description:
      'Path on this server that is opened after signing in. A path elsewhere is ignored; then `/approvals` is opened.',
    example: `/approvals/${STORY.approval_id}`,
  });

/** An id, or an agent's unique name. */
export const AgentRef = text(128)
  .min(1)
  .meta({ description: "An agent's id, or its name, which is unique.", example: STORY.agent_id });
const AgentPattern = text(128)
  .min(1)
  .superRefine((pattern, context) => {
    const fault = agentPatternFault(pattern);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });
export const AgentPatterns = z.array(AgentPattern).min(1).max(100);
/** Surrounding spaces are removed. With them the identity would match nobody, and so exclude nobody from approving (T33). */
export const Identity = text(254)
  .trim()
  .min(1)
  .refine((value) => !isMisspelt(value), 'is neither an email address, like ana@acme.example, nor a user id')
  .meta({ description: "A person's email address or user id." });
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a digest: sha256: and 64 hexadecimal digits');

/** Opaque: every text is looked up, and a text that cannot be stored is not found. */
export const Id = text(200).min(1);
export const idParams = (description: string, example: string) => z.object({ id: Id.meta({ description, example }) });
export const ApprovalParams = idParams("The approval's id, `apr_…`, as the check answered it.", STORY.approval_id);

export const Instant = z.iso.datetime({ offset: true }).meta({ format: 'date-time' });
/** A filter's point in time: RFC 3339, or a date, which means its start in UTC. */
export const When = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).transform((value) => new Date(value));

/** Any object. It is not copied: a copy could lose keys such as `__proto__`, which the digest covers. */
const anyObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'is not a JSON object',
);
export const JsonObjectSchema = anyObject.meta({
  id: 'JsonObject',
  type: 'object',
  additionalProperties: true,
  description: 'A JSON object with any keys and values.',
});
/** A schema of its own: zod-to-openapi drops the null of a schema that has an id or an explicit type. */
export const JsonObjectOrNull = anyObject.nullable().meta({ type: ['object', 'null'], additionalProperties: true });

const count = (max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(0).max(max));

export const Wait = count(60).meta({
  type: 'integer',
  minimum: 0,
  maximum: 60,
  description:
    'Whole seconds for which the answer is held back while the approval is pending. 0 and absent: answer at once.',
  example: 30,
});
export const PageQuery = {
  limit: count(200).pipe(z.number().min(1)).default(50).meta({
    type: 'integer',
    minimum: 1,
    maximum: 200,
    default: 50,
    description: 'How many items one page holds at most.',
    example: 20,
  }),
  cursor: text(1000).optional().meta({
    description: '`next_cursor` of the previous page, unchanged. Absent: the first page.',
    example: 'WyJhZ3RfM3ciXQ',
  }),
};
export function listOf<T extends z.ZodType>(item: T) {
  const list = z.object({
    items: z.array(item).describe('One page of the list, at most `limit` items. Empty when nothing matches.'),
    next_cursor: z
      .string()
      .nullable()
      .describe('Send it as `cursor` to get the next page. Null when this page is the last one.'),
  });
  const example = EXAMPLES.get(item)?.example;
  return example === undefined ? list : list.register(EXAMPLES, { example: { items: [example], next_cursor: null } });
}

/** `true` or `false` in a query. */
export const Flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** For pages: any other value counts as absent, so that the page is shown anyway. */
export const oneOf = <const T extends string>(values: readonly T[]) =>
  z
    .string()
    .optional()
    .transform((value) => values.find((known) => known === value))
    .meta({ type: 'string', enum: [...values] });
export const atMost = (max: number) =>
  z
    .string()
    .optional()
    .transform((value) => (value !== undefined && value.length <= max && PRINTABLE.test(value) ? value : undefined))
    .meta({ type: 'string', maxLength: max });

export const IdempotencyHeader = z.object({
  'Idempotency-Key': z.string().min(1).max(200).optional().meta({
    description:
      'Printable ASCII that the caller makes up, one for each intended effect. The same key with the same request gets the first answer again and does nothing twice; with another request it is refused.',
    example: '0b8f7c1e-refund-A-1001',
  }),
});
