/** Why a condition could not give an answer. Never means false: whoever evaluates turns it into `on_error`. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

/** One unit is about the visit of one node of an expression, some 100 ns. */
const UNITS_PER_CONDITION = 500_000;
const UNITS_PER_CHECK = 1_500_000;

/**
 * What the conditions of one check may cost together, and each alone.
 *
 * The evaluator turns an exception inside a function into an error *value*, which `||` and `exists` may swallow. So
 * running dry is remembered: every further charge fails at once, loops end, and the answer is an error in any case.
 */
export class Meter {
  private left = UNITS_PER_CHECK;
  private leftForCondition = UNITS_PER_CONDITION;
  private dry = false;

  /** Call before each condition. */
  begin(): void {
    this.dry = false;
    this.leftForCondition = Math.min(UNITS_PER_CONDITION, this.left);
  }

  charge(units: number): void {
    this.left -= units;
    this.leftForCondition -= units;
    if (this.leftForCondition < 0) this.dry = true;
    this.assertNotDry();
  }

  assertNotDry(): void {
    if (this.dry) throw new ConditionError('it costs too much: compare less text, shorter lists, or loop less deeply');
  }
}
