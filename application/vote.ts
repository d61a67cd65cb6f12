/** Casts a vote. Pages and API all use this file, so they give the same answer. */
import { createHash, randomUUID } from 'node:crypto';
import type { StoredApproval } from '../db/approvals';
import { bindKey, storeAnswer } from '../db/idempotency';
import { DIGEST_MISMATCH, isEnded, voteRepeatedBy, type Refusal, type VoteRequest } from '../domain/approval';
import { canonical } from '../domain/digest';
import { AgentWardenError, type ErrorCode } from '../domain/errors';
import { alreadyDecided, notFound, openedApproval, SHOWN_WITHIN_MS, waitForApproval } from './approvals';
import { channelOf, type PersonCaller } from './caller';
import type { Deps } from './deps';

/** Every code with which a vote can be refused. The type makes a code of the engine that is missing here an error. */
const REFUSALS: Record<Refusal['code'] | 'not_found' | 'outcome_unknown', true> = {
  already_decided: true,
  level_closed: true,
  level_not_open: true,
  level_required: true,
  needed_elsewhere: true,
  not_eligible: true,
  assurance_required: true,
  digest_mismatch: true,
  comment_required: true,
  too_many_votes: true,
  invalid_request: true,
  not_found: true,
  outcome_unknown: true,
};
export const VOTE_PROBLEMS = Object.keys(REFUSALS) as ErrorCode[];

/** The vote that a signed-in person sends. */
export interface VoteBody {
  decision: VoteRequest['decision'];
  comment?: string | null;
  /** Absent: the engine chooses the level at which the person is needed. */
  level?: string;
  digest: string;
}

/** The vote of a signed-in person. Throws `forbidden` for auditors. */
export function voteRequest(
  { person, by }: PersonCaller,
  { decision, comment, level, digest }: VoteBody,
  ip: string,
): VoteRequest {
  refuseAuditors(person.roles);
  return {
    voter: person.id,
    decision,
    ...(level === undefined ? {} : { level }),
    digest,
    comment: comment === undefined || comment === null || comment.trim() === '' ? null : comment,
    channel: channelOf({ by }),
    assurance: 'session',
    ip,
  };
}

/** An auditor who votes would audit their own decision. */
export function refuseAuditors(roles: readonly string[]): void {
  if (roles.includes('auditor'))
    throw new AgentWardenError('forbidden', 'Auditors read everything and decide nothing. Somebody else must vote.');
}

export interface VoteResult {
  vote: { id: string; counted: boolean; replaced: string | null };
  /** The approval with the vote in it. */
  approval: StoredApproval;
}

/** The update's id, the same for each retry of a vote. `once` is the idempotency key or the form's token. Without it (null), each call is a new vote. */
export const updateIdOf = (approval_id: string, person: string, once: string | null): string =>
  once === null ? randomUUID() : createHash('sha256').update(`${approval_id}\n${person}\n${once}`).digest('base64url');

/** Throws the refusals of the workflow, `not_found`, and `outcome_unknown` when the engine does not answer in time. */
export async function castVote(
  deps: Deps,
  approval_id: string,
  request: VoteRequest,
  once: string | null,
): Promise<VoteResult> {
  const found = await openedApproval(deps, approval_id);
  if (found === null) throw notFound(approval_id);
  if (isEnded(found.state)) return answerAfterEnd(deps, found, request);
  const accepted = await deps.engine
    .decide(approval_id, request, updateIdOf(approval_id, request.voter, once))
    .catch((error: unknown) => withNames(deps, approval_id, error));
  if (accepted === null) {
    const ended = await waitForApproval(deps, approval_id, SHOWN_WITHIN_MS, ({ state }) => isEnded(state));
    if (ended) return answerAfterEnd(deps, ended, request);
    throw new AgentWardenError(
      'outcome_unknown',
      'The engine ended this approval while you voted, and its outcome is not readable yet. Send the vote again; nothing is counted twice.',
    );
  }
  const shown = await waitForApproval(
    deps,
    approval_id,
    SHOWN_WITHIN_MS,
    ({ state }) => state.version >= accepted.version,
  );
  const { vote } = accepted;
  deps.telemetry.countVote(request.decision, request.channel);
  return {
    vote: { id: vote.vote_id, counted: vote.counted, replaced: vote.replaced },
    approval: shown ?? (await requireShown(deps, approval_id)),
  };
}

async function requireShown(deps: Deps, approval_id: string): Promise<StoredApproval> {
  const found = await waitForApproval(deps, approval_id, 0);
  if (found === null) throw notFound(approval_id);
  return found;
}

/** Adds names to the workflow's refusal: the workflow knows people by id only. */
async function withNames(deps: Deps, approval_id: string, error: unknown): Promise<never> {
  if (!(error instanceof AgentWardenError) || error.code !== 'already_decided') throw error;
  const ended = await waitForApproval(deps, approval_id, SHOWN_WITHIN_MS, ({ state }) => isEnded(state));
  throw ended ? await alreadyDecided(deps, ended) : error;
}

/** Answers a vote after the approval's end: a repeated decision with the person's first vote, anything else with the outcome. */
async function answerAfterEnd(deps: Deps, ended: StoredApproval, request: VoteRequest): Promise<VoteResult> {
  if (request.digest !== ended.snapshot.digest) throw new AgentWardenError('digest_mismatch', DIGEST_MISMATCH.message);
  const first = voteRepeatedBy(request, ended.state);
  if (first) return { vote: { id: first.id, counted: false, replaced: null }, approval: ended };
  throw await alreadyDecided(deps, ended);
}

/**
 * Casts a vote under an idempotency key (T50); without one (null) each call is a new vote. The engine answers a known
 * key with the first vote and ignores the content of the second, so a different vote under the same key is refused here. The
 * answer is stored, because the engine forgets keys when the approval ends, and a later retry must still get the first answer.
 */
export async function castVoteOnce(
  deps: Deps,
  approval_id: string,
  request: VoteRequest,
  key: string | null,
): Promise<VoteResult & { replayed: boolean }> {
  if (key === null) return { ...(await castVote(deps, approval_id, request, null)), replayed: false };
  const { voter, decision, level = null, digest, comment } = request;
  const scope = `vote:${approval_id}:${voter}`;
  const request_hash = createHash('sha256').update(canonical({ decision, level, digest, comment })).digest();
  const { same_request, answer } = await bindKey(deps.db, scope, key, request_hash);
  if (!same_request)
    throw new AgentWardenError(
      'idempotency_mismatch',
      'This Idempotency-Key was used before with another vote. Nothing was done.',
    );
  const approval = answer === null ? null : await openedApproval(deps, approval_id);
  if (approval) return { vote: answer as unknown as VoteResult['vote'], approval, replayed: true };
  const cast = await castVote(deps, approval_id, request, key);
  if (cast.vote.counted) await storeAnswer(deps.db, scope, key, cast.vote);
  return { ...cast, replayed: false };
}
