/** Routes for votes of signed-in people, single or several at once. */
import type { z } from 'zod';
import { HIGH_RISKS, type VoteRequest } from '../../domain/approval';
import { AgentWardenError } from '../../domain/errors';
import type { PersonCaller } from '../../application/caller';
import { notFound, openedApproval, approvalToJson } from '../../application/approvals';
import { idempotencyKey } from '../http/idempotency-key';
import type { HttpDeps } from '../http/deps';
import { foreseen, problemOf } from '../http/problems';
import { ok, route } from '../http/route';
import { maySee } from '../../application/visibility';
import { castVoteOnce, VOTE_PROBLEMS, voteRequest } from '../../application/vote';
import { ApprovalParams, IdempotencyHeader } from '../http/schemas';
import { CastSchema, ResultsSchema, SeveralVotes, Vote, type ResultSchema } from './votes-schema';

export const vote = route({
  id: 'vote',
  method: 'post',
  path: '/api/approvals/{id}/votes',
  tag: 'approvals',
  summary: 'Approve, deny, or pass',
  access: 'person',
  params: ApprovalParams,
  request_headers: IdempotencyHeader,
  body: Vote,
  answers: { 200: CastSchema },
  answer_headers: {
    'Idempotent-Replayed': '`true` when `vote` is the stored answer to an earlier request with the same key',
  },
  problems: [...VOTE_PROBLEMS, 'idempotency_mismatch'],
  async handler(deps, { caller, params, body, headers, ip }) {
    const key = idempotencyKey(headers['idempotency-key']);
    const cast = await castVoteOnce(deps, params.id, voteRequest(caller, body, ip), key);
    return ok(
      { vote: cast.vote, approval: await approvalToJson(deps, cast.approval, 'person') },
      cast.replayed ? { 'Idempotent-Replayed': 'true' } : {},
    );
  },
});

export const severalVotes = route({
  id: 'vote-several',
  method: 'post',
  path: '/api/approvals/votes',
  tag: 'approvals',
  summary: 'Several votes; each stands alone',
  access: 'person',
  request_headers: IdempotencyHeader,
  body: SeveralVotes,
  answers: { 200: ResultsSchema },
  async handler(deps, { caller, body, headers, ip, request_id }) {
    const key = idempotencyKey(headers['idempotency-key']);
    const results = [];
    // Sequential: parallel votes would only wait for each other in the engine.
    for (const { approval_id, ...wish } of body.votes)
      results.push(await oneOfSeveral(deps, caller, approval_id, voteRequest(caller, wish, ip), { key, request_id }));
    return ok({ results });
  },
});

async function oneOfSeveral(
  deps: HttpDeps,
  caller: PersonCaller,
  approval_id: string,
  request: VoteRequest,
  { key, request_id }: { key: string | null; request_id: string },
): Promise<z.output<typeof ResultSchema>> {
  try {
    await refuseHighRisk(deps, caller, approval_id);
    const { vote: counted } = await castVoteOnce(deps, approval_id, request, key);
    return { approval_id, status: 200, vote_id: counted.id };
  } catch (error) {
    const known = foreseen(error);
    if (known === null) throw error;
    const problem = problemOf(known, request_id);
    return { approval_id, status: problem.status, problem };
  }
}

async function refuseHighRisk(deps: HttpDeps, { person }: PersonCaller, approval_id: string): Promise<void> {
  const found = await openedApproval(deps, approval_id);
  if (found === null || !HIGH_RISKS.includes(found.snapshot.risk)) return;
  // The refusal names the action, so it is only for people who may see the approval.
  if (!(await maySee(deps, person, approval_id))) throw notFound(approval_id);
  throw new AgentWardenError(
    'forbidden',
    `The risk of ${found.snapshot.action} is ${found.snapshot.risk}: it cannot be decided together with others. Open it and vote there.`,
  );
}
