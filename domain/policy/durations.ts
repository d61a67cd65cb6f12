import type { Duration } from '../approval';
import { needsCalendar, parseDuration } from '../calendar';
import { AgentWardenError } from '../errors';
import { shown, type Place } from './place';

const DAY_MS = 86_400_000;
/** A working day of opening time, for estimates. */
const SHORT_DAY_MS = 6 * 3_600_000;

/** A duration as text; `wall` refuses business time. */
export const readDuration = (place: Place, kind: 'any' | 'wall' = 'any'): Duration | undefined => {
  if (!place.present) return undefined;
  const { value } = place;
  if (typeof value !== 'string')
    return place.fault(
      `must be a duration in quotes, not ${shown(value)}: like 90s, 5m, 4h, 7d, or 2bd of business time`,
    );
  try {
    if (!needsCalendar(value) || kind === 'any') return value;
    return place.fault('is business time, but only wall time counts here: write s, m, h or d');
  } catch (error) {
    if (error instanceof AgentWardenError) return place.fault(`is not a duration: ${error.message}`);
    throw error;
  }
};

/**
 * How long it can be at most on the wall's clock, in milliseconds: exact for wall time; for business time a guess that
 * allows for nights, weekends and one holiday.
 */
export const longest_ms = (duration: Duration): number => {
  const parsed = parseDuration(duration);
  if (parsed.kind === 'wall') return parsed.ms;
  const days = parsed.kind === 'working_days' ? parsed.days : Math.ceil(parsed.ms / SHORT_DAY_MS);
  return (days + 2 * Math.ceil(days / 5) + 1) * DAY_MS;
};
