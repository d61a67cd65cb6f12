/**
 * The one error class of the product, and the one list of its codes.
 *
 * A code is the same everywhere: here, as the type of Temporal's `ApplicationFailure`, as `code` of an HTTP problem
 * (`api/http/problems.ts` adds the status), and as the name of a class in both SDKs.
 */
export const ERROR_CODES = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_eligible',
  'assurance_required',
  'not_found',
  'agent_not_found',
  'method_not_allowed',
  'already_decided',
  'level_closed',
  'level_not_open',
  'level_required',
  'needed_elsewhere',
  'digest_mismatch',
  'not_approved',
  'already_consumed',
  'grant_expired',
  'grant_revoked',
  'agent_suspended',
  'policy_changed',
  'identity_taken',
  'in_progress',
  'policy_conflict',
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_mismatch',
  'comment_required',
  'policy_invalid',
  'if_match_required',
  'rate_limited',
  'too_many_votes',
  'unavailable',
  'outcome_unknown',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export const isErrorCode = (value: unknown): value is ErrorCode => (ERROR_CODES as readonly unknown[]).includes(value);

/** One fault in the caller's input. `path` is the dotted path of the field, with indices: `levels.0.approve`. */
export interface Fault {
  path: string;
  message: string;
  line?: number;
}

/** Facts about an error besides its text. Every field is safe to show to the caller. */
export interface ErrorFacts {
  fix?: string;
  errors?: Fault[];
  outcome?: unknown;
  level?: string;
  levels?: string[];
  have?: string;
  need?: string;
  status?: string;
  retry_after_s?: number;
}

/** A request cannot be served. `message` says what happened, why, and what to do next. */
export class AgentWardenError extends Error {
  override readonly name = 'AgentWardenError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly facts: ErrorFacts = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The error for input that is not valid. Every fault names its place; the message names the first. */
export function invalidRequest(errors: Fault[]): AgentWardenError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const place = first?.path ? `${first.path}: ` : '';
  return new AgentWardenError(
    'invalid_request',
    `The request is not valid: ${place}${first?.message ?? 'unknown'}${more}. Nothing was done; correct it and send it again.`,
    { errors },
  );
}
