/** Consumes a grant: once, with the approved bytes, while its agent is active and the policy does not deny it (T11 to T13). */
import { createHash } from 'node:crypto';
import type { StoredApproval } from '../db/approvals';
import { appendAudit } from '../db/audit';
import { lockGrant, markConsumed, type Grant } from '../db/grants';
import { bindKey, isKeyBound } from '../db/idempotency';
import { inTransaction } from '../db/pool';
import { AgentWardenError, type ErrorCode } from '../domain/errors';
import { timestamp } from '../domain/timestamp';
import { announceGrant, startDeliveries } from './webhook-events';
import { approvalToJson } from './approvals';
import { underCurrentConfiguration, type Configuration } from './configuration-cache';
import type { Deps } from './deps';
import { evaluateRequest } from './evaluate-request';

export interface ConsumeRequest {
  digest: string;
  use_id: string;
  /** Names one call of the client, the same at each of its retries; null when the client sends none. */
  call: string | null;
  ip: string;
}

export interface Consumed {
  approval_id: string;
  consumed_at: string;
  use_id: string;
  digest: string;
  replayed: boolean;
  /** Whether an earlier attempt of the same call consumed it; null when the call has no name. */
  own: boolean | null;
}

/** Refusals that the audit records: each is an attempt to run an action that must not run. */
const AUDITED_REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'digest_mismatch',
  'already_consumed',
  'grant_expired',
  'grant_revoked',
  'agent_suspended',
  'policy_changed',
]);

/** A refusal does not change the grant. */
export async function consume(deps: Deps, found: StoredApproval, redemption: ConsumeRequest): Promise<Consumed> {
  try {
    return await consumeOrRefuse(deps, found, redemption);
  } catch (error) {
    if (error instanceof AgentWardenError && AUDITED_REFUSALS.has(error.code))
      await auditRefusal(deps, found, redemption, error.code);
    throw error;
  }
}

async function consumeOrRefuse(deps: Deps, found: StoredApproval, redemption: ConsumeRequest): Promise<Consumed> {
  const { status } = found.state;
  if (status !== 'approved') {
    const next =
      status === 'pending' ? 'Wait until it is approved: GET /sdk/approvals/{id}?wait=30.' : 'Do not run the action.';
    const message = `This approval is ${status}, so there is nothing to consume. ${next}`;
    throw new AgentWardenError('not_approved', message, { status });
  }
  if (redemption.digest !== found.snapshot.digest)
    throw new AgentWardenError(
      'digest_mismatch',
      `What you are about to run is not what was approved: the approved digest is ${found.snapshot.digest}, yours is ${redemption.digest}. Do not run it; ask for a new approval.`,
    );
  const first = await deps.configuration.fresh();
  return underCurrentConfiguration(deps.configuration, first, async (configuration) => {
    const denial = await currentDenial(deps, configuration, found);
    const outcome = await consumeGrant(deps, found, redemption, denial, configuration.version);
    if ('moved_to' in outcome) return outcome;
    await startDeliveries(deps, outcome.deliveries);
    return { result: outcome.consumed };
  });
}

async function auditRefusal(
  deps: Deps,
  { snapshot }: StoredApproval,
  { digest, use_id, ip }: ConsumeRequest,
  reason_code: ErrorCode,
): Promise<void> {
  await deps.audit.append({
    type: 'approval.consume_refused',
    actor: { type: 'agent', id: snapshot.agent.id, name: snapshot.agent.name },
    channel: 'api',
    ip,
    approval_id: snapshot.approval_id,
    agent_id: snapshot.agent.id,
    action: snapshot.action,
    digest,
    reason_code,
    data: { use_id },
  });
}

/** The reason why the approved action is forbidden now; null when it is not. */
async function currentDenial(
  deps: Deps,
  configuration: Configuration,
  { snapshot }: StoredApproval,
): Promise<AgentWardenError | null> {
  const agent = configuration.agents.get(snapshot.agent.id);
  if (agent?.status !== 'active')
    return new AgentWardenError(
      'agent_suspended',
      `The agent ${snapshot.agent.name} is suspended, so none of its actions may run.`,
    );
  const { action, context, requester, on_behalf_of } = snapshot;
  const request = { agent, action, context, requester, on_behalf_of, now_ms: deps.now() };
  const verdict = await evaluateRequest(deps, configuration, request);
  if (verdict.decision !== 'deny') return null;
  return new AgentWardenError(
    'policy_changed',
    `Policy version ${configuration.policy_version} forbids this now: ${verdict.reason}`,
  );
}

