/**
 * The inbox of an approval: one queue for all commands, in the order of their arrival. Handlers of updates and signals
 * only put commands in. The main loop takes them out one at a time, and answers each once it is recorded.
 */
import { allHandlersFinished, condition, currentUpdateInfo, log, setHandler } from '@temporalio/workflow';
import type { ApprovalState, Command, Snapshot, VoteAnswer, VoteRequest } from '../domain/approval';
import { acceptCancel, acceptVote } from './admission';
import * as messages from './messages';

/** Every vote that was not refused has `vote`. */
export type Answer = { value: messages.Accepted & { vote?: VoteAnswer } } | { failure: Error };

/** One command on its way through the main loop. */
export interface Entry {
  command: Command;
  answer?: Answer;
}

export interface Inbox {
  put(command: Command): Entry;
  /** Puts the command before all others. */
  putFirst(command: Command): void;
  /**
   * Waits for the next command. A deadline that passed becomes the command `clock`: it comes before a vote that arrived at
   * or after `deadline_ms`, and after an earlier one, however late the worker is. Null once `over` holds.
   */
  next(deadline_ms: number | null, over: () => boolean): Promise<Entry | null>;
  /** Commands that were not taken yet, for the next run. */
  rest(): Command[];
}

export function openInbox(snapshot: Snapshot, state: () => ApprovalState, pending: Command[] = []): Inbox {
  const queue: Entry[] = pending.map((command) => ({ command }));

  const put = (command: Command): Entry => {
    const entry: Entry = { command };
    queue.push(entry);
    return entry;
  };

  const answerTo = async (command: Command) => {
    const entry = put(command);
    await condition(() => entry.answer !== undefined);
    const answer = entry.answer!;
    if ('failure' in answer) throw answer.failure;
    return answer.value;
  };

  setHandler(messages.state, state);
  setHandler(
    messages.decide,
    async (message) => {
      const answer = await answerTo(voteCommand(message));
      return { ...answer, vote: answer.vote! };
    },
    { validator: (message: messages.Addressed<VoteRequest>) => acceptVote(snapshot, state(), message) },
  );
  setHandler(messages.cancel, (message) => answerTo(cancelCommand(message)), {
    validator: (message: messages.Addressed<messages.CancelRequest>) => acceptCancel(snapshot, state(), message),
  });
  setHandler(messages.decision, (message) => {
    try {
      acceptVote(snapshot, state(), message);
    } catch (refusal) {
      // A signal has no answer, and an exception here would fail the workflow task for ever.
      log.info('vote refused', { code: (refusal as { type?: string }).type });
      return;
    }
    put(voteCommand(message));
  });

  return {
    put,
    putFirst: (command) => void queue.unshift({ command }),
    rest: () => queue.map((entry) => entry.command),
    async next(deadline_ms, over) {
      for (;;) {
        const head = queue[0];
        const now_ms = head?.command.at_ms ?? Date.now();
        if (deadline_ms !== null && deadline_ms <= now_ms) return { command: { type: 'clock', at_ms: now_ms } };
        if (head) return queue.shift()!;
        if (over()) return null;
        const somethingToDo = () => queue.length > 0 || over();
        if (deadline_ms === null) await condition(somethingToDo);
        else await condition(somethingToDo, Math.max(1, deadline_ms - now_ms));
      }
    },
  };
}

/**
 * `approval_id` was checked, so drop it. Keep the update id as `once`: Temporal de-duplicates update ids only within one
 * run, and we continue as new.
 */
const voteCommand = ({ approval_id: _, ...vote }: messages.Addressed<VoteRequest>): Command => {
  const update = currentUpdateInfo();
  return { type: 'vote', at_ms: Date.now(), vote: update ? { ...vote, once: update.id } : vote };
};

const cancelCommand = ({ approval_id: _, ...cancel }: messages.Addressed<messages.CancelRequest>): Command => ({
  type: 'cancel',
  at_ms: Date.now(),
  ...cancel,
});

/** Whether every caller has its answer. A run must not end before. */
export const everybodyAnswered = allHandlersFinished;
