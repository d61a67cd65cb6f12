/** The workflow of one approval, from opening to end. `advance` decides what follows from a command; this file carries it out. */
import { CancellationScope, continueAsNew, workflowInfo } from '@temporalio/workflow';
import {
  advance,
  initialState,
  isEnded,
  nextDeadline,
  peopleToResolve,
  selectorsToResolve,
  SYSTEM_ACTORS,
  type Advance,
  type ApprovalState,
  type CancelRequest,
  type Command,
  type Facts,
  type Snapshot,
} from '../domain/approval';
import type { FactsQuestion } from '../activities/facts';
import { failureOf } from './admission';
import { facts, record } from './calls';
import { everybodyAnswered, openInbox, type Answer } from './inbox';
import type { ApprovalInput } from './messages';
import { openSending } from './sending';

export async function approval({ snapshot, state: carried, pending, reached }: ApprovalInput): Promise<void> {
  let state = carried ?? initialState(snapshot);
  const inbox = openInbox(snapshot, () => state, pending);
  const unreachable = (level: string) => inbox.put({ type: 'unreachable', at_ms: Date.now(), level });
  const sending = openSending(snapshot.approval_id, unreachable, reached);
  const quiet = () => sending.idle() && everybodyAnswered();
  const over = () => quiet() && (isEnded(state) || workflowInfo().continueAsNewSuggested);

  if (!carried) inbox.putFirst({ type: 'opened', at_ms: Date.now() });
  CancellationScope.current().cancelRequested.catch(() => inbox.put(cancelledBySystem('user_cancelled')));

  // Not cancellable: a cancel request from Temporal is a command like any other, so its outcome is recorded and sent.
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      const entry = await inbox.next(nextDeadline(state, snapshot), over);
      if (entry === null) return;
      const next = advance(snapshot, state, entry.command, await factsFor(snapshot, state, entry.command));
      if (next.events.length === 0) {
        entry.answer = answerOf(next);
        continue;
      }
      const recorded = await record({
        approval_id: snapshot.approval_id,
        event: entry.command,
        happenings: next.events,
        sends: next.deliveries,
        state: next.state,
        ...(next.state.version === 1 ? { snapshot } : {}),
      });
      state = next.state;
      entry.answer = answerOf(next);
      if (recorded.suspended) inbox.putFirst(cancelledBySystem('agent_suspended'));
      sending.start(next.deliveries);
      sending.startWebhooks(recorded.webhooks);
    }
  });

  if (!isEnded(state))
    await continueAsNew<typeof approval>({ snapshot, state, pending: inbox.rest(), reached: sending.reached() });
}

const NO_FACTS: Facts = { members: {}, excluded: [], delegates: {}, inactive: [], channels: {}, openings: {} };

/** After the end nothing depends on facts: a late vote is answered from the state alone. */
async function factsFor(snapshot: Snapshot, state: ApprovalState, command: Command): Promise<Facts> {
  return isEnded(state) ? NO_FACTS : facts(questionFor(snapshot, state, command));
}

function questionFor(snapshot: Snapshot, state: ApprovalState, command: Command): FactsQuestion {
  const waiting = new Set(state.levels.filter((level) => level.status === 'waiting').map((level) => level.name));
  return {
    at_ms: command.at_ms,
    selectors: selectorsToResolve(state, snapshot),
    excluded: snapshot.separation.excluded,
    persons: [...new Set([...peopleToResolve(state), ...(command.type === 'vote' ? [command.vote.voter] : [])])],
    waiting: snapshot.levels.filter((level) => waiting.has(level.name)),
    calendars: snapshot.calendars,
  };
}

function answerOf({ state, refusal, vote }: Advance): Answer {
  if (refusal) return { failure: failureOf(refusal) };
  return { value: { status: state.status, version: state.version, ...(vote ? { vote } : {}) } };
}

const cancelledBySystem = (reason_code: CancelRequest['reason_code']): Command => ({
  type: 'cancel',
  at_ms: Date.now(),
  by: SYSTEM_ACTORS.temporal,
  reason_code,
  reason: null,
  ip: null,
  channel: null,
});
