/**
 * Sends the deliveries in the background, while the main loop goes on. A run ends only when all are sent or have failed.
 *
 * Deliveries to one target go one after the other, so that a reminder never overtakes the request and the outcome comes
 * last. When a channel fails, the person's next channel is tried. When every request of a level has failed on every
 * channel, the level is unreachable, and the main loop gets that command.
 */
import { ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import type { Delivery } from '../domain/approval';
import { notify } from './calls';
import { WORKFLOWS, type DeliveryInput } from './messages';

export interface Sending {
  /** Levels at which somebody received a request, for the next run. */
  reached(): string[];
  start(deliveries: Delivery[]): void;
  /** Starts a workflow for each webhook delivery. It goes on when this workflow has ended. */
  startWebhooks(delivery_ids: string[]): void;
  /** Whether nothing is being sent. */
  idle(): boolean;
}

/** Whether the delivery is the first to ask its target for a decision. Only these make a level reached or unreachable. */
const asks = ({ kind }: Delivery): boolean => kind === 'request' || kind === 'escalation';

export function openSending(
  approval_id: string,
  unreachable: (level: string) => void,
  reached: string[] = [],
): Sending {
  let underWay = 0;
  const lastTo = new Map<string, Promise<void>>();
  const levels = new Map(reached.map((level) => [level, { asking: 0, reached: true }]));

  const inBackground = (work: Promise<unknown>): Promise<void> => {
    underWay += 1;
    return work
      .then(
        () => undefined,
        (error: unknown) => log.error('a delivery ended with an error', { error: (error as Error).name }),
      )
      .finally(() => {
        underWay -= 1;
      });
  };

  const sendOnSomeChannel = async (delivery: Delivery): Promise<boolean> => {
    const channels = [delivery.channel, ...delivery.then];
    for (const [index, channel] of channels.entries()) {
      const result = await notify({
        approval_id,
        delivery_id: index === 0 ? delivery.delivery_id : `${delivery.delivery_id}-${index + 1}`,
        kind: delivery.kind,
        level: delivery.level,
        person: delivery.person,
        channel,
        further: channels.length - 1 - index,
      });
      if (result === 'sent') return true;
    }
    return false;
  };

  const sendAfter = async (before: Promise<void> | undefined, delivery: Delivery): Promise<void> => {
    await before;
    const sent = await sendOnSomeChannel(delivery).catch(() => false);
    const level = delivery.level !== null && asks(delivery) ? levels.get(delivery.level) : undefined;
    if (level === undefined) return;
    level.asking -= 1;
    level.reached ||= sent;
    if (level.asking === 0 && !level.reached) unreachable(delivery.level!);
  };

  return {
    reached: () => [...levels].flatMap(([level, { reached }]) => (reached ? [level] : [])),
    idle: () => underWay === 0,
    start(deliveries) {
      for (const delivery of deliveries) {
        if (delivery.level !== null && asks(delivery)) {
          const level = levels.get(delivery.level) ?? { asking: 0, reached: false };
          level.asking += 1;
          levels.set(delivery.level, level);
        }
        const target = `${delivery.person} ${delivery.channel}`;
        lastTo.set(target, inBackground(sendAfter(lastTo.get(target), delivery)));
      }
    },
    startWebhooks(delivery_ids) {
      for (const delivery_id of delivery_ids) void inBackground(startDelivery({ delivery_id }));
    },
  };
}

async function startDelivery(input: DeliveryInput): Promise<void> {
  try {
    await startChild(WORKFLOWS.delivery, {
      workflowId: input.delivery_id,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    // Somebody has already asked for this webhook to be delivered again.
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}
