/** A sample request and its state, for the tests of rendering. Each part can be replaced. */
import type { ApprovalState, JsonObject, LevelSpec, LevelState, Snapshot, Vote } from '../../domain/approval';
import { buildView, type ApprovalView, type ViewOptions } from '../../rendering/view';

/** Friday, 23 October 2026, 14:20 in London. */
export const NOW_MS = Date.UTC(2026, 9, 23, 13, 20);
export const ANA = { id: 'usr_ana', name: 'Ana Lima', address: 'ana@acme.example', timezone: 'Europe/London' };
const NAMES = new Map([
  ['usr_ana', 'Ana Lima'],
  ['usr_ben', 'Ben Okafor'],
  ['usr_cem', 'Cem Yilmaz'],
]);

const DEPLOY: JsonObject = {
  version: 'v2.1.0',
  environment: 'production',
  amount: 500,
  currency: 'EUR',
  rollback: true,
};

export function levelSpec(over: Partial<LevelSpec> = {}): LevelSpec {
  return {
    name: 'platform',
    stage: 1,
    paths: [{ approvers: ['role:sre'], approve: 2 }],
    deny: 1,
    veto: [],
    fallback: [],
    comment: { on_approve: 'optional', on_deny: 'optional' },
    assurance: 'link',
    timing: { on_expire: 'expire', escalate: [] },
    delegation: true,
    skipped: false,
    ...over,
  };
}

function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return {
    semantics: 1,
    approval_id: 'apr_01k8sample',
    agent: { id: 'devops-bot', name: 'devops-bot' },
    action: 'deploy.production',
    context: DEPLOY,
    display: null,
    metadata: {},
    digest: `sha256:${'9f2c41aa'.repeat(8)}`,
    risk: 'medium',
    reason: 'Production deployments are looked at by the platform team',
    requester: 'dana@acme.example',
    on_behalf_of: null,
    policy: { version: 7, rule: 'deploy' },
    created_at_ms: NOW_MS - 4 * 60_000,
    expires_at_ms: NOW_MS + (3 * 60 + 10) * 60_000,
    valid_for_ms: 86_400_000,
    separation: { excluded: [], same_person_across_levels: 'forbid' },
    calendars: {},
    levels: [levelSpec()],
    ...over,
  };
}

export function levelState(over: Partial<LevelState> = {}): LevelState {
  return {
    name: 'platform',
    stage: 1,
    status: 'open',
    paths: [{ approvers: ['role:sre'], need: 2 }],
    opened_at_ms: NOW_MS - 4 * 60_000,
    expires_at_ms: null,
    closed_at_ms: null,
    instants: null,
    reminders_done: 0,
    escalations_done: [],
    fallback_joined: false,
    ...over,
  };
}

export function vote(over: Partial<Vote> = {}): Vote {
  return {
    id: 'vot_1',
    level: 'platform',
    voter: 'usr_ben',
    decision: 'approve',
    comment: null,
    channel: 'email',
    assurance: 'link',
    ip: null,
    at_ms: NOW_MS - 2 * 60_000,
    paths: [0],
    veto: false,
    superseded_by: null,
    ...over,
  };
}

function state(over: Partial<ApprovalState> = {}): ApprovalState {
  return {
    status: 'pending',
    reason_code: null,
    version: 1,
    levels: [levelState()],
    votes: [],
    decided_at_ms: null,
    decided_by: null,
    comment: null,
    warnings: [],
    sends: 0,
    asked: [],
    ...over,
  };
}

/** The view of the sample for Ana. */
export function view(
  of: { snapshot?: Partial<Snapshot>; state?: Partial<ApprovalState>; options?: Partial<ViewOptions> } = {},
): ApprovalView {
  return buildView(snapshot(of.snapshot), state(of.state), {
    names: NAMES,
    reviewer: ANA,
    now_ms: NOW_MS,
    url: 'https://warden.acme.example/approvals/apr_01k8sample',
    ...of.options,
  });
}
