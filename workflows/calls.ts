/** What the workflows may call, each with its own time-outs and retry policy. */
import { proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { CARRIERS, carrierQueue } from './messages';

/**
 * Read only, so it may run inside the workflow task: no event of its own in the history but one marker. Retried for
 * ever, because an approval must outlive any time that Postgres is away; after 5 s the wait becomes a server-side timer,
 * so that a long outage does not keep the workflow task (and its heartbeats in the history) going.
 */
export const { facts } = proxyLocalActivities<Pick<Activities, 'facts'>>({
  startToCloseTimeout: '5 seconds',
  localRetryThreshold: '5 seconds',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/**
 * A normal activity: its event is in the history before Postgres sees anything. Retried for ever for the same reason as
 * `facts`; the first retries come fast, because a reviewer may be waiting for the answer.
 */
export const { record } = proxyActivities<Pick<Activities, 'record'>>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
});

/** Of `slack:#place` that of `slack`; the workflow's own for what no carrier is known for, where the activity says so. */
function queueOf(channel: string): string {
  const { taskQueue } = workflowInfo();
  const carrier = CARRIERS.find((known) => known === channel.split(':')[0]);
  return carrier === undefined ? taskQueue : carrierQueue(taskQueue, carrier);
}

/**
 * One message to one target. An attempt that hangs is cut after 30 s. The activity itself counts its attempts, says when
 * the next one comes and ends with `failed`; so no limit stands here, and hours without any worker do not count against a
 * message. The policy below is only for an attempt whose worker died: soon again, for somebody is waiting to be asked.
 */
export const notify: Activities['notify'] = (notification) =>
  proxyActivities<Pick<Activities, 'notify'>>({
    taskQueue: queueOf(notification.channel),
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '2 seconds', backoffCoefficient: 3, maximumInterval: '5 minutes' },
  }).notify(notification);

/**
 * One post to one webhook: 15 s for the receiver, the rest for Postgres. The schedule of ten attempts is in the activity,
 * which gives the delay before the next one; this policy only serves an attempt whose worker died.
 */
export const deliver: Activities['deliver'] = (delivery_id) =>
  proxyActivities<Pick<Activities, 'deliver'>>({
    taskQueue: queueOf('webhook'),
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  }).deliver(delivery_id);

/**
 * Finds and cancels one page of an agent's pending approvals. A page of 50 cancels takes seconds; repeating one is
 * harmless, because a cancelled approval gives the same answer again.
 */
export const { cancelPending } = proxyActivities<Pick<Activities, 'cancelPending'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});
