/**
 * Webhooks for events without a workflow: an approval was consumed or revoked, a check was denied. First the delivery's row
 * is written, in the event's transaction if it has one. Then the delivery's workflow is started. If that start is lost,
 * `startLostDeliveries` finds the row: it is still queued and has no attempt.
 */
import {
  activeEndpoints,
  insertWebhookDeliveries,
  lostDeliveries,
  wants,
  type Endpoint,
} from '../db/webhooks/outgoing';
import type { Logger } from 'pino';
import type { Db } from '../db/pool';
import type { Evaluation } from '../domain/evaluate';
import type { ApprovalJson } from '../domain/approval-json';
import { timestamp } from '../domain/timestamp';
import { webhookBody } from '../domain/webhook-events';
import type { Engine } from './approval-engine';
import type { AcceptedCheck } from './snapshot';

/** Not `Deps`: that contains the announcer below, so it would be a circle. */
interface WebhookDeps {
  db: Db;
  engine: Engine;
  log: Logger;
  now(): number;
}

/** Writes the deliveries in the caller's transaction. Returns their ids, so that the caller starts them after the commit. */
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

export async function startDeliveries(
  deps: Pick<WebhookDeps, 'engine' | 'log'>,
  ids: readonly string[],
): Promise<void> {
  await Promise.all(
    ids.map((id) =>
      deps.engine
        .deliver(id)
        .catch((error: unknown) => deps.log.warn({ delivery: id, err: error }, 'delivery not started yet')),
    ),
  );
}

export interface DenialAnnouncer {
  /** Queues the webhook `check.denied` without waiting, so that it cannot delay the check's answer. The audit already has the denial. */
  announce(asked: AcceptedCheck, verdict: Evaluation, check_id: string): void;
  /** Call after a change of the endpoints: the next denial reads them again. */
  forgetEndpoints(): void;
  /** Resolves when all announced denials are queued. Wait for it before stopping. */
  settled(): Promise<void>;
}

/** How long endpoints are cached. A new endpoint receives denied checks of all replicas after at most this time. */
const ENDPOINTS_KEPT_MS = 2_000;

export function createDenialAnnouncer(deps: WebhookDeps): DenialAnnouncer {
  const under_way = new Set<Promise<void>>();
  let kept: { until_ms: number; endpoints: Promise<Endpoint[]> } | null = null;

  function endpoints(): Promise<Endpoint[]> {
    if (kept === null || deps.now() >= kept.until_ms) {
      const read = activeEndpoints(deps.db);
      read.catch(() => (kept = null));
      kept = { until_ms: deps.now() + ENDPOINTS_KEPT_MS, endpoints: read };
    }
    return kept.endpoints;
  }

  async function queue(asked: AcceptedCheck, verdict: Evaluation, check_id: string): Promise<void> {
    const wanting = (await endpoints()).filter(wants('check.denied', asked.agent));
    if (wanting.length === 0) return;
    const body = JSON.stringify(deniedBody(asked, verdict, check_id, deps.now()));
    const rows = wanting.map(({ id }) => ({ webhook_id: id, approval_id: null, kind: 'check.denied', body }));
    await startDeliveries(deps, await insertWebhookDeliveries(deps.db, rows));
  }

  return {
    announce(asked, verdict, check_id) {
      const ended = queue(asked, verdict, check_id)
        .catch((error: unknown) => deps.log.warn({ err: error, check_id }, 'denied check not announced'))
        .finally(() => under_way.delete(ended));
      under_way.add(ended);
    },
    forgetEndpoints: () => void (kept = null),
    settled: async () => void (await Promise.all(under_way)),
  };
}

function deniedBody(
  { agent, action, context, digest }: AcceptedCheck,
  verdict: Evaluation,
  check_id: string,
  now_ms: number,
) {
  const { reason, reason_code, rule, guardrails, risk } = verdict;
  const type = 'check.denied';
  const agent_id = agent.id;
  return {
    type,
    event: type,
    timestamp: timestamp(now_ms),
    approval_id: null,
    action,
    agent_id,
    data: {
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
    },
  };
}

/** Rows younger than this are left alone: their start may still be running. */
const LOST_AFTER_MS = 30_000;

/** Background job. Starting a running delivery changes nothing, so any number of processes may run this at once. */
export async function startLostDeliveries(deps: WebhookDeps): Promise<void> {
  const lost = await lostDeliveries(deps.db, new Date(deps.now() - LOST_AFTER_MS));
  await Promise.all(lost.map((id) => deps.engine.deliver(id)));
}
