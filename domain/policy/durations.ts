/** Reads the durations of a policy document. */
import type { Duration } from '../approval';
import { needsCalendar, parseDuration } from '../calendar';
import { AgentWardenError } from '../errors';
import { shown, type Field } from './field';

const DAY_MS = 86_400_000;
/** Assumed opening hours per day, for estimates. */
const SHORT_DAY_MS = 6 * 3_600_000;

/** The duration as text. Kind `wall` refuses business time. */
export const readDuration = (field: Field, kind: 'any' | 'wall' = 'any'): Duration | undefined => {
  if (!field.present) return undefined;
  const { value } = field;
  if (typeof value !== 'string')
    return field.fault(
      `must be a duration in quotes, not ${shown(value)}: like 90s, 5m, 4h, 7d, or 2bd of business time`,
    );
  try {
    if (!needsCalendar(value) || kind === 'any') return value;
    return field.fault('is business time, but only wall time counts here: write s, m, h or d');
  } catch (error) {
    if (error instanceof AgentWardenError) return field.fault(`is not a duration: ${error.message}`);
    throw error;
  }
};

/**
 * The longest wall time that the duration can take, in milliseconds. Exact for wall time. For business time it is an
 * estimate that includes nights, weekends and one holiday.
 */
export const longest_ms = (duration: Duration): number => {
  const parsed = parseDuration(duration);
  if (parsed.kind === 'wall') return parsed.ms;
  const days = parsed.kind === 'working_days' ? parsed.days : Math.ceil(parsed.ms / SHORT_DAY_MS);
  return (days + 2 * Math.ceil(days / 5) + 1) * DAY_MS;
};
