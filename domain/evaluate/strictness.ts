/** Which effect or risk is stricter, and the error of a condition that cannot be evaluated. */
import { RISKS, type Risk } from '../approval';
import { ConditionError, type Condition, type ConditionScope } from '../conditions';
import type { Effect } from '../policy/types';

/** A check could not be evaluated. `on_error` decides it, or it is denied if the error is `final`. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';

  constructor(
    /** A sentence for people. */
    readonly reason: string,
    /** The check is denied, whatever `on_error` says. */
    readonly final = false,
  ) {
    super(reason);
  }
}

const STRICTNESS: Record<Effect, number> = { allow: 0, require_approval: 1, deny: 2 };

export const stricter = (a: Effect, b: Effect): Effect => (STRICTNESS[b] > STRICTNESS[a] ? b : a);

export const byStrictness = (a: Effect, b: Effect): number => STRICTNESS[b] - STRICTNESS[a];

export const higherRisk = (a: Risk, b: Risk | undefined): Risk => (b && RISKS.indexOf(b) > RISKS.indexOf(a) ? b : a);

/** An absent condition is true. @throws EvaluationError, which names `what`, if the condition gives neither true nor false. */
export const holds = (when: Condition | undefined, what: string, scope: ConditionScope): boolean => {
  if (!when) return true;
  try {
    return when.holds(scope);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw new EvaluationError(`${what} could not be evaluated: ${error.message}`);
  }
};
