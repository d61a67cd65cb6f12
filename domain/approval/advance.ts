/** The one state machine of an approval. Pure: the same events and facts always lead to the same state. */
import { tick, nextDeadline } from './clock';
import { end } from './ending';
import { unreachable } from './escalation';
import type { Advance, ApprovalEvent, ApprovalState, Facts, Snapshot } from './glossary';
import { settle } from './levels';
import { messagesOf } from './sends';
import { isEnded } from './state';
import { begin, refuse, unchanged, type Turn } from './turn';
import { admit, alreadyDecided, castVote } from './votes';

type EventOf<Type extends ApprovalEvent['type']> = Extract<ApprovalEvent, { type: Type }>;

/** What follows from one event. Never changes `state`; hands the same object back when nothing happened. */
export function advance(snapshot: Snapshot, state: ApprovalState, event: ApprovalEvent, facts: Facts): Advance {
  switch (event.type) {
    case 'opened':
      return open(begin(snapshot, state, facts, event.at_ms), state);
    case 'vote':
      return vote(snapshot, state, facts, event);
    case 'clock':
      return clock(snapshot, state, facts, event);
    case 'cancel':
      return cancel(begin(snapshot, state, facts, event.at_ms), state, event);
    case 'unreachable':
      return unreached(begin(snapshot, state, facts, event.at_ms), state, event);
  }
}

function open(turn: Turn, before: ApprovalState): Advance {
  if (before.version > 0 || isEnded(before)) return unchanged(before);
  turn.happenings.push({ type: 'approval.requested', actor: { type: 'agent', id: turn.snapshot.agent.id } });
  // No worker was there in all of its time: it has expired, and nobody is asked any more.
  tick(turn);
  return concluded(turn);
}

function vote(snapshot: Snapshot, state: ApprovalState, facts: Facts, event: EventOf<'vote'>): Advance {
  const place = admit(snapshot, state, facts, event.vote);
  if ('happenings' in place) return place;
  const turn = begin(snapshot, state, facts, event.at_ms);
  const answer = castVote(turn, event.vote, place);
  return { ...concluded(turn), vote: answer };
}

function clock(snapshot: Snapshot, state: ApprovalState, facts: Facts, event: EventOf<'clock'>): Advance {
  const deadline_ms = nextDeadline(state, snapshot);
  if (deadline_ms === null || deadline_ms > event.at_ms) return unchanged(state);
  const turn = begin(snapshot, state, facts, event.at_ms);
  tick(turn);
  return concluded(turn);
}

function cancel(turn: Turn, before: ApprovalState, event: EventOf<'cancel'>): Advance {
  if (before.status === 'cancelled') return unchanged(before);
  if (isEnded(before)) return refuse(before, alreadyDecided(before));
  end(turn, {
    status: 'cancelled',
    reason_code: event.reason_code,
    actor: event.by,
    decided_by: event.by.type === 'user' ? event.by.id : null,
    comment: event.reason,
  });
  return concluded(turn);
}

function unreached(turn: Turn, before: ApprovalState, event: EventOf<'unreachable'>): Advance {
  const level = turn.state.levels.find((candidate) => candidate.name === event.level);
  if (isEnded(before) || level?.status !== 'open') return unchanged(before);
  unreachable(turn, level);
  return concluded(turn);
}

/** What every accepted event ends with: the levels are judged, the messages made out, and it is counted. */
function concluded(turn: Turn): Advance {
  settle(turn);
  const sends = messagesOf(turn);
  turn.state.version += 1;
  return { state: turn.state, happenings: turn.happenings, sends };
}
