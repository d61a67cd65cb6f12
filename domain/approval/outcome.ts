/** How an approval ended, as late callers are told. */
import type { ApprovalState, Outcome, PersonId, Refusal } from './glossary';

/** Names of people by id. A person without a name here is shown by id. */
export type Names = Readonly<Record<PersonId, string>>;

/** The workflow calls this without names, because it does not know them. */
export const outcomeOf = (state: ApprovalState, names: Names = {}): Outcome => ({
  status: state.status,
  reason_code: state.reason_code,
  decided_by:
    state.decided_by === null ? null : { id: state.decided_by, name: names[state.decided_by] ?? state.decided_by },
  decided_at: state.decided_at_ms === null ? null : new Date(state.decided_at_ms).toISOString(),
});

/** Refuses a vote or a cancellation that came after the end. */
export function alreadyDecided(state: ApprovalState, names: Names = {}): Refusal {
  const outcome = outcomeOf(state, names);
  const known = state.decided_by === null ? undefined : names[state.decided_by];
  const by = known === undefined ? '' : ` by ${known}`;
  const message = `This approval has ended: it was ${outcome.status}${by}. Nothing was changed.`;
  return { code: 'already_decided', message, outcome };
}
