/** What a person may do now, level by level: for pages and lists. Says the same as `advance` would. */
import { seatFor, voteOn } from './eligibility';
import { VOTE_DECISIONS } from './glossary';
import type { ApprovalState, Assurance, Facts, PersonId, Refusal, Snapshot, VoteDecision } from './glossary';
import { isEnded, specOf } from './state';

export interface Standpoint {
  level: string;
  /** Decisions that would be taken now, without regard to assurance and comment. */
  decisions: VoteDecision[];
  /** Why there are none; null when there are some. */
  why_not: Refusal['code'] | null;
  /** Whose seat the vote would fill, when not the person's own. */
  seat_of?: PersonId;
  /** How surely this level wants to know who votes. */
  assurance: Assurance;
  /** The person's vote that stands there. */
  voted: { id: string; decision: VoteDecision } | null;
}

export function can(state: ApprovalState, snapshot: Snapshot, facts: Facts, person: PersonId): Standpoint[] {
  const view = { snapshot, state, facts };
  return state.levels.map((level) => {
    const present = voteOn(view, level.name, person);
    const seats = VOTE_DECISIONS.map((decision) => ({ decision, seat: seatFor(view, level, person, decision) }));
    const open = !isEnded(state) && level.status === 'open';
    const decisions = open ? seats.flatMap(({ decision, seat }) => (seat ? [decision] : [])) : [];
    const seat = seats.find(({ seat }) => seat !== null)?.seat;
    return {
      level: level.name,
      decisions,
      why_not: decisions.length > 0 ? null : whyNot(state, level.status),
      ...(seat && seat.person !== person ? { seat_of: seat.person } : {}),
      assurance: specOf(snapshot, level.name).assurance,
      voted: present ? { id: present.id, decision: present.decision } : null,
    };
  });
}

function whyNot(state: ApprovalState, status: ApprovalState['levels'][number]['status']): Refusal['code'] {
  if (isEnded(state)) return 'already_decided';
  if (status === 'open') return 'not_eligible';
  return status === 'waiting' ? 'level_not_open' : 'level_closed';
}
