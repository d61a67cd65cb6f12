/** Revokes an approval before it is consumed. */
import { mayReview, type StoredApproval } from '../db/approvals';
import { appendAudit } from '../db/audit';
import { lockGrant, markRevoked } from '../db/grants';
import type { Person } from '../db/people';
import { inTransaction } from '../db/pool';
import type { Channel } from '../domain/approval';
import { AgentWardenError } from '../domain/errors';
import { timestamp } from '../domain/timestamp';
import { announceGrant, startDeliveries } from './webhook-events';
import { approvalToJson } from './approvals';
import type { Deps } from './deps';
import { principalOf } from './visibility';

export interface Revocation {
  person: Person;
  reason: string;
  ip: string;
  channel: Channel;
}

/** Whether the person may revoke it: admins, and people who may vote on it or have voted. */
export async function mayRevoke(deps: Deps, person: Person, approval_id: string): Promise<boolean> {
  if (person.roles.includes('admin')) return true;
  return !person.roles.includes('auditor') && mayReview(deps.db, approval_id, await principalOf(deps, person));
}

/** Revoking again changes nothing. Throws `forbidden`, `not_approved`, `already_consumed`. */
export async function revoke(
  deps: Deps,
  found: StoredApproval,
  { person, reason, ip, channel }: Revocation,
): Promise<void> {
  const { approval_id, agent, action, digest } = found.snapshot;
  if (!(await mayRevoke(deps, person, approval_id)))
    throw new AgentWardenError('forbidden', 'Only an admin or one of its approvers can revoke an approval.');
  const { status } = found.state;
  if (status !== 'approved')
    throw new AgentWardenError('not_approved', `This approval is ${status}, so there is nothing to revoke.`, {
      status,
    });
  const deliveries = await inTransaction(deps.db, async (trx) => {
    const grant = await lockGrant(trx, approval_id);
    if (grant === null)
      throw new AgentWardenError('not_approved', 'This approval has no grant yet. Try again in a moment.', { status });
    if (grant.consumed_at_ms !== null)
      throw new AgentWardenError(
        'already_consumed',
        `It is too late: the agent used this approval at ${timestamp(grant.consumed_at_ms)}.`,
      );
    const now_ms = deps.now();
    if (!(await markRevoked(trx, approval_id, person.id, reason, new Date(now_ms)))) return [];
    const approval = await approvalToJson({ ...deps, db: trx }, found, 'agent');
    const ids = await announceGrant(trx, 'approval.revoked', found.snapshot.agent, approval, now_ms);
    const actor = { type: 'user' as const, id: person.id, name: person.name, email: person.emails[0] ?? null };
    await appendAudit(
      trx,
      [
        {
          type: 'approval.revoked',
          at_ms: now_ms,
          actor,
          channel,
          ip,
          approval_id,
          agent_id: agent.id,
          action,
          digest,
          comment: reason,
        },
      ],
      now_ms,
    );
    return ids;
  });
  await startDeliveries(deps, deliveries);
}
