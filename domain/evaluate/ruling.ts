/** The ruling: the decision of permissions, rules and defaults about a check, before guardrails. */
import type { JsonObject, Risk } from '../approval';
import type { ConditionScope } from '../conditions';
import type { CheckReasonCode, CheckRequest } from './types';
import { bySpecificity, matchesAgent, matchesPattern } from '../patterns';
import type { Effect, Matcher, Permission, Policy, Rule } from '../policy/types';
import { byStrictness, EvaluationError, holds } from './strictness';

/** A decision about a check that is not complete yet: guardrails may still tighten it. */
export interface Ruling {
  effect: Effect;
  /** Who decided, as the beginning of a sentence: `Rule refund`. */
  why: string;
  /** A complete sentence, if the check is denied or allowed. If people are asked: a text to add to the needs, or empty. */
  reason: string;
  reason_code: CheckReasonCode | null;
  rule: string | null;
  guardrails: string[];
  risk: Risk;
  /** Null if only `added` levels are asked. */
  flow: string | null;
  /** Names of levels that guardrails add, in order. */
  added: string[];
  /** The rule whose ttl and valid_for apply. Null: the defaults apply. */
  terms: Rule | null;
}

type Request = Pick<CheckRequest, 'agent' | 'action' | 'context'>;

/** Whether the rule or guardrail matches the request. @throws EvaluationError if its condition gives neither true nor false. */
export const applies = (matcher: Matcher, what: string, request: Request, scope: ConditionScope): boolean =>
  matchesAgent(matcher.agent, request.agent) &&
  matcher.action.some((pattern) => matchesPattern(pattern, request.action)) &&
  holds(matcher.when, what, scope);

const firstRule = (policy: Policy, request: Request, scope: ConditionScope): Rule | null =>
  policy.rules.find((rule) => applies(rule, `Rule ${rule.id}`, request, scope)) ?? null;

const baseRuling = (policy: Policy, effect: Effect, why: string): Ruling => ({
  effect,
  why,
  reason: '',
  reason_code: null,
  rule: null,
  guardrails: [],
  risk: policy.defaults.risk,
  flow: effect === 'require_approval' ? policy.defaults.flow : null,
  added: [],
  terms: null,
});

const amountOf = (context: JsonObject, permission: Permission): number => {
  const amount = Object.hasOwn(context, 'amount') ? context['amount'] : undefined;
  if (typeof amount === 'number' && Number.isFinite(amount)) return amount;
  throw new EvaluationError(
    `Permission ${permission.action} has a max_amount, but context.amount ${amount === undefined ? 'is missing' : 'is not a number'}: send it as a number`,
  );
};

const byPermission = (policy: Policy, permission: Permission, request: Request, scope: ConditionScope): Ruling => {
  const why = `Permission ${permission.action}`;
  const ruling = baseRuling(policy, permission.effect, why);
  if (permission.effect === 'deny')
    return {
      ...ruling,
      reason_code: 'policy_rule',
      reason: `${why} blocks ${request.action} for agent ${request.agent.id}`,
    };
  if (permission.max_amount !== null) {
    const amount = amountOf(request.context, permission);
    if (amount > permission.max_amount) {
      const reason = `${why} allows an amount of at most ${permission.max_amount}, and context.amount is ${amount}`;
      return { ...ruling, effect: 'deny', flow: null, reason_code: 'policy_rule', reason };
    }
  }
  if (permission.effect === 'allow') return { ...ruling, reason: `${why} allows it` };
  if (permission.flow !== null) return { ...ruling, flow: permission.flow };
  const rule = firstRule(policy, request, scope);
  if (!rule) return ruling;
  return { ...ruling, flow: rule.flow ?? ruling.flow, terms: rule, risk: rule.risk ?? ruling.risk };
};

const byRule = (policy: Policy, rule: Rule, request: Request): Ruling => {
  const ruling = baseRuling(policy, rule.effect, `Rule ${rule.id}`);
  const base = { ...ruling, rule: rule.id, risk: rule.risk ?? ruling.risk };
  if (rule.effect === 'require_approval')
    return { ...base, terms: rule, flow: rule.flow ?? ruling.flow, reason: rule.reason ?? '' };
  const verb = rule.effect === 'deny' ? 'blocks' : 'allows';
  const reason = rule.reason ? `Rule ${rule.id}: ${rule.reason}` : `Rule ${rule.id} ${verb} ${request.action}`;
  return { ...base, reason, reason_code: rule.effect === 'deny' ? 'policy_rule' : null };
};

const byDefault = (policy: Policy, request: Request): Ruling => {
  const ruling = baseRuling(policy, policy.defaults.effect, 'No rule matched');
  if (ruling.effect !== 'deny') return ruling;
  const body = `{"action": ${JSON.stringify(request.action)}, "requires_approval": false}`;
  const reason = `Nothing allows agent ${request.agent.id} to do ${request.action}. To allow it: POST /api/agents/${request.agent.id}/permissions ${body}; with true, a person decides each time`;
  return { ...ruling, reason, reason_code: 'no_rule' };
};

/** Applies `on_error`: deny, or ask the people of the default flow. */
export const byError = (policy: Policy, error: EvaluationError): Ruling => {
  const ruling = baseRuling(policy, error.final ? 'deny' : policy.defaults.on_error, 'The policy could not be applied');
  return { ...ruling, reason: error.reason, reason_code: ruling.effect === 'deny' ? 'policy_error' : null };
};

/** The first match decides: the agent's permissions, the most specific first; then the rules in order; then the defaults. */
export const decide = (policy: Policy, permissions: Permission[], request: Request, scope: ConditionScope): Ruling => {
  try {
    const [permission] = permissions
      .filter(({ action }) => matchesPattern(action, request.action))
      .sort((a, b) => bySpecificity(a.action, b.action) || byStrictness(a.effect, b.effect));
    if (permission) return byPermission(policy, permission, request, scope);
    const rule = firstRule(policy, request, scope);
    return rule ? byRule(policy, rule, request) : byDefault(policy, request);
  } catch (error) {
    if (error instanceof EvaluationError) return byError(policy, error);
    throw error;
  }
};
