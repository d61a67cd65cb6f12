/** The events that a webhook may subscribe to, and the body that each of them posts. */
import type { Ending } from './approval';
import type { ApprovalJson } from './approval-json';
import { timestamp } from './timestamp';

export const WEBHOOK_TYPES = [
  'approval.decided',
  'approval.requested',
  'approval.voted',
  'approval.escalated',
  'approval.consumed',
  'approval.revoked',
  'check.denied',
] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** `event` of `approval.decided`: receivers written for the published service switch on these names. */
const ENDING_EVENTS: Record<Ending, string> = {
  approved: 'approval.approved',
  denied: 'approval.rejected',
  expired: 'approval.expired',
  cancelled: 'approval.cancelled',
};

/** The body of a webhook about an approval. Build `approval` with `viewer: 'agent'`: receivers act for agents. */
export function webhookBody(type: Exclude<WebhookType, 'check.denied'>, approval: ApprovalJson, at_ms: number) {
  const { id: approval_id, action, agent_id } = approval;
  const data = { approval_id, ...approval };
  const at = timestamp(at_ms);
  if (type !== 'approval.decided') return { type, event: type, timestamp: at, approval_id, action, agent_id, data };
  const decision = approval.status as Ending;
  return {
    type,
    event: ENDING_EVENTS[decision],
    timestamp: at,
    approval_id,
    decision,
    action,
    context: approval.context,
    agent_id,
    reason_code: approval.reason_code,
    comment: approval.comment,
    decided_by: approval.decided_by,
    decided_at: approval.decided_at,
    digest: approval.digest,
    metadata: approval.metadata,
    data,
  };
}
