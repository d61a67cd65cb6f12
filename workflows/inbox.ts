/**
 * Everything that happens to an approval passes through one queue, in the order in which it arrived: votes (with or
 * without somebody who waits for the answer), cancellations, failed sends and the clock. The handlers only put commands
 * in; the main loop takes one out, and sets its answer once it is recorded.
 */
import { allHandlersFinished, condition, currentUpdateInfo, log, setHandler } from '@temporalio/workflow';
import type { Command, ApprovalState, Snapshot, VoteAnswer, VoteRequest } from '../domain/approval';
import { acceptCancel, acceptVote } from './admission';
import * as messages from './messages';

/** `vote` is there for every vote that was not refused. */
export type Answer = { value: messages.Accepted & { vote?: VoteAnswer } } | { failure: Error };

/** One command on its way through the main loop. */
export interface Taken {
  command: Command;
  answer?: Answer;
}

export interface Inbox {
  put(command: Command): Taken;
  /** In front of all that waits: for what must come before any vote. */
  putFirst(command: Command): void;
  /**
   * The next command, waiting for it. The clock is an command too: it comes before a vote that arrived at or after
   * `deadline_ms`, and after one that arrived earlier, however late either is looked at. Null once `over` holds.
   */
  next(deadline_ms: number | null, over: () => boolean): Promise<Taken | null>;
  /** Events that nobody has looked at yet, for the next run. */
  rest(): Command[];
}

export function openInbox(snapshot: Snapshot, state: () => ApprovalState, pending: Command[] = []): Inbox {
  const queue: Taken[] = pending.map((command) => ({ command }));

  const put = (command: Command): Taken => {
    const taken: Taken = { command };
    queue.push(taken);
    return taken;
  };

  const answerTo = async (command: Command) => {
    const taken = put(command);
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
    putFirst: (command) => void queue.unshift({ command }),
    rest: () => queue.map((taken) => taken.command),
    async next(deadline_ms, over) {
      for (;;) {
        const head = queue[0];
        const now_ms = head?.command.at_ms ?? Date.now();
        if (deadline_ms !== null && deadline_ms <= now_ms) return { command: { type: 'clock', at_ms: now_ms } };
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
const voted = ({ approval_id: _, ...vote }: messages.Addressed<VoteRequest>): Command => {
  const update = currentUpdateInfo();
  return { type: 'vote', at_ms: Date.now(), vote: update ? { ...vote, once: update.id } : vote };
};

const cancelled = ({ approval_id: _, ...cancel }: messages.Addressed<messages.CancelRequest>): Command => ({
  type: 'cancel',
  at_ms: Date.now(),
  ...cancel,
});

/** Whether every caller has its answer, so that a run may end. */
export const everybodyAnswered = allHandlersFinished;
