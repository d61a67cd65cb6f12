/**
 * What the state alone can refuse, at once and without a trace in the history: validators of the updates. Synchronous on
 * purpose: the SDK drops the promise of an async validator, which would then never reject.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import {
  ASSURANCES,
  CHANNELS,
  COMMENT_MAX,
  VOTE_DECISIONS,
  WRONG_BYTES,
  alreadyDecided,
  isEnded,
  sameVote,
  type ApprovalState,
  type Refusal,
  type Snapshot,
  type VoteRequest,
} from '../domain/approval';
import type { ErrorFacts } from '../domain/errors';
import type { Addressed, CancelRequest } from './messages';

/** Our code as the failure's type, what the caller may know as its first detail. A plain Error would retry the task for ever. */
export function failureOf(refusal: Refusal, state: ApprovalState): ApplicationFailure {
  const { code, message, ...known } = refusal;
  const facts: ErrorFacts = code === 'already_decided' ? { ...known, outcome: outcomeOf(state) } : known;
  return ApplicationFailure.nonRetryable(message, code, facts);
}

/** As `outcomeOf` in domain/present.ts says it, which may read clocks and not run here; names are not known, so an id stands for one. */
function outcomeOf(state: ApprovalState) {
  return {
    status: state.status,
    reason_code: state.reason_code,
    decided_by: state.decided_by === null ? null : { id: state.decided_by, name: state.decided_by },
    decided_at: state.decided_at_ms === null ? null : new Date(state.decided_at_ms).toISOString(),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
/** What could never be recorded: Postgres keeps no NUL, the audit's canonical JSON no half of a surrogate pair. */
const UNRECORDABLE = /[\0\p{Cs}]/u;
const isTextOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && value.length <= COMMENT_MAX && !UNRECORDABLE.test(value));
const isOneOf = (list: readonly string[], value: unknown): boolean => list.includes(value as string);

function isVote(vote: Addressed<VoteRequest>): boolean {
  return (
    typeof vote === 'object' &&
    vote !== null &&
    isText(vote.approval_id) &&
    isText(vote.voter) &&
    isText(vote.digest) &&
    isOneOf(VOTE_DECISIONS, vote.decision) &&
    isOneOf(CHANNELS, vote.channel) &&
    isOneOf(ASSURANCES, vote.assurance) &&
    isTextOrNull(vote.comment) &&
    isTextOrNull(vote.ip) &&
    (vote.level === undefined || isText(vote.level)) &&
    (vote.once === undefined || isText(vote.once))
  );
}

const isCancellation = (cancel: Addressed<CancelRequest>): boolean =>
  typeof cancel === 'object' &&
  cancel !== null &&
  isText(cancel.approval_id) &&
  isText(cancel.by?.id) &&
  isText(cancel.reason_code) &&
  isTextOrNull(cancel.reason);

const malformed = (message: string): Refusal => ({ code: 'invalid_request', message });

const FOR_ANOTHER = malformed(
  'This message was sent to another approval than the one that it names. Nothing was changed.',
);

/** Throws the refusal of a vote that cannot count whoever casts it. */
export function acceptVote(snapshot: Snapshot, state: ApprovalState, vote: Addressed<VoteRequest>): void {
  const refuse = (refusal: Refusal): never => {
    throw failureOf(refusal, state);
  };
  if (!isVote(vote)) refuse(malformed('This is not a vote: see VoteRequest for its fields.'));
  if (vote.approval_id !== snapshot.approval_id) refuse(FOR_ANOTHER);
  if (vote.digest !== snapshot.digest) refuse(WRONG_BYTES);
  if (vote.level !== undefined && !snapshot.levels.some((level) => level.name === vote.level)) {
    refuse({ code: 'invalid_request', message: `This approval has no level "${vote.level}".`, level: vote.level });
  }
  if (isEnded(state) && !sameVote(state, vote)) refuse(alreadyDecided(state));
}

/** Throws when there is nothing left to cancel. Cancelling what is cancelled already is the same answer again. */
export function acceptCancel(snapshot: Snapshot, state: ApprovalState, cancel: Addressed<CancelRequest>): void {
  const refuse = (refusal: Refusal): never => {
    throw failureOf(refusal, state);
  };
  if (!isCancellation(cancel)) refuse(malformed('This is not a cancellation: see CancelRequest for its fields.'));
  if (cancel.approval_id !== snapshot.approval_id) refuse(FOR_ANOTHER);
  if (isEnded(state) && state.status !== 'cancelled') refuse(alreadyDecided(state));
}
