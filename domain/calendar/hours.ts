/** The opening hours of a calendar: weekly hours, special days and holidays. */
import type { CalendarSpec } from '../approval';
import { exists, minuteOf, type LocalDate } from './zone';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** One span of opening hours, in minutes after local midnight. `to` is the first closed minute; 1440 is the next midnight. */
export interface Hours {
  from: number;
  to: number;
}

const TIME = '([01][0-9]|2[0-3]):([0-5][0-9])';
const SPAN = new RegExp(`^${TIME}-(?:${TIME}|(24):(00))$`);

/** Returns the error as text if the hours cannot be read. The text continues a sentence that begins with the field's name. */
export function parseHours(text: string): Hours[] | string {
  const all: Hours[] = [];
  for (const span of text.split(',')) {
    const parts = SPAN.exec(span.trim());
    if (parts === null) return `has ${JSON.stringify(span.trim().slice(0, 20))}, which is not HH:MM-HH:MM`;
    const [from_h, from_m, to_h, to_m] = parts.slice(1).filter((part) => part !== undefined);
    const hours = { from: Number(from_h) * 60 + Number(from_m), to: Number(to_h) * 60 + Number(to_m) };
    if (hours.to <= hours.from) return `has ${span.trim()}, which closes before it opens; split it at midnight`;
    if (hours.from < (all.at(-1)?.to ?? 0)) return `has ${span.trim()}, which begins before the span before it ends`;
    all.push(hours);
  }
  return all;
}

/** The weekdays that `mon` or `mon-thu` names, with 0 for Monday. A range may pass the weekend (`sat-mon`). Null if it names none. */
export function parseWeekdays(text: string): number[] | null {
  const [first, last = first, ...more] = text.split('-').map((name) => (WEEKDAYS as readonly string[]).indexOf(name));
  if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0) return null;
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (first + index) % 7);
}

/** One span of opening hours on a certain day. `to_ms` is the first closed instant. */
export interface OpenSpan {
  from_ms: number;
  to_ms: number;
}

/** Reads a valid calendar once, and returns a function that gives the opening hours of a day, in order. */
export function openingHours(spec: CalendarSpec): (day: LocalDate) => OpenSpan[] {
  const week: Hours[][] = WEEKDAYS.map(() => []);
  for (const [names, text] of Object.entries(spec.hours)) {
    for (const weekday of parseWeekdays(names) ?? []) week[weekday] = hoursOf(text);
  }
  const special = new Map(Object.entries(spec.special ?? {}));
  const holidays = new Set(spec.holidays);
  return (day) => {
    const usual = week[day.dayOfWeek - 1] ?? [];
    if (usual.length === 0 && special.size === 0) return []; // saves most of the time of a search over years
    const date = day.toString();
    const exception = special.get(date);
    if (exception !== undefined) return spansOn(spec.timezone, day, hoursOf(exception));
    return holidays.has(date) ? [] : spansOn(spec.timezone, day, usual);
  };
}

/** Hours that cannot be read count as closed. `validateCalendar` refuses them when a policy is published. */
function hoursOf(text: string): Hours[] {
  const hours = parseHours(text);
  return typeof hours === 'string' ? [] : hours;
}

/** A span that falls completely into a skipped hour (summer time begins) is left out. */
function spansOn(timezone: string, day: LocalDate, hours: Hours[]): OpenSpan[] {
  if (hours.length === 0 || !exists(timezone, day)) return [];
  return hours
    .map(({ from, to }) => ({ from_ms: minuteOf(timezone, day, from), to_ms: minuteOf(timezone, day, to) }))
    .filter(({ from_ms, to_ms }) => from_ms < to_ms);
}
