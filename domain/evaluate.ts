/**
 * One check against one policy: permissions first, then rules, then the defaults; guardrails tighten; whatever goes
 * wrong is `on_error`, never a yes. Pure: the same input gives the same verdict.
 */
import type { JsonObject, LevelSpec, Risk, Snapshot } from './approval';
import { conditionScope, type ConditionScope } from './conditions';
import { byError, decide, type Ruling } from './evaluate/ruling';
import { tighten } from './evaluate/guardrails';
import { planApproval } from './evaluate/plan';
import { EvaluationError } from './evaluate/strictness';
import { describeNeeds } from './evaluate/reasons';
import type { Permission, Policy } from './policy/types';

export const CHECK_REASON_CODES = [
  'no_rule',
  'policy_rule',
  'guardrail',
  'policy_error',
  'no_eligible_approver',
  'agent_suspended',
] as const;
export type CheckReasonCode = (typeof CHECK_REASON_CODES)[number];

export interface EvaluationConfig {
  policy: Policy;
  policy_version: number;
  /** Of any agents; only those of the asking agent count. */
  permissions: Permission[];
}

export interface CheckRequest {
  /** `owner` is a person's id. */
  agent: { id: string; name: string; owner: string | null };
  action: string;
  context: JsonObject;
  /** The person behind `requester_identity`; null when there is none or nobody knows them. */
  requester: { id: string; email: string; roles: string[] } | null;
  requester_identity: string | null;
  on_behalf_of: string | null;
  /** Can only shorten the policy's. */
  ttl_ms?: number;
  now_ms: number;
}

/** What the check would have people do; becomes the snapshot once it is known that they can. */
export interface ApprovalPlan {
  /** Null where guardrails alone ask for levels. */
  flow: string | null;
  /** All of them, in stage order, with those that are skipped. */
  levels: LevelSpec[];
  separation: Snapshot['separation'];
  /** Identities that must be people whom we know; else the check is denied (`policy_error`). */
  require: string[];
  /** Those that the levels name. */
  calendars: Snapshot['calendars'];
  expires_at_ms: number;
  valid_for_ms: number;
}

export interface Verdict {
  decision: 'allow' | 'deny' | 'require_approval';
  /** For people; says what to do next where that is known. */
  reason: string;
  /** Null unless denied. */
  reason_code: CheckReasonCode | null;
  rule: string | null;
  /** Ids of all that matched, in the policy's order. */
  guardrails: string[];
  risk: Risk;
  /** Null unless approval is required. */
  plan: ApprovalPlan | null;
}

const blocked = (ruling: Ruling): Verdict => ({
  decision: 'deny',
  reason: ruling.reason,
  reason_code: ruling.reason_code ?? 'policy_error',
  rule: ruling.rule,
  guardrails: ruling.guardrails,
  risk: ruling.risk,
  plan: null,
});

/** An error while planning is `on_error` once more: where people are to be asked, those of the default flow are. */
const planOrDeny = (policy: Policy, ruling: Ruling, request: CheckRequest, scope: ConditionScope): Verdict => {
  try {
    return asked(ruling, planApproval(policy, ruling, request, scope));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const failed = byError(policy, error);
    const { rule, guardrails, risk, added, flow } = ruling;
    if (failed.effect === 'deny' || flow === failed.flow)
      return blocked({ ...ruling, effect: 'deny', reason_code: 'policy_error', reason: error.reason });
    return planOrDeny(policy, { ...failed, rule, guardrails, risk, added }, request, scope);
  }
};

const asked = (ruling: Ruling, plan: ApprovalPlan): Verdict => ({
  decision: 'require_approval',
  reason: `${ruling.why}: needs ${describeNeeds(plan.levels)}${ruling.reason === '' ? '' : `. ${ruling.reason}`}`,
  reason_code: null,
  rule: ruling.rule,
  guardrails: ruling.guardrails,
  risk: ruling.risk,
  plan,
});

export const evaluate = (config: EvaluationConfig, request: CheckRequest): Verdict => {
  const { policy } = config;
  const scope = conditionScope(request);
  const permissions = config.permissions.filter((permission) => permission.agent_id === request.agent.id);
  const ruling = tighten(policy, decide(policy, permissions, request, scope), request, scope);
  if (ruling.effect === 'deny') return blocked(ruling);
  if (ruling.effect === 'require_approval') return planOrDeny(policy, ruling, request, scope);
  return {
    decision: 'allow',
    reason: ruling.reason,
    reason_code: null,
    rule: ruling.rule,
    guardrails: ruling.guardrails,
    risk: ruling.risk,
    plan: null,
  };
};
