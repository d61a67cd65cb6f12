/**
 * The state machine of an approval. `advance` is a pure function: the same snapshot, state, command and facts always give
 * the same result, so a workflow can be replayed.
 */
import { nextDeadline, runDeadlines } from './clock';
import { unreachable } from './escalation';
import type { Advance, ApprovalState, Command, Facts, Snapshot } from './glossary';
import { end, settle } from './levels';
import { deliveriesOf } from './deliveries';
import { alreadyDecided } from './outcome';
import { begin, isEnded, refuse, unchanged, type Turn } from './state';
import { admitVote } from './admit-vote';
import { recordVote } from './votes';

type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>;

/** Carries out one command. Never changes `state`, and returns the same object when nothing happened. */
export function advance(snapshot: Snapshot, state: ApprovalState, command: Command, facts: Facts): Advance {
  switch (command.type) {
    case 'opened':
      return open(begin(snapshot, state, facts, command.at_ms), state);
    case 'vote':
      return vote(snapshot, state, facts, command);
    case 'clock':
      return clock(snapshot, state, facts, command);
    case 'cancel':
      return cancel(begin(snapshot, state, facts, command.at_ms), state, command);
    case 'unreachable':
      return reportUnreachable(begin(snapshot, state, facts, command.at_ms), state, command);
  }
}

function open(turn: Turn, before: ApprovalState): Advance {
  if (before.version > 0 || isEnded(before)) return unchanged(before);
  turn.events.push({ type: 'approval.requested', actor: { type: 'agent', id: turn.snapshot.agent.id } });
  // If no worker ran until the ttl passed, the approval expires here and nobody is asked.
  runDeadlines(turn);
  return complete(turn);
}

function vote(snapshot: Snapshot, state: ApprovalState, facts: Facts, command: CommandOf<'vote'>): Advance {
  const admitted = admitVote(snapshot, state, facts, command.vote);
  if ('answer' in admitted) return admitted.answer;
  const turn = begin(snapshot, state, facts, command.at_ms);
  const answer = recordVote(turn, command.vote, admitted);
  return { ...complete(turn), vote: answer };
}

function clock(snapshot: Snapshot, state: ApprovalState, facts: Facts, command: CommandOf<'clock'>): Advance {
  const deadline_ms = nextDeadline(state, snapshot);
  if (deadline_ms === null || deadline_ms > command.at_ms) return unchanged(state);
  const turn = begin(snapshot, state, facts, command.at_ms);
  runDeadlines(turn);
  return complete(turn);
}

function cancel(turn: Turn, before: ApprovalState, command: CommandOf<'cancel'>): Advance {
  if (before.status === 'cancelled') return unchanged(before);
  if (isEnded(before)) return refuse(before, alreadyDecided(before));
  end(turn, {
    status: 'cancelled',
    reason_code: command.reason_code,
    actor: command.by,
    decided_by: command.by.type === 'user' ? command.by.id : null,
    comment: command.reason,
  });
  return complete(turn);
}

function reportUnreachable(turn: Turn, before: ApprovalState, command: CommandOf<'unreachable'>): Advance {
  const level = turn.levels.find(({ spec }) => spec.name === command.level);
  if (isEnded(before) || level?.state.status !== 'open') return unchanged(before);
  unreachable(turn, level);
  return complete(turn);
}

/** The last steps of every accepted command: settle the levels, build the deliveries, count the version. */
function complete(turn: Turn): Advance {
  settle(turn);
  const deliveries = deliveriesOf(turn);
  turn.state.version += 1;
  return { state: turn.state, events: turn.events, deliveries };
}
