/** Routes for an agent's own approvals: read, wait, cancel. Approvals of other agents are not found (T34). */
import { z } from 'zod';
import type { StoredApproval } from '../../application/approvals';
import type { AgentCaller } from '../../application/caller';
import { ApprovalSchema } from '../http/approval-schema';
import { notFound, openedApproval, approvalToJson, waitForApproval } from '../../application/approvals';
import { cancelApproval } from '../../application/cancel';
import { isKeyFor } from '../../application/configuration-cache';
import type { HttpDeps } from '../http/deps';
import { ok, route } from '../http/route';
import { WITHDRAWN } from '../http/approval-example';
import { EXAMPLES } from '../http/examples';
import { ApprovalParams, Comment, Wait } from '../http/schemas';

export const readOwnApproval = route({
  id: 'sdk-get-approval',
  method: 'get',
  path: '/sdk/approvals/{id}',
  tag: 'agents',
  summary: 'One own approval; with `wait`, held back until it is no longer pending or the seconds are over',
  access: 'agent',
  params: ApprovalParams,
  query: z.strictObject({ wait: Wait.optional() }),
  answers: { 200: ApprovalSchema },
  async handler(deps, { caller, params, query, gone }) {
    const wait_ms = (query.wait ?? 0) * 1000;
    const until_ms = deps.now() + wait_ms;
    const found = await ownApproval(deps, caller, params.id);
    if (found.state.status !== 'pending' || wait_ms === 0) return ok(await approvalToJson(deps, found, 'agent'));
    const read = async () => {
      const now = await waitForApproval(deps, params.id, 0);
      return now !== null && now.state.status !== 'pending' ? now : null;
    };
    const changed = await deps.changes.waitFor(params.id, read, { until_ms, gone });
    return ok(await approvalToJson(deps, changed ?? (await ownApproval(deps, caller, params.id)), 'agent'));
  },
});

const CancelOwn = z
  .strictObject({
    reason: Comment.nullish().describe(
      'Why the agent no longer asks, at most 2000 characters; people see it as the comment of the approval. Null or absent: no reason.',
    ),
  })
  .meta({ id: 'CancelOwn', description: 'Why the agent withdraws its request.' })
  .register(EXAMPLES, { example: { reason: 'The customer found the parcel.' } });

export const cancelOwnApproval = route({
  id: 'sdk-cancel-approval',
  method: 'post',
  path: '/sdk/approvals/{id}/cancel',
  tag: 'agents',
  summary: 'Cancel a pending request',
  access: 'agent',
  params: ApprovalParams,
  body: CancelOwn,
  body_optional: true,
  answers: { 200: ApprovalSchema },
  examples: { 200: WITHDRAWN },
  problems: ['already_decided', 'outcome_unknown'],
  async handler(deps, { caller, params, body, ip }) {
    const { snapshot } = await ownApproval(deps, caller, params.id);
    const cancelled = await cancelApproval(deps, params.id, {
      by: { type: 'agent', id: snapshot.agent.id },
      reason_code: 'requester_cancelled',
      reason: body.reason ?? null,
      ip,
      channel: 'api',
    });
    return ok(await approvalToJson(deps, cancelled, 'agent'));
  },
});

/** Throws the same `not_found` for a missing approval and for one of an agent that the key is not for. */
export async function ownApproval(deps: HttpDeps, caller: AgentCaller, id: string): Promise<StoredApproval> {
  const found = await openedApproval(deps, id);
  if (found === null || !isKeyFor(caller.key, await agentNow(deps, found.snapshot.agent.id))) throw notFound(id);
  return found;
}

/** The agent with its current name. A deleted agent has only its id: its old name may now belong to another agent, which must not see these approvals. */
async function agentNow({ configuration }: HttpDeps, id: string): Promise<{ id: string; name: string }> {
  return (await configuration.cached()).agents.get(id) ?? { id, name: id };
}
