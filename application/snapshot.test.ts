import type { LevelSpec } from '../domain/approval';
import type { ApprovalPlan, Evaluation } from '../domain/evaluate';
import { levelSpec } from '../tests/support/sample-approval';
import { selectorsOf, snapshotOf, type AcceptedCheck } from './snapshot';

const level = (name: string, fields: Partial<LevelSpec> = {}): LevelSpec =>
  levelSpec({ name, paths: [{ approvers: [`role:${name}`], approve: 1 }], ...fields });

const plan: ApprovalPlan = {
  flow: 'refund',
  levels: [
    level('team', { fallback: ['role:manager'], veto: ['role:risk'] }),
    level('skipped', { skipped: true }),
    level('finance', {
      paths: [
        { approvers: ['role:team', 'user:ana@acme.example'], approve: 'all' },
        { approvers: ['role:cfo'], approve: 1 },
      ],
    }),
  ],
  separation: { excluded: ['usr_1'], same_person_across_levels: 'act_again' },
  require: [],
  calendars: { london: { timezone: 'Europe/London', hours: { mon: '09:00-17:00' } } },
  expires_at_ms: 5000,
  valid_for_ms: 60,
};

const verdict: Evaluation & { plan: ApprovalPlan } = {
  decision: 'require_approval',
  reason: 'Rule refund: needs 1 of role:team',
  reason_code: null,
  rule: 'refund',
  guardrails: ['big'],
  risk: 'high',
  plan,
};

const asked: AcceptedCheck = {
  agent: { id: 'bot', name: 'The bot', owner: 'usr_owner', status: 'active' },
  action: 'stripe.refund.large',
  context: { amount: 5 },
  display: { note: 'hello' },
  metadata: { run: 'r' },
  digest: `sha256:${'a'.repeat(64)}`,
  requester: 'ana@acme.example',
  on_behalf_of: null,
};

describe('what the workflow is started with', () => {
  test('is the question, the verdict and nothing that could change later', () => {
    expect(snapshotOf(asked, verdict, { approval_id: 'apr_1', policy_version: 7, now_ms: 1000 })).toEqual({
      semantics: 1,
      approval_id: 'apr_1',
      agent: { id: 'bot', name: 'The bot' },
      action: 'stripe.refund.large',
      context: { amount: 5 },
      display: { note: 'hello' },
      metadata: { run: 'r' },
      digest: asked.digest,
      risk: 'high',
      reason: 'Rule refund: needs 1 of role:team',
      requester: 'ana@acme.example',
      on_behalf_of: null,
      policy: { version: 7, rule: 'refund' },
      created_at_ms: 1000,
      expires_at_ms: 5000,
      valid_for_ms: 60,
      separation: plan.separation,
      calendars: plan.calendars,
      levels: plan.levels,
    });
  });

  test('names selectors, never members, and each of them once', () => {
    expect(selectorsOf(plan).toSorted()).toEqual([
      'role:cfo',
      'role:manager',
      'role:risk',
      'role:team',
      'user:ana@acme.example',
    ]);
  });
});
