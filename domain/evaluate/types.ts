import type { JsonObject, LevelSpec, Risk, Snapshot } from '../approval';
import type { Permission, Policy } from '../policy/types';

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
