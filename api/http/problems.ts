/** From an error to its RFC 9457 problem: one table, and nothing of an unexpected error's own text gets out. */
import { AgentWardenError, type ErrorCode, type ErrorFacts } from '../../domain/errors';

interface Kind {
  status: number;
  title: string;
  /** What to do next, sent where the error itself says nothing better. */
  fix?: string;
  /** The same for the reference alone, where every `detail` says it in the case at hand. */
  advice?: string;
  /** `Retry-After` in seconds, where the error names none. */
  retry_after_s?: number;
}

export const PROBLEMS: Record<ErrorCode, Kind> = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    advice: 'Correct what `errors` names, each with its path, and send it again; nothing was done.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who is calling is not known',
    advice: 'Send an agent’s key as X-API-Key under /sdk, a person’s token as Authorization: Bearer elsewhere.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    advice: 'Have somebody with the role that `detail` names do it, or have an admin give it.',
  },
  not_eligible: {
    status: 403,
    title: 'Not an approver here',
    advice: 'Leave it to its approvers: only they are counted, and only while their level is open.',
  },
  assurance_required: {
    status: 403,
    title: 'A surer way to sign in is needed',
    advice: 'Sign in as surely as `need` says, and vote again.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    advice: 'Look the id up in the list that it is from; what you may not see is not found either.',
  },
  agent_not_found: {
    status: 404,
    title: 'Agent not found',
    advice: 'Make the agent with POST /api/agents, and see which agents the key is for.',
  },
  method_not_allowed: { status: 405, title: 'Method not allowed', advice: 'Use a method that the Allow header names.' },
  already_decided: { status: 409, title: 'Already decided', advice: 'Nothing; `outcome` says how it ended.' },
  level_closed: {
    status: 409,
    title: 'The level is closed',
    advice: 'Nothing; the level was decided without this vote.',
  },
  level_not_open: {
    status: 409,
    title: 'The level is not open',
    advice: 'Vote again when the levels before it are approved.',
  },
  level_required: { status: 409, title: 'A level must be named', advice: 'Name one of `levels` as `level`.' },
  needed_elsewhere: {
    status: 409,
    title: 'Needed at another level',
    advice: 'Wait until you are asked at the other level, or name the level that you mean.',
  },
  digest_mismatch: {
    status: 409,
    title: 'Not what was asked',
    advice: 'Do not run it. Send the bytes that were approved, or ask for a new approval.',
  },
  not_approved: {
    status: 409,
    title: 'Not approved',
    advice: 'Do not run it. Wait while `outcome.status` is pending; else ask again.',
  },
  already_consumed: {
    status: 409,
    title: 'Already consumed',
    advice: 'Do not run it again; ask for another approval.',
  },
  grant_expired: { status: 409, title: 'The grant has expired', advice: 'Do not run it; ask again.' },
  grant_revoked: { status: 409, title: 'The grant was revoked', advice: 'Do not run it; ask again.' },
  agent_suspended: {
    status: 409,
    title: 'The agent is suspended',
    advice: 'Run nothing until an admin sets the agent’s status to active.',
  },
  policy_changed: {
    status: 409,
    title: 'The policy forbids this now',
    advice: 'Do not run it; ask again under the policy that holds now.',
  },
  identity_taken: {
    status: 409,
    title: 'Already taken',
    advice: 'Choose another, or take it from whoever has it first.',
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
  payload_too_large: { status: 413, title: 'Too large', advice: 'Send what a reviewer needs, and a link to the rest.' },
  unsupported_media_type: {
    status: 415,
    title: 'Wrong content type',
    advice: 'Set the Content-Type that `detail` names.',
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
    advice: 'Correct what `errors` names, each with its line; the version before stays in force.',
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
    advice: 'Wait as long as Retry-After says, and send it again.',
  },
  too_many_votes: {
    status: 429,
    title: 'Too many votes',
    retry_after_s: 60,
    advice: 'Nothing; your last vote stands.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable for the moment',
    fix: 'Send the same request again, with the same Idempotency-Key.',
    retry_after_s: 2,
  },
  outcome_unknown: {
    status: 503,
    title: 'The outcome is not known yet',
    fix: 'Send the same request again; nothing is counted twice.',
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

/** Text that Postgres cannot hold (NUL, a lone surrogate) or a number out of its range is the caller's mistake, wherever it came from. */
const UNSTORABLE = /^(22021|22P05|22P02|22003|22007|22008)$/;

/** Null: an error that nobody foresaw; it is logged with its stack and answered as 500 without its text. */
export function foreseen(error: unknown): AgentWardenError | null {
  if (error instanceof AgentWardenError) return error;
  if (error instanceof Error && UNSTORABLE.test(String((error as { code?: unknown }).code)))
    return new AgentWardenError(
      'invalid_request',
      'A text in the request holds a character that cannot be stored, or a number is out of range.',
      {},
      { cause: error },
    );
  return null;
}

const SHOWN: readonly (keyof ErrorFacts & keyof Problem)[] = ['errors', 'outcome', 'level', 'levels', 'have', 'need'];

/** The problem of a foreseen error. */
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

/** What an unforeseen error is answered with. Its code is `unavailable`, because the list of codes is closed; its status says that it is our mistake. */
export const unforeseenProblem = (request_id: string): Problem => ({
  type: 'about:blank',
  title: 'Something went wrong on our side',
  status: 500,
  code: 'unavailable',
  detail: `Something went wrong that should not have. It is in the server's log under the request id ${request_id}.`,
  request_id,
});
