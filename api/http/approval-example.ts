/** An approval at its four stages, for the examples of the OpenAPI document. */
import type { ApprovalJson } from '../../domain/approval-json';
import { STORY } from './examples';

export const PENDING: ApprovalJson = {
  id: STORY.approval_id,
  status: 'pending',
  reason_code: null,
  agent_id: STORY.agent_id,
  action: STORY.action,
  context: { ...STORY.context },
  display: { ...STORY.display },
  digest: STORY.digest,
  risk: 'medium',
  requester: STORY.requester,
  on_behalf_of: null,
  created_at: STORY.asked_at,
  expires_at: STORY.expires_at,
  decided_at: null,
  decided_by: null,
  comment: null,
  policy: { version: 3, rule: 'refund' },
  warnings: [],
  levels: [
    {
      name: 'team',
      stage: 1,
      status: 'open',
      paths: [{ approvers: ['role:support-lead'], approve: 1, approvals: 0 }],
      opened_at: '2026-11-27T16:00:00.200Z',
      expires_at: null,
      closed_at: null,
    },
  ],
  votes: [],
  deliveries: [
    {
      id: STORY.delivery_id,
      to: STORY.ana.name,
      channel: 'email',
      kind: 'request',
      status: 'sent',
      attempts: 1,
      error: null,
      at: '2026-11-27T16:00:00.200Z',
    },
  ],
  grant: null,
  metadata: { ...STORY.metadata },
  version: 1,
};

export const APPROVED: ApprovalJson = {
  ...PENDING,
  status: 'approved',
  reason_code: 'quorum',
  decided_at: STORY.decided_at,
  decided_by: STORY.ana,
  comment: 'Checked with the customer.',
  levels: PENDING.levels.map((level) => ({
    ...level,
    status: 'approved',
    paths: level.paths.map((path) => ({ ...path, approvals: 1 })),
    closed_at: STORY.decided_at,
  })),
  votes: [
    {
      id: STORY.vote_id,
      level: 'team',
      voter: STORY.ana,
      decision: 'approve',
      comment: 'Checked with the customer.',
      channel: 'email',
      assurance: 'link',
      ip: '203.0.113.9',
      at: STORY.decided_at,
      superseded_by: null,
    },
  ],
  grant: { state: 'ready', expires_at: '2026-11-28T16:20:00.000Z', consumed_at: null, use_id: null },
  version: 2,
};

export const CANCELLED: ApprovalJson = {
  ...PENDING,
  status: 'cancelled',
  reason_code: 'user_cancelled',
  decided_at: STORY.decided_at,
  decided_by: STORY.ada,
  comment: 'The customer found the parcel.',
  levels: PENDING.levels.map((level) => ({ ...level, status: 'cancelled', closed_at: STORY.decided_at })),
  version: 2,
};

/** Withdrawn by the agent that asked: no person decided it. */
export const WITHDRAWN: ApprovalJson = { ...CANCELLED, reason_code: 'requester_cancelled', decided_by: null };

export const REVOKED: ApprovalJson = { ...APPROVED, grant: { ...APPROVED.grant!, state: 'revoked' } };
