/**
 * Messages under way. The main loop starts them and goes on; a run may end when all are sent or given up.
 *
 * On one channel to one person (or place) messages go one after the other, so that a reminder never overtakes the request and the
 * outcome comes last. When a channel fails, the person's next one is tried; when every request of a level has failed on
 * every channel, the level is unreachable and the loop is told.
 */
import { ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import type { Delivery } from '../domain/approval';
import { notify } from './calls';
import { WORKFLOWS, type DeliveryInput } from './messages';

export interface Sending {
  /** Levels of which somebody got a request, for the next run. */
  reached(): string[];
  start(sends: Delivery[]): void;
  /** Starts a delivery workflow of its own for each, which outlives this one. */
  startWebhooks(delivery_ids: string[]): void;
  /** Nothing is under way. */
  idle(): boolean;
}

/** Those that ask a person to decide; a reminder comes after one, an outcome and an alert ask nothing. */
const asks = (send: Delivery): boolean => send.kind === 'request' || send.kind === 'escalation';

export function openSending(
  approval_id: string,
  unreachable: (level: string) => void,
  reached: string[] = [],
): Sending {
  let underWay = 0;
  const queues = new Map<string, Promise<void>>();
  const levels = new Map(reached.map((level) => [level, { asking: 0, reached: true }]));

  const inBackground = (work: Promise<unknown>): Promise<void> => {
    underWay += 1;
    return work
      .then(
        () => undefined,
        (error: unknown) => log.error('a send ended with an error', { error: (error as Error).name }),
      )
      .finally(() => {
        underWay -= 1;
      });
  };

  const sendOnSomeChannel = async (send: Delivery): Promise<boolean> => {
    const channels = [send.channel, ...send.then];
    for (const [index, channel] of channels.entries()) {
      const result = await notify({
        approval_id,
        delivery_id: index === 0 ? send.delivery_id : `${send.delivery_id}-${index + 1}`,
        kind: send.kind,
        level: send.level,
        person: send.person,
        channel,
        further: channels.length - 1 - index,
      });
      if (result === 'sent') return true;
    }
    return false;
  };

  const sendInTurn = async (send: Delivery, before: Promise<void> | undefined): Promise<void> => {
    await before;
    const sent = await sendOnSomeChannel(send).catch(() => false);
    const level = send.level !== null && asks(send) ? levels.get(send.level) : undefined;
    if (level === undefined) return;
    level.asking -= 1;
    level.reached ||= sent;
    if (level.asking === 0 && !level.reached) unreachable(send.level!);
  };

  return {
    reached: () => [...levels].flatMap(([level, { reached }]) => (reached ? [level] : [])),
    idle: () => underWay === 0,
    start(sends) {
      for (const send of sends) {
        if (send.level !== null && asks(send)) {
          const level = levels.get(send.level) ?? { asking: 0, reached: false };
          level.asking += 1;
          levels.set(send.level, level);
        }
        const target = `${send.person} ${send.channel}`;
        queues.set(target, inBackground(sendInTurn(send, queues.get(target))));
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
    // Somebody asked for it to be delivered again before we came to start it.
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}
