/**
 * Validators of the updates. If the state alone is enough to refuse an update, they refuse it at once, without an event in
 * the history. They must be synchronous: the SDK drops the promise of an async validator, so it would never reject.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import {
  ASSURANCES,
  CHANNEL_NAMES,
  COMMENT_MAX,
  DIGEST_MISMATCH,
  VOTE_DECISIONS,
  alreadyDecided,
  isEnded,
  voteRepeatedBy,
  type ApprovalState,
  type Refusal,
  type Snapshot,
  type VoteRequest,
} from '../domain/approval';
import type { ErrorFacts } from '../domain/errors';
import type { Addressed, CancelRequest } from './messages';

/** The error code becomes the failure's type, and the facts its first detail. A plain Error would retry the workflow task for ever. */
export function failureOf({ code, message, ...facts }: Refusal): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code, facts satisfies ErrorFacts);
}

const throwRefusal = (refusal: Refusal): never => {
  throw failureOf(refusal);
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
/** Postgres cannot store NUL, and the audit log's canonical JSON cannot hold an unpaired surrogate. */
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
    isOneOf(CHANNEL_NAMES, vote.channel) &&
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

const WRONG_APPROVAL = malformed(
  'This message names another approval than the one it was sent to. Nothing was changed.',
);

/** Throws the refusal of a vote that could not count for any voter. */
export function acceptVote(snapshot: Snapshot, state: ApprovalState, vote: Addressed<VoteRequest>): void {
  if (!isVote(vote)) throwRefusal(malformed('This is not a valid vote. VoteRequest lists its fields.'));
  if (vote.approval_id !== snapshot.approval_id) throwRefusal(WRONG_APPROVAL);
  if (vote.digest !== snapshot.digest) throwRefusal(DIGEST_MISMATCH);
  if (vote.level !== undefined && !snapshot.levels.some((level) => level.name === vote.level)) {
    throwRefusal({
      code: 'invalid_request',
      message: `This approval has no level "${vote.level}".`,
      level: vote.level,
    });
  }
  if (isEnded(state) && !voteRepeatedBy(vote, state)) throwRefusal(alreadyDecided(state));
}

/** Throws if the approval ended otherwise than by a cancellation. A second cancellation gets the same answer as the first. */
export function acceptCancel(snapshot: Snapshot, state: ApprovalState, cancel: Addressed<CancelRequest>): void {
  if (!isCancellation(cancel))
    throwRefusal(malformed('This is not a valid cancellation. CancelRequest lists its fields.'));
  if (cancel.approval_id !== snapshot.approval_id) throwRefusal(WRONG_APPROVAL);
  if (isEnded(state) && state.status !== 'cancelled') throwRefusal(alreadyDecided(state));
}
