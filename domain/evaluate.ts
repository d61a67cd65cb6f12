/**
 * Evaluates one check against one policy: the agent's permissions first, then the rules, then the defaults. Guardrails can
 * only tighten the result. Errors are decided by the policy's `on_error`, and never allow. Pure.
 */
import { conditionScope, type ConditionScope } from './conditions';
import { byError, decide, type Ruling } from './evaluate/ruling';
import { tighten } from './evaluate/guardrails';
import { planApproval } from './evaluate/plan';
import { EvaluationError } from './evaluate/strictness';
import { describeNeeds } from './evaluate/reasons';
import type { ApprovalPlan, CheckRequest, EvaluationConfig, Evaluation } from './evaluate/types';
import type { Policy } from './policy/types';

export {
  CHECK_REASON_CODES,
  type ApprovalPlan,
  type CheckRequest,
  type EvaluationConfig,
  type Evaluation,
} from './evaluate/types';

const denied = (ruling: Ruling): Evaluation => ({
  decision: 'deny',
  reason: ruling.reason,
  reason_code: ruling.reason_code ?? 'policy_error',
  rule: ruling.rule,
  guardrails: ruling.guardrails,
  risk: ruling.risk,
  plan: null,
});

/** If planning fails, `on_error` decides again: the check is denied, or the people of the default flow are asked. */
const planOrDeny = (policy: Policy, ruling: Ruling, request: CheckRequest, scope: ConditionScope): Evaluation => {
  try {
    return withPlan(ruling, planApproval(policy, ruling, request, scope));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const failed = byError(policy, error);
    const { rule, guardrails, risk, added, flow } = ruling;
    if (failed.effect === 'deny' || flow === failed.flow)
      return denied({ ...ruling, effect: 'deny', reason_code: 'policy_error', reason: error.reason });
    return planOrDeny(policy, { ...failed, rule, guardrails, risk, added }, request, scope);
  }
};

const withPlan = (ruling: Ruling, plan: ApprovalPlan): Evaluation => ({
  decision: 'require_approval',
  reason: `${ruling.why}: needs ${describeNeeds(plan.levels)}${ruling.reason === '' ? '' : `. ${ruling.reason}`}`,
  reason_code: null,
  rule: ruling.rule,
  guardrails: ruling.guardrails,
  risk: ruling.risk,
  plan,
});

/**
 * A guardrail that would deny alone, because its flow leaves nobody to ask, also denies together with others. Otherwise the
 * flow of another guardrail would replace the missing one.
 */
const deniedByOne = (
  policy: Policy,
  decided: Ruling,
  request: CheckRequest,
  scope: ConditionScope,
): Evaluation | null => {
  if (decided.effect !== 'allow' || policy.guardrails.length < 2) return null;
  for (const guardrail of policy.guardrails) {
    const alone = tighten({ ...policy, guardrails: [guardrail] }, decided, request, scope);
    if (alone.effect !== 'require_approval') continue;
    const evaluation = planOrDeny(policy, alone, request, scope);
    if (evaluation.decision === 'deny') return evaluation;
  }
  return null;
};

export const evaluate = (config: EvaluationConfig, request: CheckRequest): Evaluation => {
  const { policy } = config;
  const scope = conditionScope(request);
  const permissions = config.permissions.filter((permission) => permission.agent_id === request.agent.id);
  const decided = decide(policy, permissions, request, scope);
  const ruling = tighten(policy, decided, request, scope);
  if (ruling.effect === 'deny') return denied(ruling);
  if (ruling.effect === 'require_approval') {
    const refused = deniedByOne(policy, decided, request, scope);
    if (refused) return { ...refused, guardrails: ruling.guardrails, risk: ruling.risk };
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
