/** Guardrails: they make a ruling stricter and never more permissive. */
import type { ConditionScope } from '../conditions';
import type { CheckRequest } from './types';
import type { Guardrail, Policy } from '../policy/types';
import { applies, byError, type Ruling } from './ruling';
import { EvaluationError, higherRisk, stricter } from './strictness';

const deny = (ruling: Ruling, guardrail: Guardrail, action: string): Ruling => ({
  ...ruling,
  effect: 'deny',
  why: `Guardrail ${guardrail.id}`,
  reason: guardrail.reason
    ? `Guardrail ${guardrail.id}: ${guardrail.reason}`
    : `Guardrail ${guardrail.id} blocks ${action}`,
  reason_code: 'guardrail',
});

/** Makes the check ask people. If a rule already asks, its flow stays, because the guardrail's flow might ask fewer people. */
const ask = (policy: Policy, ruling: Ruling, guardrail: Guardrail): Ruling => {
  const wasAllowed = ruling.effect === 'allow';
  const flow =
    guardrail.effect === 'require_approval' && ruling.flow === null
      ? (guardrail.flow ?? policy.defaults.flow)
      : ruling.flow;
  return {
    ...ruling,
    effect: 'require_approval',
    why: wasAllowed ? `Guardrail ${guardrail.id}` : ruling.why,
    reason: wasAllowed ? (guardrail.reason ?? '') : ruling.reason,
    reason_code: null,
    flow,
    added: [...new Set([...ruling.added, ...guardrail.add_levels])],
  };
};

const apply = (policy: Policy, ruling: Ruling, guardrail: Guardrail, action: string): Ruling => {
  const noted = {
    ...ruling,
    guardrails: [...ruling.guardrails, guardrail.id],
    risk: higherRisk(ruling.risk, guardrail.risk),
  };
  const denied = ruling.effect === 'deny';
  if (guardrail.effect === 'deny')
    return denied && ruling.reason_code === 'guardrail' ? noted : deny(noted, guardrail, action);
  if (denied || (guardrail.effect === undefined && guardrail.add_levels.length === 0)) return noted;
  return ask(policy, noted, guardrail);
};

/**
 * A guardrail whose condition fails can also only tighten: a denial stays, and people who are asked are still asked. Errors
 * apply after all matches, so that an agent cannot avoid the flow of one guardrail by making another one fail.
 */
const fail = (policy: Policy, ruling: Ruling, error: EvaluationError): Ruling => {
  const failed = byError(policy, error);
  if (stricter(ruling.effect, failed.effect) === ruling.effect) {
    const asksOnlyAdded = ruling.effect === 'require_approval' && ruling.flow === null;
    return asksOnlyAdded ? { ...ruling, flow: failed.flow } : ruling;
  }
  const { guardrails, rule, added } = ruling;
  return { ...failed, guardrails, rule, added, risk: higherRisk(failed.risk, ruling.risk) };
};

/** Applies every guardrail that matches, in order. */
export const tighten = (policy: Policy, ruling: Ruling, request: CheckRequest, scope: ConditionScope): Ruling => {
  const errors: EvaluationError[] = [];
  const matched = policy.guardrails.filter((guardrail) => {
    try {
      return applies(guardrail, `Guardrail ${guardrail.id}`, request, scope);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      errors.push(error);
      return false;
    }
  });
  const tightened = matched.reduce((current, guardrail) => apply(policy, current, guardrail, request.action), ruling);
  return errors.reduce((current, error) => fail(policy, current, error), tightened);
};
