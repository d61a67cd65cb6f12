import { initialState, type ApprovalState } from './approval';
import { approvalJson } from './approval-json';
import { level, path, snapshotOf } from './approval/support/fixtures';
import { WEBHOOK_TYPES, webhookBody } from './webhook-events';

const snapshot = snapshotOf([level('team', path('role:lead'))], { context: { amount: 5 }, metadata: { run: 'r1' } });

const json = (fields: Partial<ApprovalState> = {}) =>
  approvalJson({
    snapshot,
    state: { ...initialState(snapshot), ...fields },
    names: { usr_ana: 'Ana' },
    deliveries: [],
    grant: null,
    now_ms: 0,
    viewer: 'agent',
  });

const ended = (status: ApprovalState['status']) =>
  json({
    status,
    reason_code: 'quorum',
    decided_at_ms: Date.UTC(2026, 0, 2),
    decided_by: 'usr_ana',
    comment: 'fine',
  });

describe('the body of a webhook', () => {
  test.each([
    ['approved', 'approval.approved'],
    ['denied', 'approval.rejected'],
    ['expired', 'approval.expired'],
    ['cancelled', 'approval.cancelled'],
  ] as const)('about an approval that is %s has the event %s', (decision, event) => {
    const body = webhookBody('approval.decided', ended(decision), Date.UTC(2026, 0, 3));
    expect(body).toMatchObject({
      type: 'approval.decided',
      event,
      timestamp: '2026-01-03T00:00:00.000Z',
      approval_id: 'apr_1',
      decision,
      action: 'deploy.production',
      context: { amount: 5 },
      agent_id: 'bot',
      reason_code: 'quorum',
      comment: 'fine',
      decided_by: { id: 'usr_ana', name: 'Ana' },
      decided_at: '2026-01-02T00:00:00.000Z',
      digest: snapshot.digest,
      metadata: { run: 'r1' },
      data: { approval_id: 'apr_1', id: 'apr_1', status: decision },
    });
  });

  test.each(WEBHOOK_TYPES.filter((type) => type !== 'approval.decided' && type !== 'check.denied'))(
    'of type %s carries no decision',
    (type) => {
      const body = webhookBody(type, json(), 0);
      expect(Object.keys(body)).toEqual(['type', 'event', 'timestamp', 'approval_id', 'action', 'agent_id', 'data']);
      expect(body).toMatchObject({ type, event: type, approval_id: 'apr_1' });
    },
  );
});