/** Rolls the transaction back: the configuration that allowed the consumption is no longer current. */
class ConfigurationMoved extends Error {
  constructor(readonly moved_to: number) {
    super(`The configuration has moved to version ${moved_to}.`);
  }
}

async function consumeGrant(
  deps: Deps,
  found: StoredApproval,
  { digest, use_id, ip, call }: ConsumeRequest,
  denial: AgentWardenError | null,
  version: number,
) {
  const { snapshot } = found;
  const { approval_id, agent, action } = snapshot;
  try {
    return await inTransaction(deps.db, async (trx) => {
      const grant = await lockGrant(trx, approval_id);
      const now_ms = deps.now();
      if (denial?.code === 'agent_suspended') throw denial;
      const earlier = earlierUse(grant, use_id, now_ms);
      if (earlier !== null)
        return {
          consumed: {
            approval_id,
            consumed_at: timestamp(earlier),
            use_id,
            digest,
            replayed: true,
            own: call === null ? null : await isKeyBound(trx, ...bindingOf(approval_id, use_id, call)),
          },
          deliveries: [],
        };
      if (denial !== null) throw denial;
      if (!(await markConsumed(trx, approval_id, use_id, new Date(now_ms))))
        throw new Error(`The grant of ${approval_id} changed under its lock.`);
      if (call !== null) await bindKey(trx, ...bindingOf(approval_id, use_id, call));
      const approval = await approvalToJson({ ...deps, db: trx }, found, 'agent');
      const deliveries = await announceGrant(trx, 'approval.consumed', found.snapshot.agent, approval, now_ms);
      const actor = { type: 'agent' as const, id: agent.id, name: agent.name };
      const entry = {
        type: 'approval.consumed',
        at_ms: now_ms,
        actor,
        channel: 'api' as const,
        ip,
        approval_id,
        agent_id: agent.id,
        action,
        digest,
        data: { use_id },
      };
      const [appended] = await appendAudit(trx, [entry], now_ms);
      if (appended!.config_version !== version) throw new ConfigurationMoved(appended!.config_version);
      const own = call === null ? null : true;
      return {
        consumed: { approval_id, consumed_at: timestamp(now_ms), use_id, digest, replayed: false, own },
        deliveries,
      };
    });
  } catch (error) {
    if (error instanceof ConfigurationMoved) return { moved_to: error.moved_to };
    throw error;
  }
}

const bindingOf = (approval_id: string, use_id: string, call: string): [scope: string, key: string, hash: Buffer] => [
  `consume:${approval_id}`,
  use_id,
  createHash('sha256').update(call).digest(),
];

/** When the same `use_id` consumed the grant before, in Unix milliseconds; null when it can be consumed now. Throws when it cannot. */
function earlierUse(grant: Grant | null, use_id: string, now_ms: number): number | null {
  if (grant === null)
    throw new AgentWardenError('not_approved', 'This approval has no grant yet. Ask again in a moment.', {
      status: 'approved',
    });
  if (grant.revoked_at_ms !== null)
    throw new AgentWardenError(
      'grant_revoked',
      'The approval was revoked after it was given. Do not run the action; ask again.',
    );
  if (grant.consumed_at_ms !== null) {
    if (grant.use_id === use_id) return grant.consumed_at_ms;
    throw new AgentWardenError(
      'already_consumed',
      `The approval was used up at ${timestamp(grant.consumed_at_ms)}. One approval is good for one run; ask for another one.`,
    );
  }
  if (now_ms >= grant.expires_at_ms)
    throw new AgentWardenError(
      'grant_expired',
      `The approval could be used until ${timestamp(grant.expires_at_ms)}. Ask for a new one.`,
    );
  return null;
}
