/**
 * Everything that happens to an approval passes through one queue, in the order in which it arrived: votes (with or
 * without somebody who waits for the answer), cancellations, failed sends and the clock. The handlers only put events
 * in; the main loop takes one out, and sets its answer once it is recorded.
 */
import { allHandlersFinished, condition, currentUpdateInfo, log, setHandler } from '@temporalio/workflow';
import type { ApprovalEvent, ApprovalState, Snapshot, VoteAnswer, VoteRequest } from '../domain/approval';
import { acceptCancel, acceptVote } from './admission';
import * as messages from './messages';

/** `vote` is there for every vote that was not refused. */
export type Answer = { value: messages.Accepted & { vote?: VoteAnswer } } | { failure: Error };

/** One event on its way through the main loop. */
export interface Taken {
  event: ApprovalEvent;
  answer?: Answer;
}

export interface Inbox {
  put(event: ApprovalEvent): Taken;
  /** In front of all that waits: for what must come before any vote. */
  putFirst(event: ApprovalEvent): void;
  /**
   * The next event, waiting for it. The clock is an event too: it comes before a vote that arrived at or after
   * `deadline_ms`, and after one that arrived earlier, however late either is looked at. Null once `over` holds.
   */
  next(deadline_ms: number | null, over: () => boolean): Promise<Taken | null>;
  /** Events that nobody has looked at yet, for the next run. */
  rest(): ApprovalEvent[];
}

export function openInbox(snapshot: Snapshot, state: () => ApprovalState, pending: ApprovalEvent[] = []): Inbox {
  const queue: Taken[] = pending.map((event) => ({ event }));

  const put = (event: ApprovalEvent): Taken => {
    const taken: Taken = { event };
    queue.push(taken);
    return taken;
  };

  const answerTo = async (event: ApprovalEvent) => {
    const taken = put(event);
    await condition(() => taken.answer !== undefined);
    const answer = taken.answer!;
    if ('failure' in answer) throw answer.failure;
    return answer.value;
  };

  setHandler(messages.state, state);
  setHandler(
    messages.decide,
    async (message) => {
      const answer = await answerTo(voted(message));
      return { ...answer, vote: answer.vote! };
    },
    { validator: (message: messages.Addressed<VoteRequest>) => acceptVote(snapshot, state(), message) },
  );
  setHandler(messages.cancel, (message) => answerTo(cancelled(message)), {
    validator: (message: messages.Addressed<messages.CancelRequest>) => acceptCancel(snapshot, state(), message),
  });
  setHandler(messages.decision, (message) => {
    try {
      acceptVote(snapshot, state(), message);
    } catch (refusal) {
      // Nobody waits for an answer, and a throw here would fail the workflow task for ever.
      log.info('vote refused', { code: (refusal as { type?: string }).type });
      return;
    }
    put(voted(message));
  });

  return {
    put,
    putFirst: (event) => void queue.unshift({ event }),
    rest: () => queue.map((taken) => taken.event),
    async next(deadline_ms, over) {
      for (;;) {
        const head = queue[0];
        const now_ms = head?.event.at_ms ?? Date.now();
        if (deadline_ms !== null && deadline_ms <= now_ms) return { event: { type: 'clock', at_ms: now_ms } };
        if (head) return queue.shift()!;
        if (over()) return null;
        const stir = () => queue.length > 0 || over();
        if (deadline_ms === null) await condition(stir);
        else await condition(stir, Math.max(1, deadline_ms - now_ms));
      }
    },
  };
}

/** Once admitted, a message needs its address no more. Its update's id goes with it: the server knows those of one run only. */
const voted = ({ approval_id: _, ...vote }: messages.Addressed<VoteRequest>): ApprovalEvent => {
  const update = currentUpdateInfo();
  return { type: 'vote', at_ms: Date.now(), vote: update ? { ...vote, once: update.id } : vote };
};

const cancelled = ({ approval_id: _, ...cancel }: messages.Addressed<messages.CancelRequest>): ApprovalEvent => ({
  type: 'cancel',
  at_ms: Date.now(),
  ...cancel,
});

/** Whether every caller has its answer, so that a run may end. */
export const everybodyAnswered = allHandlersFinished;
