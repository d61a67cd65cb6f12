/** Shapes that several resources speak in. */
import { z } from 'zod';
import { COMMENT_MAX, type JsonObject } from '../../domain/approval';
import { ERROR_CODES, type Fault } from '../../domain/errors';
import { isMisspelt } from '../../domain/identity';
import { agentPatternFault } from '../../domain/patterns';
import type { Problem } from './problems';

export const Action = z
  .string()
  .max(128)
  .regex(
    /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
    'is not an action: write dotted segments of letters, digits, "_" and "-", like stripe.refund.large',
  )
  .meta({ id: 'Action', example: 'stripe.refund.large' });

export const NewAgentId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'is not an agent id: write 1 to 64 letters, digits, "_", "." and "-", beginning with a letter or digit',
  );

/** Control characters have no business in names and labels; lone surrogates cannot be stored. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
/** Not as a pattern of the contract: few who read OpenAPI know Unicode classes. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => PRINTABLE.test(value), 'holds control characters');
export const Name = text(120).trim().min(1);

/** Words of a person: line breaks are welcome. */
const PROSE = /^[^\u0000\p{Cs}]*$/u;
export const prose = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => PROSE.test(value), 'holds characters that cannot be stored');
export const Comment = prose(COMMENT_MAX);

/** Also of a host without a dot: the first admin is admin@localhost. */
export const EmailAddress = z.email({ pattern: z.regexes.html5Email }).max(254);

/** Longer than any address that Node.js accepts: nobody who was sent here to sign in is refused for where they came from. */
export const ReturnTo = text(20_000).optional();

/** An id, or an agent's unique name. */
export const AgentRef = text(128).min(1).meta({ description: "An agent's id or its unique name" });
const AgentPattern = text(128)
  .min(1)
  .superRefine((pattern, context) => {
    const fault = agentPatternFault(pattern);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });
export const AgentPatterns = z.array(AgentPattern).min(1).max(100);
/** Without the blanks around it: with them it would be nobody, and so exclude nobody. */
export const Identity = text(254)
  .trim()
  .min(1)
  .refine((value) => !isMisspelt(value), 'is neither an email address, like ana@acme.example, nor a user id')
  .meta({ description: 'An email address or a user id' });
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not a digest: sha256: and 64 hexadecimal digits');

/** Opaque: whatever stands in a path is looked up, and what cannot be stored is not there. */
export const Id = text(200).min(1);
export const IdParams = z.object({ id: Id });

export const Instant = z.iso.datetime({ offset: true }).meta({ format: 'date-time' });
/** A point in time of a filter: RFC 3339, or a date (its beginning in UTC). */
export const When = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).transform((value) => new Date(value));

/** Any object, as it was parsed: copying it could lose keys such as `__proto__`, which the digest covers. */
const anyObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'is not a JSON object',
);
export const JsonObjectSchema = anyObject.meta({ id: 'JsonObject', type: 'object', additionalProperties: true });
/** Not of the one above: the document forgets that a schema may be null when it has an id or a type that we gave it. */
export const JsonObjectOrNull = anyObject.nullable().meta({ type: ['object', 'null'], additionalProperties: true });

const count = (max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(0).max(max));

/** Whole seconds to hold the answer back. */
export const Wait = count(60).meta({ type: 'integer', minimum: 0, maximum: 60 });
export const PageQuery = {
  limit: count(200)
    .pipe(z.number().min(1))
    .default(50)
    .meta({ type: 'integer', minimum: 1, maximum: 200, default: 50 }),
  cursor: text(1000).optional(),
};
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** `true` and `false` in a query. */
export const Flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** A page is shown whatever stands in its address or its form: what is none of these is as if it were absent. */
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

export const IdempotencyHeader = z.object({ 'Idempotency-Key': z.string().min(1).max(200).optional() });

export const FaultSchema = z
  .object({ path: z.string(), message: z.string(), line: z.int().optional() })
  .meta({ id: 'Fault' }) satisfies z.ZodType<Fault>;

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(ERROR_CODES),
    detail: z.string(),
    request_id: z.string(),
    fix: z.string().optional(),
    errors: z.array(FaultSchema).optional(),
    outcome: z.unknown().optional(),
    level: z.string().optional(),
    levels: z.array(z.string()).optional(),
    have: z.string().optional(),
    need: z.string().optional(),
    retry_after_s: z.int().optional(),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong, why, and what to do next (RFC 9457).',
  }) satisfies z.ZodType<Problem>;
