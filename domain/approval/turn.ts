/**
 * One event under way: a private copy of the state that the rules change, and what they leave behind. Messages are only
 * noted here; who gets them is settled at the end (`sends.ts`), so that nobody is asked about what has just ended.
 */
import type { Advance, ApprovalState, Facts, Happening, PersonId, Refusal, Snapshot, Vote } from './glossary';
import { copyOf } from './state';

/** People to be written to about a level. */
export interface Asking {
  kind: 'request' | 'escalation' | 'reminder';
  level: string;
  persons: PersonId[];
}

export interface Turn {
  readonly snapshot: Snapshot;
  readonly facts: Facts;
  readonly at_ms: number;
  readonly state: ApprovalState;
  readonly happenings: Happening[];
  readonly asking: Asking[];
  /** Levels about which the admins are told that nobody could be asked. */
  readonly alerts: string[];
  /** The vote that this event is, once it is cast. */
  vote: Vote | null;
}

export const begin = (snapshot: Snapshot, state: ApprovalState, facts: Facts, at_ms: number): Turn => ({
  snapshot,
  facts,
  at_ms,
  state: copyOf(state),
  happenings: [],
  asking: [],
  alerts: [],
  vote: null,
});

/** Nothing changed: the state is the same object. */
export const unchanged = (state: ApprovalState): Advance => ({ state, happenings: [], sends: [] });

export const refuse = (state: ApprovalState, refusal: Refusal): Advance => ({ ...unchanged(state), refusal });
