import type { JsonObject } from '../../approval';
import { evaluate, type CheckRequest, type Evaluation } from '../../evaluate';
import { parsePolicy, type Permission, type Policy } from '../../policy';

export const HOUR_MS = 3_600_000;
/** A Friday, 12:00 in London. */
export const NOON_MS = Date.UTC(2026, 10, 20, 12);

export const policyOf = (text: string): Policy => {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
};

export const request = (more: Partial<CheckRequest> = {}): CheckRequest => ({
  agent: { id: 'support-bot', name: 'Support', owner: 'usr_owner' },
  action: 'stripe.refund.large',
  context: {},
  requester: null,
  requester_identity: null,
  on_behalf_of: null,
  now_ms: NOON_MS,
  ...more,
});

export const check = (
  policy: Policy | string,
  more: Partial<CheckRequest> = {},
  permissions: Permission[] = [],
): Evaluation =>
  evaluate({ policy: typeof policy === 'string' ? policyOf(policy) : policy, permissions }, request(more));

export const permission = (
  action: string,
  effect: Permission['effect'],
  more: Partial<Permission> = {},
): Permission => ({
  agent_id: 'support-bot',
  action,
  effect,
  flow: null,
  max_amount: null,
  ...more,
});

export const withContext = (policy: string, context: JsonObject): Evaluation => check(policy, { context });

export const levelsOf = (evaluation: Evaluation): string[] =>
  (evaluation.plan?.levels ?? []).map((level) => `${level.stage} ${level.name}${level.skipped ? ' skipped' : ''}`);
