/**
 * Webhooks of what Postgres itself decides: consumed, revoked, denied checks. The row is written first, in the same
 * transaction where there is one; the delivery's workflow is started afterwards, and a start that got lost is made up
 * by `startLostDeliveries`, because the row still says queued and untried.
 */
import { activeEndpoints, insertWebhookDeliveries, lostDeliveries, wants, type Endpoint } from '../db/webhook-outgoing';
import type { Db } from '../db/pool';
import type { Verdict } from '../domain/evaluate';
import type { ApprovalJson } from '../domain/approval-json';
import { timestamp } from '../domain/timestamp';
import { webhookBody } from '../domain/webhook-events';
import type { Deps } from './deps';
import type { Asked } from './snapshot';

/** Within the caller's transaction; returns the deliveries to start after the commit. */
export async function announceGrant(
  trx: Db,
  type: 'approval.consumed' | 'approval.revoked',
  agent: { id: string; name: string },
  approval: ApprovalJson,
  now_ms: number,
): Promise<string[]> {
  const endpoints = (await activeEndpoints(trx)).filter(wants(type, agent));
  const body = JSON.stringify(webhookBody(type, approval, now_ms));
  return insertWebhookDeliveries(
    trx,
    endpoints.map(({ id }) => ({ webhook_id: id, approval_id: approval.id, kind: type, body })),
  );
}

export async function startDeliveries(deps: Deps, ids: readonly string[]): Promise<void> {
  await Promise.all(
    ids.map((id) =>
      deps.engine
        .deliver(id)
        .catch((error: unknown) => deps.log.warn({ delivery: id, err: error }, 'delivery not started yet')),
    ),
  );
}

/** Never holds up the check's answer, only a stop: the audit has the denial, a webhook only tells of it. */
export function announceDenied(deps: Deps, asked: Asked, verdict: Verdict, check_id: string): void {
  const work = async (): Promise<void> => {
    const endpoints = (await deps.endpoints.active()).filter(wants('check.denied', asked.agent));
    if (endpoints.length === 0) return;
    const { action, digest, context } = asked;
    const agent_id = asked.agent.id;
    const { reason, reason_code, rule, guardrails, risk } = verdict;
    const type = 'check.denied';
    const data = {
      check_id,
      agent_id,
      action,
      context,
      digest,
      decision: 'deny',
      reason,
      reason_code,
      rule,
      guardrails,
      risk,
    };
    const body = JSON.stringify({
      type,
      event: type,
      timestamp: timestamp(deps.now()),
      approval_id: null,
      action,
      agent_id,
      data,
    });
    const ids = await insertWebhookDeliveries(
      deps.db,
      endpoints.map(({ id }) => ({ webhook_id: id, approval_id: null, kind: type, body })),
    );
    await startDeliveries(deps, ids);
  };
  const ended = work()
    .catch((error: unknown) => deps.log.warn({ err: error, check_id }, 'denied check not announced'))
    .finally(() => deps.announcing.delete(ended));
  deps.announcing.add(ended);
}

export interface EndpointCache {
  active(): Promise<Endpoint[]>;
  forget(): void;
}

/** A new endpoint hears of denied checks within this time on every replica. */
const ENDPOINTS_KEPT_MS = 2_000;

export function createEndpointCache(db: Db, now: () => number): EndpointCache {
  let held: { until_ms: number; endpoints: Promise<Endpoint[]> } | null = null;
  return {
    active() {
      if (held === null || now() >= held.until_ms) {
        const endpoints = activeEndpoints(db);
        endpoints.catch(() => (held = null));
        held = { until_ms: now() + ENDPOINTS_KEPT_MS, endpoints };
      }
      return held.endpoints;
    },
    forget: () => void (held = null),
  };
}

/** Rows younger than this may just be on their way. */
const LOST_AFTER_MS = 30_000;

/** Starting a delivery that runs already changes nothing, so any number of processes may do this at once. */
export async function startLostDeliveries(deps: Deps): Promise<void> {
  const lost = await lostDeliveries(deps.db, new Date(deps.now() - LOST_AFTER_MS));
  await Promise.all(lost.map((id) => deps.engine.deliver(id)));
}
