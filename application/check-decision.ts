/** Decides a check: evaluates it, tests that people could decide, appends the audit entry, starts the workflow. */
import { waitForApproval } from './approvals';
import { checkOf } from '../db/approvals';
import { membership } from '../db/membership';
import { findPerson } from '../db/people';
import { feasible, type Feasibility } from '../domain/approval';
import type { ApprovalPlan, Evaluation } from '../domain/evaluate';
import { AgentWardenError } from '../domain/errors';
import { timestamp } from '../domain/timestamp';
import type { AgentCaller } from './caller';
import {
  agentFor,
  agentNotFound,
  keyInForce,
  underCurrentConfiguration,
  type Configuration,
} from './configuration-cache';
import type { Deps } from './deps';
import { evaluateRequest, type EvaluatedRequest } from './evaluate-request';
import { selectorsOf, snapshotOf, type AcceptedCheck } from './snapshot';

export interface CheckAnswer {
  decision: Evaluation['decision'];
  allowed: boolean;
  requires_approval: boolean;
  approval_id: string | null;
  approval_url: string | null;
  status: 'pending' | null;
  reason: string;
  reason_code: Evaluation['reason_code'];
  policy: { version: number; rule: string | null };
  risk: Evaluation['risk'];
  digest: string;
  expires_at: string | null;
  check_id: string;
  metadata: AcceptedCheck['metadata'];
}

export interface CheckSetting {
  ip: string;
  /** The moment of the check, from which its deadlines count. */
  now_ms: number;
  approval_id: string;
  configuration: Configuration;
}

export function decideCheck(
  deps: Deps,
  caller: AgentCaller,
  asked: AcceptedCheck,
  setting: CheckSetting,
): Promise<CheckAnswer> {
  return underCurrentConfiguration<CheckAnswer>(deps.configuration, setting.configuration, async (configuration) => {
    const current = currentCheck(deps, configuration, caller, asked);
    const verdict = await evaluateCheck(deps, configuration, current, setting.now_ms);
    if (verdict.decision === 'require_approval') deps.limiter.take('approvals', asked.agent.id);
    const { id, config_version } = await deps.audit.append(entryOf(current, verdict, configuration, setting));
    // The configuration changed meanwhile. The audit entry stays as a record of the question, and the check is evaluated again.
    if (config_version !== configuration.version) return { moved_to: config_version };
    return { result: await carryOut(deps, current, verdict, { ...setting, configuration }, id) };
  });
}

/** The check with its agent as this configuration has it. Throws when the key or the agent is no longer valid. */
function currentCheck(
  deps: Deps,
  configuration: Configuration,
  { key }: AgentCaller,
  asked: AcceptedCheck,
): AcceptedCheck {
  const present = keyInForce(configuration, key.hash, deps.now());
  if (present === null) throw new AgentWardenError('unauthenticated', 'The agent key has expired or was revoked.');
  const agent = agentFor(configuration, present, asked.agent.id);
  if (agent === null) throw agentNotFound(asked.agent.id);
  return { ...asked, agent };
}

const denied = (
  verdict: Omit<Evaluation, 'decision' | 'plan' | 'reason' | 'reason_code'>,
  reason_code: Evaluation['reason_code'],
  reason: string,
): Evaluation => ({
  ...verdict,
  decision: 'deny',
  reason,
  reason_code,
  plan: null,
});

async function evaluateCheck(
  deps: Deps,
  configuration: Configuration,
  asked: AcceptedCheck,
  now_ms: number,
): Promise<Evaluation> {
  const { agent } = asked;
  if (agent.status !== 'active') {
    const nothing = { rule: null, guardrails: [], risk: configuration.policy.defaults.risk };
    return denied(
      nothing,
      'agent_suspended',
      `The agent ${agent.name} is suspended, so it may do nothing. An admin can set its status to active.`,
    );
  }
  const verdict = await evaluateRequest(deps, configuration, requestOf(asked, now_ms));
  return verdict.plan === null ? verdict : denyIfUndecidable(deps, verdict, verdict.plan);
}

const requestOf = (
  { agent, action, context, requester, on_behalf_of, ttl_ms }: AcceptedCheck,
  now_ms: number,
): EvaluatedRequest => ({
  agent,
  action,
  context,
  requester,
  on_behalf_of,
  ...(ttl_ms === undefined ? {} : { ttl_ms }),
  now_ms,
});

/** Denies the check when not enough people could approve its flow, so that no approval starts that can only be denied. */
export async function denyIfUndecidable(deps: Deps, verdict: Evaluation, plan: ApprovalPlan): Promise<Evaluation> {
  for (const identity of plan.require) {
    if ((await findPerson(deps.db, identity)) === null)
      return denied(
        verdict,
        'policy_error',
        `The policy requires ${JSON.stringify(identity)} to be a known person, and there is no such person. An admin can add them with POST /api/users.`,
      );
  }
  const facts = await membership(deps.db, {
    selectors: selectorsOf(plan),
    excluded: plan.separation.excluded,
    persons: [],
  });
  const { feasible: possible, levels } = feasible(plan.levels, facts, plan.separation.same_person_across_levels);
  if (possible) return { ...verdict, plan: excludingThePeople(plan, facts.excluded) };
  return denied(
    verdict,
    'no_eligible_approver',
    `Not enough people who may approve this: ${shortOf(plan, levels)} cannot be satisfied. An admin must give the needed roles to people other than the requester (POST /api/users, PATCH /api/users/{id}).`,
  );
}

