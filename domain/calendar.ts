/** Business time: whether a calendar is open, and at which instant a duration has passed. */
import type { CalendarSpec, Duration, LevelInstants, LevelSpec } from './approval';
import { MAX_DURATION_MS, parseDuration } from './calendar/duration';
import { openingHours, type OpenSpan } from './calendar/hours';
import { dayOf, sameTimeOn, type LocalDate } from './calendar/zone';
import { AgentWardenError } from './errors';

export { needsCalendar, parseDuration } from './calendar/duration';
export { validateCalendar } from './calendar/validate';

/** The date in the zone, as `YYYY-MM-DD`. Throws `RangeError` for an unknown zone. */
export const localDate = (timezone: string, at_ms: number): string => dayOf(timezone, at_ms).toString();

export const isOpen = (calendar: CalendarSpec, at_ms: number): boolean =>
  openingHours(calendar)(dayOf(calendar.timezone, at_ms)).some(
    ({ from_ms, to_ms }) => from_ms <= at_ms && at_ms < to_ms,
  );

/**
 * The instant at which the duration has passed since `from_ms`. Business time passes only while the calendar is open.
 * Throws `policy_invalid` if business time has no calendar, or if the calendar does not open for long enough.
 */
export function addDuration(from_ms: number, duration: Duration, calendar?: CalendarSpec): number {
  const parsed = parseDuration(duration);
  if (parsed.kind === 'wall') return from_ms + parsed.ms;
  if (calendar === undefined) {
    throw new AgentWardenError(
      'policy_invalid',
      `${duration} is business time and needs a calendar. Name one in the flow.`,
    );
  }
  const end_ms =
    parsed.kind === 'opening_time'
      ? afterOpeningTime(calendar, from_ms, parsed.ms)
      : afterWorkingDays(calendar, from_ms, parsed.days);
  if (end_ms === null) {
    throw new AgentWardenError(
      'policy_invalid',
      `The calendar does not open for ${duration} within ten years. Check its hours and holidays.`,
    );
  }
  return end_ms;
}

type Timed = Pick<LevelSpec, 'timing'>;
type Calendars = Record<string, CalendarSpec>;

const calendarOf = ({ timing }: Timed, calendars: Calendars): CalendarSpec | undefined =>
  timing.calendar === undefined ? undefined : calendars[timing.calendar];

/** The end of a level that opens at `opened_at_ms`; null if the level has no time limit of its own. */
export const levelEnd_ms = (level: Timed, calendars: Calendars, opened_at_ms: number): number | null =>
  level.timing.expire_in === undefined
    ? null
    : addOrNever(opened_at_ms, level.timing.expire_in, calendarOf(level, calendars));

/** Every instant that a level needs if it opens at `opened_at_ms`. */
export function levelInstants(level: Timed, calendars: Calendars, opened_at_ms: number): LevelInstants {
  const { timing } = level;
  const calendar = calendarOf(level, calendars);
  const add = (from_ms: number, duration: Duration): number => addOrNever(from_ms, duration, calendar);
  const expires_at_ms = levelEnd_ms(level, calendars, opened_at_ms);

  const reminders_ms: number[] = [];
  for (let count = 0; count < (timing.remind?.max ?? 0); count += 1) {
    reminders_ms.push(add(reminders_ms.at(-1) ?? opened_at_ms, timing.remind!.every));
  }

  let end_ms = expires_at_ms;
  const escalations = timing.escalate.map(({ after, extend }) => {
    // A level without an end cannot be extended: only the request's ttl limits it.
    if (end_ms !== null && extend !== undefined) end_ms = add(end_ms, extend);
    return { at_ms: after === undefined ? null : add(opened_at_ms, after), expires_at_ms: end_ms };
  });
  return { expires_at_ms, reminders_ms, escalations };
}

/**
 * Like `addDuration`, but returns an instant after every ttl if the calendar has run out of open days. A pending approval
 * keeps its frozen calendar, so an error here would make its workflow task fail for ever. With this it ends at its ttl.
 */
function addOrNever(from_ms: number, duration: Duration, calendar: CalendarSpec | undefined): number {
  try {
    return addDuration(from_ms, duration, calendar);
  } catch (error) {
    if (error instanceof AgentWardenError && error.code === 'policy_invalid') return from_ms + MAX_DURATION_MS;
    throw error;
  }
}

interface WorkingDay {
  day: LocalDate;
  /** The opening hours; never empty. */
  spans: OpenSpan[];
}

/** The days on which the calendar opens, from the day of `from_ms`, for ten years at most. */
function* workingDays(calendar: CalendarSpec, from_ms: number): Generator<WorkingDay> {
  const spansOf = openingHours(calendar);
  const first = dayOf(calendar.timezone, from_ms);
  for (let count = 0; count <= MAX_DURATION_MS / 86_400_000; count += 1) {
    const day = first.add({ days: count });
    const spans = spansOf(day);
    if (spans.length > 0) yield { day, spans };
  }
}

function afterOpeningTime(calendar: CalendarSpec, from_ms: number, duration_ms: number): number | null {
  let left_ms = duration_ms;
  for (const { spans } of workingDays(calendar, from_ms)) {
    for (const span of spans) {
      const start_ms = Math.max(from_ms, span.from_ms);
      const open_ms = Math.max(0, span.to_ms - start_ms);
      if (open_ms >= left_ms) return start_ms + left_ms;
      left_ms -= open_ms;
    }
  }
  return null;
}

function afterWorkingDays(calendar: CalendarSpec, from_ms: number, days: number): number | null {
  let start_ms: number | null = null;
  let left = days;
  for (const { day, spans } of workingDays(calendar, from_ms)) {
    if (start_ms === null) {
      start_ms = nextOpen(spans, from_ms);
      continue;
    }
    left -= 1;
    if (left > 0) continue;
    const wanted_ms = sameTimeOn(calendar.timezone, start_ms, day);
    return nextOpen(spans, wanted_ms) ?? spans.at(-1)!.to_ms;
  }
  return null;
}

/** The instant itself if the calendar is open then, else the next opening of that day. Null after the last closing. */
function nextOpen(spans: OpenSpan[], at_ms: number): number | null {
  const span = spans.find(({ to_ms }) => at_ms < to_ms);
  return span === undefined ? null : Math.max(at_ms, span.from_ms);
}
