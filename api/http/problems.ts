/** Turns an error into its RFC 9457 problem. The text of an unexpected error never leaves the server. */
import { AgentWardenError, type ErrorCode, type ErrorFacts } from '../../domain/errors';

interface Kind {
  status: number;
  title: string;
  /** The advice for the caller. Sent unless the error has a more exact `fix`. */
  fix?: string;
  /** Advice for the reference page only: the `detail` of each such problem already says what to do. */
  advice?: string;
  /** `Retry-After` in seconds. Sent unless the error names one. */
  retry_after_s?: number;
}

export const PROBLEMS: Record<ErrorCode, Kind> = {
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    advice: 'Nothing was done. Correct the fields in `errors` and send the request again.',
  },
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    advice: 'Under /sdk, send an agent’s key as X-API-Key. Elsewhere, send a person’s token as Authorization: Bearer.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    advice: 'Ask somebody with the role in `detail` to do it, or ask an admin for that role.',
  },
  not_eligible: {
    status: 403,
    title: 'Not an approver here',
    advice: 'Leave the decision to the approvers. Their votes count only while their level is open.',
  },
  assurance_required: {
    status: 403,
    title: 'Stronger sign-in required',
    advice: 'Sign in with the assurance in `need` or a stronger one, and vote again.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    advice: 'Check the id. An object that you may not see counts as not found.',
  },
  agent_not_found: {
    status: 404,
    title: 'Agent not found',
    advice: 'Create the agent with POST /api/agents, and check which agents the key is for.',
  },
  method_not_allowed: { status: 405, title: 'Method not allowed', advice: 'Use a method from the Allow header.' },
  already_decided: { status: 409, title: 'Already decided', advice: 'Do nothing. `outcome` says how it ended.' },
  level_closed: {
    status: 409,
    title: 'The level is closed',
    advice: 'Do nothing. The level was decided without this vote.',
  },
  level_not_open: {
    status: 409,
    title: 'The level is not open',
    advice: 'Vote again when the previous levels are approved.',
  },
  level_required: { status: 409, title: 'Level required', advice: 'Send one of `levels` as `level`.' },
  needed_elsewhere: {
    status: 409,
    title: 'Needed at another level',
    advice: 'Wait until you are asked at the other level, or send `level`.',
  },
  digest_mismatch: {
    status: 409,
    title: 'The content does not match',
    advice: 'Do not run it. Send exactly the content that was approved, or ask for a new approval.',
  },
  not_approved: {
    status: 409,
    title: 'Not approved',
    advice: 'Do not run it. Wait if `outcome.status` is pending, otherwise ask again.',
  },
  already_consumed: {
    status: 409,
    title: 'Already consumed',
    advice: 'Do not run it again. Ask for another approval.',
  },
  grant_expired: { status: 409, title: 'The grant has expired', advice: 'Do not run it. Ask again.' },
  grant_revoked: { status: 409, title: 'The grant was revoked', advice: 'Do not run it. Ask again.' },
  agent_suspended: {
    status: 409,
    title: 'The agent is suspended',
    advice: 'Run nothing until an admin sets the agent’s status to active.',
  },
  policy_changed: {
    status: 409,
    title: 'The policy forbids this now',
    advice: 'Do not run it. Ask again under the current policy.',
  },
  identity_taken: {
    status: 409,
    title: 'Already taken',
    advice: 'Choose another one, or first remove it from the person or agent that has it.',
  },
  in_progress: {
    status: 409,
    title: 'Still in progress',
    retry_after_s: 1,
    advice: 'Send the same request again shortly.',
  },
  policy_conflict: {
    status: 412,
    title: 'Somebody else published first',
    fix: 'Read the policy again, apply your change to it, and send its version in If-Match.',
  },
  payload_too_large: {
    status: 413,
    title: 'Too large',
    advice: 'Send only what a reviewer needs, and a link to the rest.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Wrong content type',
    advice: 'Send the Content-Type from `detail`.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'The key was used for another request',
    fix: 'Use a new Idempotency-Key for a new request.',
  },
  comment_required: { status: 422, title: 'A comment is required', advice: 'Write a comment and vote again.' },
  policy_invalid: {
    status: 422,
    title: 'The policy has mistakes',
    advice: 'The previous version stays in force. Correct the mistakes in `errors`, each with its line.',
  },
  if_match_required: {
    status: 428,
    title: 'If-Match is required',
    fix: 'Send the version that you edited as If-Match: "3".',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    retry_after_s: 1,
    advice: 'Wait for the time in Retry-After, then send it again.',
  },
  too_many_votes: {
    status: 429,
    title: 'Too many votes',
    retry_after_s: 60,
    advice: 'Do nothing. Your last vote counts.',
  },
  unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    fix: 'Send the same request again, with the same Idempotency-Key.',
    retry_after_s: 2,
  },
  outcome_unknown: {
    status: 503,
    title: 'The outcome is not known yet',
    fix: 'Send the same request again. Nothing is counted twice.',
    retry_after_s: 2,
  },
};

export interface Problem extends Omit<ErrorFacts, 'status'> {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  request_id: string;
}

/** SQLSTATEs of a text that Postgres cannot store (NUL, a lone surrogate) or of a number out of range: mistakes of the caller. */
const UNSTORABLE = /^(22021|22P05|22P02|22003|22007|22008)$/;

/** Null: the error is unexpected, so it is logged with its stack and answered as 500 without its text. */
export function foreseen(error: unknown): AgentWardenError | null {
  if (error instanceof AgentWardenError) return error;
  if (error instanceof Error && UNSTORABLE.test(String((error as { code?: unknown }).code)))
    return new AgentWardenError(
      'invalid_request',
      'A text in the request contains a character that cannot be stored, or a number is out of range. Nothing was done.',
      {},
      { cause: error },
    );
  return null;
}

const SHOWN: readonly (keyof ErrorFacts & keyof Problem)[] = ['errors', 'outcome', 'level', 'levels', 'have', 'need'];

/** The problem of an expected error. */
export function problemOf(error: AgentWardenError, request_id: string): Problem {
  const kind = PROBLEMS[error.code];
  const fix = error.facts.fix ?? kind.fix;
  const retry_after_s = error.facts.retry_after_s ?? kind.retry_after_s;
  const problem: Problem = {
    type: `urn:agentwarden:problem:${error.code}`,
    title: kind.title,
    status: kind.status,
    code: error.code,
    detail: error.message,
    request_id,
  };
  if (fix !== undefined) problem.fix = fix;
  for (const fact of SHOWN) if (error.facts[fact] !== undefined) Object.assign(problem, { [fact]: error.facts[fact] });
  if (error.facts.status !== undefined && error.code === 'not_approved')
    problem.outcome = { status: error.facts.status };
  if (retry_after_s !== undefined) problem.retry_after_s = retry_after_s;
  return problem;
}

/** The problem of an unexpected error. The list of codes is closed, so its code is `unavailable`. The status 500 says that the server is at fault. */
export const unforeseenProblem = (request_id: string): Problem => ({
  type: 'about:blank',
  title: 'Internal error',
  status: 500,
  code: 'unavailable',
  detail: `The server failed unexpectedly. Its log has the error under the request id ${request_id}.`,
  request_id,
});
