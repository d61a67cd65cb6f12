/**
 * What the state alone can refuse, at once and without a trace in the history: validators of the updates. Synchronous on
 * purpose: the SDK drops the promise of an async validator, which would then never reject.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import {
  ASSURANCES,
  CHANNELS,
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
import type { CancelRequest } from './messages';

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
const MAX_COMMENT_CHARACTERS = 2_000;
const isTextOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && value.length <= MAX_COMMENT_CHARACTERS && !UNRECORDABLE.test(value));
const isOneOf = (list: readonly string[], value: unknown): boolean => list.includes(value as string);

function isVote(vote: VoteRequest): boolean {
  return (
    typeof vote === 'object' &&
    vote !== null &&
    isText(vote.voter) &&
    isText(vote.digest) &&
    isOneOf(VOTE_DECISIONS, vote.decision) &&
    isOneOf(CHANNELS, vote.channel) &&
    isOneOf(ASSURANCES, vote.assurance) &&
    isTextOrNull(vote.comment) &&
    isTextOrNull(vote.ip) &&
    (vote.level === undefined || isText(vote.level))
  );
}

/** Throws the refusal of a vote that cannot count whoever casts it. */
export function acceptVote(snapshot: Snapshot, state: ApprovalState, vote: VoteRequest): void {
  const refuse = (refusal: Refusal): never => {
    throw failureOf(refusal, state);
  };
  if (!isVote(vote))
    refuse({ code: 'invalid_request', message: 'This is not a vote: see VoteRequest for its fields.' });
  if (vote.digest !== snapshot.digest) {
    refuse(WRONG_BYTES);
  }
  if (vote.level !== undefined && !snapshot.levels.some((level) => level.name === vote.level)) {
    refuse({ code: 'invalid_request', message: `This approval has no level "${vote.level}".`, level: vote.level });
  }
  if (isEnded(state) && !sameVote(state, vote)) refuse(alreadyDecided(state));
}

/** Throws when there is nothing left to cancel. Cancelling what is cancelled already is the same answer again. */
export function acceptCancel(state: ApprovalState, cancel: CancelRequest): void {
  if (
    typeof cancel !== 'object' ||
    cancel === null ||
    !isText(cancel.by?.id) ||
    !isText(cancel.reason_code) ||
    !isTextOrNull(cancel.reason)
  ) {
    throw failureOf(
      { code: 'invalid_request', message: 'This is not a cancellation: see CancelRequest for its fields.' },
      state,
    );
  }
  if (isEnded(state) && state.status !== 'cancelled') throw failureOf(alreadyDecided(state), state);
}
