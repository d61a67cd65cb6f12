/** The activity `deliver`: one attempt to post one webhook. Temporal repeats it until the receiver accepts it or the schedule ends. */
import { ApplicationFailure } from '@temporalio/activity';
import { Webhook } from 'standardwebhooks';
import { markFailed, markSent, noteError } from '../db/deliveries';
import type { Db } from '../db/pool';
import { beginWebhookAttempt, disableWebhook, type WebhookDelivery } from '../db/webhooks/deliveries';
import type { KeyRing } from '../encryption/keys';
import { open } from '../encryption/seal';
import type { Poster } from './webhook-post';

export interface WebhookDeps {
  db: Db;
  post: Poster;
  sealRing: KeyRing<'seal'>;
  log: { warn(facts: object, message: string): void };
  now_ms(): number;
  /** 0 to 1. Makes the jitter. */
  random(): number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Delays before the second to the tenth attempt, 75 hours in all. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/** Spreads the attempts, so that receivers that recovered together are not called at once. */
const JITTER = 0.1;
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

export async function deliverWebhook(deps: WebhookDeps, delivery_id: string): Promise<'sent' | 'failed'> {
  const { db } = deps;
  const delivery = await beginWebhookAttempt(db, delivery_id, new Date(deps.now_ms()));
  if (delivery === null) return 'failed';
  if (delivery.status !== 'queued') return delivery.status;
  if (!delivery.active) return await giveUp(deps, delivery, 'endpoint_disabled');
  const result = await deps.post(delivery.url, headersOf(deps, delivery), delivery.body);
  if (result.ok) {
    await markSent(db, delivery_id, null);
    return 'sent';
  }
  if (result.status === 410) {
    await disableWebhook(db, delivery.webhook_id);
    return await giveUp(deps, delivery, result.error);
  }
  const delay_ms = DELAYS_MS[delivery.attempts - 1];
  if (delay_ms === undefined || result.final) return await giveUp(deps, delivery, result.error);
  await noteError(db, delivery_id, result.error);
  deps.log.warn({ delivery_id, error: result.error, attempts: delivery.attempts }, 'a webhook was not accepted');
  throw ApplicationFailure.create({
    type: 'delivery_failed',
    message: result.error,
    nextRetryDelay: Math.max(
      Math.round(delay_ms * (1 + JITTER * deps.random())),
      Math.min(result.retry_after_ms ?? 0, MAX_RETRY_AFTER_MS),
    ),
  });
}

async function giveUp({ db, log }: WebhookDeps, { id, attempts }: WebhookDelivery, error: string): Promise<'failed'> {
  await markFailed(db, id, error);
  log.warn({ delivery_id: id, error, attempts }, 'a webhook was given up');
  return 'failed';
}

/** Standard Webhooks: the id of the delivery, the time of this attempt, and a signature for each valid secret. */
function headersOf({ sealRing, now_ms }: WebhookDeps, delivery: WebhookDelivery): Record<string, string> {
  const at = new Date(now_ms());
  const signatures = delivery.secrets.map((sealed) =>
    new Webhook(open(sealRing, sealed, delivery.webhook_id)).sign(delivery.id, at, delivery.body),
  );
  return {
    'content-type': 'application/json',
    'user-agent': 'AgentWarden-Webhooks/1',
    'webhook-id': delivery.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}
