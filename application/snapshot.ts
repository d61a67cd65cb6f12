/** Builds the snapshot, the input of an approval's workflow, from an evaluated check. */
import type { JsonObject, Selector, Snapshot } from '../domain/approval';
import type { ApprovalPlan, Evaluation } from '../domain/evaluate';
import type { Agent } from './configuration-cache';

/** A check that kept all limits, with its agent looked up. */
export interface AcceptedCheck {
  agent: Agent;
  action: string;
  context: JsonObject;
  display: JsonObject | null;
  metadata: JsonObject;
  digest: string;
  requester: string | null;
  on_behalf_of: string | null;
  ttl_ms?: number;
}

export function snapshotOf(
  asked: AcceptedCheck,
  verdict: Evaluation & { plan: ApprovalPlan },
  ids: { approval_id: string; policy_version: number; now_ms: number },
): Snapshot {
  const { plan } = verdict;
  return {
    semantics: 1,
    approval_id: ids.approval_id,
    agent: { id: asked.agent.id, name: asked.agent.name },
    action: asked.action,
    context: asked.context,
    display: asked.display,
    metadata: asked.metadata,
    digest: asked.digest,
    risk: verdict.risk,
    reason: verdict.reason,
    requester: asked.requester,
    on_behalf_of: asked.on_behalf_of,
    policy: { version: ids.policy_version, rule: verdict.rule },
    created_at_ms: ids.now_ms,
    expires_at_ms: plan.expires_at_ms,
    valid_for_ms: plan.valid_for_ms,
    separation: plan.separation,
    calendars: plan.calendars,
    levels: plan.levels,
  };
}

/** The selectors of all levels that are not skipped, fallbacks and veto holders included. */
export function selectorsOf({ levels }: Pick<ApprovalPlan, 'levels'>): Selector[] {
  const asked = levels.filter((level) => !level.skipped);
  return [
    ...new Set(
      asked.flatMap((level) => [...level.paths.flatMap((path) => path.approvers), ...level.fallback, ...level.veto]),
    ),
  ];
}
