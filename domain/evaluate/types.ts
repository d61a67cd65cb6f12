/** The input and the result of evaluating a check. */
import type { JsonObject, LevelSpec, Risk, Snapshot } from '../approval';
import type { Permission, Policy } from '../policy/types';

/** Why a check was denied. */
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
  /** Permissions of other agents are ignored. */
  permissions: Permission[];
}

export interface CheckRequest {
  /** `owner` is a person's id. */
  agent: { id: string; name: string; owner: string | null };
  action: string;
  context: JsonObject;
  /** The person behind `requester_identity`; null if it is absent or names no active person. */
  requester: { id: string; email: string; roles: string[] } | null;
  requester_identity: string | null;
  on_behalf_of: string | null;
  /** The ttl that the agent asks for. It can only shorten the policy's. */
  ttl_ms?: number;
  now_ms: number;
}

/** Who has to approve, and until when. It becomes the snapshot if enough people can be asked. */
export interface ApprovalPlan {
  /** Null if only guardrails ask for levels. */
  flow: string | null;
  /** In stage order, skipped levels included. */
  levels: LevelSpec[];
  separation: Snapshot['separation'];
  /** Identities that must be known people. Otherwise the check is denied with `policy_error`. */
  require: string[];
  /** The calendars that the levels name. */
  calendars: Snapshot['calendars'];
  expires_at_ms: number;
  valid_for_ms: number;
}

/** The result of evaluating a check. */
export interface Evaluation {
  decision: 'allow' | 'deny' | 'require_approval';
  /** A sentence for people. Where possible it says what to do next. */
  reason: string;
  /** Null unless the check is denied. */
  reason_code: CheckReasonCode | null;
  rule: string | null;
  /** Ids of the guardrails that matched, in the policy's order. */
  guardrails: string[];
  risk: Risk;
  /** Null unless an approval is required. */
  plan: ApprovalPlan | null;
}