/** Names the levels that lack people. If each level alone has enough and only their overlap is the problem, names all levels. */
function shortOf({ flow }: ApprovalPlan, levels: Feasibility['levels']): string {
  const asked = levels.filter((level) => !level.skipped);
  const short = asked.filter((level) => level.needs.every((need) => need === 0 || need > level.pool.length));
  const lacking = short.length > 0 ? short : asked;
  const names = `${lacking.length > 1 ? 'levels' : 'level'} ${lacking.map((level) => level.name).join(', ')}`;
  return flow === null ? `${names}, which a guardrail asks,` : `${names} of flow ${flow}`;
}

/** Excludes the people behind the addresses too, so that a person who changes their address stays excluded (T33). */
const excludingThePeople = (plan: ApprovalPlan, people: string[]): ApprovalPlan => ({
  ...plan,
  separation: { ...plan.separation, excluded: [...new Set([...plan.separation.excluded, ...people])] },
});

function entryOf(
  { agent, action, context, digest, requester, on_behalf_of }: AcceptedCheck,
  verdict: Evaluation,
  { policy_version }: Configuration,
  { ip, approval_id }: CheckSetting,
) {
  return {
    type: 'check',
    actor: { type: 'agent' as const, id: agent.id, name: agent.name },
    channel: 'api' as const,
    ip,
    approval_id: verdict.decision === 'require_approval' ? approval_id : null,
    agent_id: agent.id,
    action,
    decision: verdict.decision,
    digest,
    policy_version,
    reason_code: verdict.reason_code,
    data: { rule: verdict.rule, guardrails: verdict.guardrails, risk: verdict.risk, context, requester, on_behalf_of },
  };
}

async function carryOut(
  deps: Deps,
  asked: AcceptedCheck,
  verdict: Evaluation,
  setting: CheckSetting,
  check_id: string,
): Promise<CheckAnswer> {
  const { policy_version } = setting.configuration;
  deps.telemetry.countCheck(verdict.decision, verdict.reason_code);
  if (verdict.plan === null) {
    if (verdict.decision === 'deny') deps.denials.announce(asked, verdict, check_id);
    return answerOf(deps, asked, verdict, policy_version, check_id, null);
  }
  const snapshot = snapshotOf(
    asked,
    { ...verdict, plan: verdict.plan },
    { approval_id: setting.approval_id, policy_version, now_ms: setting.now_ms },
  );
  const started = await deps.engine.start(snapshot);
  if (started === 'already_started') {
    const earlier = await answerOfStarted(deps, asked, setting.approval_id);
    if (earlier) return earlier;
  }
  return answerOf(deps, asked, verdict, policy_version, check_id, {
    id: snapshot.approval_id,
    expires_at_ms: snapshot.expires_at_ms,
  });
}

function answerOf(
  deps: Deps,
  { digest, metadata }: AcceptedCheck,
  {
    decision,
    reason,
    reason_code,
    rule,
    risk,
  }: Pick<Evaluation, 'decision' | 'reason' | 'reason_code' | 'rule' | 'risk'>,
  policy_version: number,
  check_id: string,
  approval: { id: string; expires_at_ms: number } | null,
): CheckAnswer {
  return {
    decision,
    allowed: decision === 'allow',
    requires_approval: decision === 'require_approval',
    approval_id: approval?.id ?? null,
    approval_url: approval === null ? null : `${deps.publicUrl}/approvals/${approval.id}`,
    status: approval === null ? null : 'pending',
    reason,
    reason_code,
    policy: { version: policy_version, rule },
    risk,
    digest,
    expires_at: approval === null ? null : timestamp(approval.expires_at_ms),
    check_id,
    metadata,
  };
}

/** How long a started workflow may take to record its approval in Postgres. */
const SEEN_WITHIN_MS = 5_000;

/** The answer for an approval that another process started before it died; null when none was started. */
export async function answerOfStarted(
  deps: Deps,
  asked: AcceptedCheck,
  approval_id: string,
): Promise<CheckAnswer | null> {
  const row =
    (await waitForApproval(deps, approval_id, 0)) ??
    ((await deps.engine.exists(approval_id)) ? await waitForApproval(deps, approval_id, SEEN_WITHIN_MS) : null);
  if (row === null) {
    if (await deps.engine.exists(approval_id))
      throw new AgentWardenError(
        'unavailable',
        'The approval was started and is not readable yet. Send the same request again.',
      );
    return null;
  }
  const { snapshot } = row;
  const entry = await checkOf(deps.db, approval_id);
  const verdict = {
    decision: 'require_approval' as const,
    reason: snapshot.reason,
    reason_code: null,
    rule: snapshot.policy.rule,
    risk: snapshot.risk,
  };
  return answerOf(deps, asked, verdict, snapshot.policy.version, entry?.id ?? approval_id, {
    id: approval_id,
    expires_at_ms: snapshot.expires_at_ms,
  });
}
