/**
 * One check against one policy: permissions first, then rules, then the defaults; guardrails tighten; whatever goes
 * wrong is `on_error`, never a yes. Pure: the same input gives the same verdict.
 */
import { conditionScope, type ConditionScope } from './conditions';
import { byError, decide, type Ruling } from './evaluate/ruling';
import { tighten } from './evaluate/guardrails';
import { planApproval } from './evaluate/plan';
import { EvaluationError } from './evaluate/strictness';
import { describeNeeds } from './evaluate/reasons';
import type { ApprovalPlan, CheckRequest, EvaluationConfig, Verdict } from './evaluate/types';
import type { Policy } from './policy/types';

export {
  CHECK_REASON_CODES,
  type ApprovalPlan,
  type CheckRequest,
  type EvaluationConfig,
  type Verdict,
} from './evaluate/types';

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

/** A guardrail that alone would leave nobody to ask denies in company too: the flow of another one does not make up for it. */
const deniedByOne = (policy: Policy, decided: Ruling, request: CheckRequest, scope: ConditionScope): Verdict | null => {
  if (decided.effect !== 'allow' || policy.guardrails.length < 2) return null;
  for (const guardrail of policy.guardrails) {
    const alone = tighten({ ...policy, guardrails: [guardrail] }, decided, request, scope);
    if (alone.effect !== 'require_approval') continue;
    const verdict = planOrDeny(policy, alone, request, scope);
    if (verdict.decision === 'deny') return verdict;
  }
  return null;
};

export const evaluate = (config: EvaluationConfig, request: CheckRequest): Verdict => {
  const { policy } = config;
  const scope = conditionScope(request);
  const permissions = config.permissions.filter((permission) => permission.agent_id === request.agent.id);
  const decided = decide(policy, permissions, request, scope);
  const ruling = tighten(policy, decided, request, scope);
  if (ruling.effect === 'deny') return blocked(ruling);
  if (ruling.effect === 'require_approval') {
    const denied = deniedByOne(policy, decided, request, scope);
    if (denied) return { ...denied, guardrails: ruling.guardrails, risk: ruling.risk };
    return planOrDeny(policy, ruling, request, scope);
  }
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
