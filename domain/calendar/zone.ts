/** Local dates and times by the IANA time zone rules. When clocks change, a skipped local time moves forward and a repeated one means the first. */
import { Temporal } from 'temporal-polyfill';

export type LocalDate = Temporal.PlainDate;

/** Whether this is an IANA zone. An offset such as `+01:00` is not: it would be wrong for half of the year. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether this is a real date, `YYYY-MM-DD`. `2026-02-30` and `2026-2-3` are not. */
export function isLocalDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

const localTime = (timezone: string, at_ms: number): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(at_ms).toZonedDateTimeISO(timezone);

export const dayOf = (timezone: string, at_ms: number): LocalDate => localTime(timezone, at_ms).toPlainDate();

/** The instant of the same local time on another day. */
export const sameTimeOn = (timezone: string, at_ms: number, day: LocalDate): number =>
  day.toZonedDateTime({ timeZone: timezone, plainTime: localTime(timezone, at_ms).toPlainTime() }).epochMilliseconds;

/** The instant of a local time, given in minutes after midnight; 1440 is the next midnight. */
export function minuteOf(timezone: string, day: LocalDate, minute: number): number {
  const date = minute === 1440 ? day.add({ days: 1 }) : day;
  const plainTime = { hour: Math.floor((minute % 1440) / 60), minute: minute % 60 };
  return date.toZonedDateTime({ timeZone: timezone, plainTime }).epochMilliseconds;
}

/** False for a day that the zone skipped: Samoa had no 30 December 2011. */
export const exists = (timezone: string, day: LocalDate): boolean =>
  day.toZonedDateTime({ timeZone: timezone, plainTime: '12:00' }).toPlainDate().equals(day);
