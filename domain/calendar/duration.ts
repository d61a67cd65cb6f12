/** Reads durations: one whole number and one unit, such as `4h` or `2bd`. */
import type { Duration } from '../approval';
import { AgentWardenError } from '../errors';

const WALL_UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export type ParsedDuration =
  | { kind: 'wall'; ms: number }
  /** Business hours and minutes: time that passes only while the calendar is open. */
  | { kind: 'opening_time'; ms: number }
  /** Business days: the same local time, this many working days later. */
  | { kind: 'working_days'; days: number };

/** Ten years. Longer than any approval waits, and short enough that sums stay exact and searches end. */
export const MAX_DURATION_MS = 3_650 * WALL_UNITS_MS.d;

const SHAPE = /^([1-9][0-9]{0,8})(b?)([smhd])$/;

/** Throws `invalid_request` for zero, fractions, unknown units, business seconds and more than ten years. */
export function parseDuration(text: Duration): ParsedDuration {
  const [, figure = '', business, unit] = SHAPE.exec(text) ?? [];
  if (figure === '' || (business === 'b' && unit === 's')) {
    throw refuse(text, 'is not a duration. Write 90s, 5m, 4h or 7d for wall time, 30bm, 4bh or 2bd for business time');
  }
  const ms = Number(figure) * WALL_UNITS_MS[unit as keyof typeof WALL_UNITS_MS];
  if (ms > MAX_DURATION_MS) throw refuse(text, 'is longer than ten years');
  if (business === '') return { kind: 'wall', ms };
  return unit === 'd' ? { kind: 'working_days', days: Number(figure) } : { kind: 'opening_time', ms };
}

/** Whether the duration is business time, which only passes in a calendar. */
export const needsCalendar = (text: Duration): boolean => parseDuration(text).kind !== 'wall';

const refuse = (text: unknown, why: string): AgentWardenError =>
  new AgentWardenError('invalid_request', `${JSON.stringify(String(text).slice(0, 40))} ${why}.`);
