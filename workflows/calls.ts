/** The activities that the workflows call, each with its time-outs and retry policy. */
import { proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { CARRIERS } from '../domain/approval';
import { carrierQueue } from './messages';

/**
 * Only reads, so it can run inside the workflow task and leaves one marker in the history. Retried for ever, because an
 * approval must survive any outage of Postgres. After 5 s the wait becomes a timer on the server, so that a long outage
 * does not fill the history with workflow task heartbeats.
 */
export const { facts } = proxyLocalActivities<Pick<Activities, 'facts'>>({
  startToCloseTimeout: '5 seconds',
  localRetryThreshold: '5 seconds',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/**
 * A normal activity, so its command is in the history before Postgres is written. Retried for ever for the same reason as
 * `facts`. The first retries come fast, because a reviewer may be waiting for the answer.
 */
export const { record } = proxyActivities<Pick<Activities, 'record'>>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
});

/**
 * Each carrier has its own task queue (`slack:#refunds` → `slack`). An unknown channel uses the workflow's queue, where
 * the activity fails with `channel_unknown`.
 */
function queueOf(channel: string): string {
  const { taskQueue } = workflowInfo();
  const carrier = CARRIERS.find((known) => known === channel.split(':')[0]);
  return carrier === undefined ? taskQueue : carrierQueue(taskQueue, carrier);
}

/**
 * One message to one target. An attempt that hangs is cut after 30 s. The activity counts its own attempts, sets the delay
 * before the next one and ends with `failed`. So no limit is set here, and hours without a worker do not use up attempts.
 * The policy below only serves an attempt whose worker died: it retries soon, because somebody is waiting to be asked.
 */
export const notify: Activities['notify'] = (notification) =>
  proxyActivities<Pick<Activities, 'notify'>>({
    taskQueue: queueOf(notification.channel),
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 3, maximumInterval: '5 minutes' },
  }).notify(notification);

/**
 * One POST to one webhook: 15 s for the receiver, the rest for Postgres. The activity holds the schedule of ten attempts
 * and sets the delay before each. The policy below only serves an attempt whose worker died.
 */
export const deliver: Activities['deliver'] = (delivery_id) =>
  proxyActivities<Pick<Activities, 'deliver'>>({
    taskQueue: queueOf('webhook'),
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  }).deliver(delivery_id);

/**
 * Cancels one page of an agent's pending approvals. A page of 50 takes seconds. Repeating a page is harmless: cancelling a
 * cancelled approval gives the same answer again.
 */
export const { cancelPending } = proxyActivities<Pick<Activities, 'cancelPending'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});
