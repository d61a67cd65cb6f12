/** The budget of conditions: how much work they may cause (T41). */

/** A condition gave neither true nor false. It never counts as false: the policy's `on_error` decides the check. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

/** One unit is about the cost of one node of an expression, some 100 ns. */
const UNITS_PER_CONDITION = 500_000;
const UNITS_PER_CHECK = 1_500_000;

/**
 * The budget of one check: for all its conditions together, and for each one.
 *
 * The CEL library turns an exception inside a function into an error value, which `||` and `exists` can swallow. So the
 * meter remembers that the budget is used up: every later charge fails at once, and the result is always an error.
 */
export class Meter {
  private left = UNITS_PER_CHECK;
  private leftForCondition = UNITS_PER_CONDITION;
  private dry = false;

  /** Must be called before each condition. */
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
