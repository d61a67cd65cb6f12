/** One approval, from its opening to its end. What follows from an event is decided by `advance`; here it is carried out. */
import { CancellationScope, continueAsNew, workflowInfo } from '@temporalio/workflow';
import {
  advance,
  initialState,
  isEnded,
  nextDeadline,
  peopleInPlay,
  selectorsInPlay,
  SYSTEM_ACTORS,
  type Advance,
  type ApprovalEvent,
  type ApprovalState,
  type CancelRequest,
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

  // Not cancellable: a cancel request is an event like any other, and its outcome is recorded and told.
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      const taken = await inbox.next(nextDeadline(state, snapshot), over);
      if (taken === null) return;
      const next = advance(snapshot, state, taken.event, await knownAt(snapshot, state, taken.event));
      if (next.happenings.length === 0) {
        taken.answer = answerOf(next);
        continue;
      }
      const recorded = await record({
        approval_id: snapshot.approval_id,
        event: taken.event,
        happenings: next.happenings,
        sends: next.sends,
        state: next.state,
        ...(next.state.version === 1 ? { snapshot } : {}),
      });
      state = next.state;
      taken.answer = answerOf(next);
      if (recorded.suspended) inbox.putFirst(cancelledBySystem('agent_suspended'));
      sending.start(next.sends);
      sending.startWebhooks(recorded.webhooks);
    }
  });

  if (!isEnded(state))
    await continueAsNew<typeof approval>({ snapshot, state, pending: inbox.rest(), reached: sending.reached() });
}

const NOTHING_KNOWN: Facts = { members: {}, excluded: [], delegates: {}, inactive: [], channels: {}, openings: {} };

/** After the end nothing depends on what is true outside: a late vote is answered from the state alone. */
async function knownAt(snapshot: Snapshot, state: ApprovalState, event: ApprovalEvent): Promise<Facts> {
  return isEnded(state) ? NOTHING_KNOWN : facts(questionFor(snapshot, state, event));
}

function questionFor(snapshot: Snapshot, state: ApprovalState, event: ApprovalEvent): FactsQuestion {
  const waiting = new Set(state.levels.filter((level) => level.status === 'waiting').map((level) => level.name));
  return {
    at_ms: event.at_ms,
    selectors: selectorsInPlay(state, snapshot),
    excluded: snapshot.separation.excluded,
    persons: [...new Set([...peopleInPlay(state), ...(event.type === 'vote' ? [event.vote.voter] : [])])],
    waiting: snapshot.levels.filter((level) => waiting.has(level.name)),
    calendars: snapshot.calendars,
  };
}

function answerOf({ state, refusal, vote }: Advance): Answer {
  if (refusal) return { failure: failureOf(refusal, state) };
  return { value: { status: state.status, version: state.version, ...(vote ? { vote } : {}) } };
}

const cancelledBySystem = (reason_code: CancelRequest['reason_code']): ApprovalEvent => ({
  type: 'cancel',
  at_ms: Date.now(),
  by: SYSTEM_ACTORS.temporal,
  reason_code,
  reason: null,
  ip: null,
  channel: null,
});
