/** When a calendar is open: its weekly hours, its special days, its holidays. */
import type { CalendarSpec } from '../approval';
import { exists, minuteOf, type LocalDate } from './zone';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Minutes after local midnight, from the first open minute to the first closed one; 1440 is midnight at the end. */
export interface Hours {
  from: number;
  to: number;
}

const TIME = '([01][0-9]|2[0-3]):([0-5][0-9])';
const SPAN = new RegExp(`^${TIME}-(?:${TIME}|(24):(00))$`);

/** A string says what is wrong, for a sentence that begins with the place. */
export function parseHours(text: string): Hours[] | string {
  const all: Hours[] = [];
  for (const span of text.split(',')) {
    const parts = SPAN.exec(span.trim());
    if (parts === null) return `has ${JSON.stringify(span.trim().slice(0, 20))}, which is not HH:MM-HH:MM`;
    const [from_h, from_m, to_h, to_m] = parts.slice(1).filter((part) => part !== undefined);
    const hours = { from: Number(from_h) * 60 + Number(from_m), to: Number(to_h) * 60 + Number(to_m) };
    if (hours.to <= hours.from) return `has ${span.trim()}, which closes before it opens; split it at midnight`;
    if (hours.from < (all.at(-1)?.to ?? 0))
      return `has ${span.trim()}, which begins before the span in front of it ends`;
    all.push(hours);
  }
  return all;
}

/** The days, 0 for Monday, that `mon` or `mon-thu` names; a range may run over the weekend (`sat-mon`). */
export function parseWeekdays(text: string): number[] | null {
  const [first, last = first, ...more] = text.split('-').map((name) => (WEEKDAYS as readonly string[]).indexOf(name));
  if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0) return null;
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (first + index) % 7);
}

/** One stretch of opening time; `to_ms` is closed already. */
export interface OpenSpan {
  from_ms: number;
  to_ms: number;
}

/** Reads a valid calendar once; the result tells the opening hours of a day, in order. */
export function openingHours(spec: CalendarSpec): (day: LocalDate) => OpenSpan[] {
  const week: Hours[][] = WEEKDAYS.map(() => []);
  for (const [names, text] of Object.entries(spec.hours)) {
    for (const weekday of parseWeekdays(names) ?? []) week[weekday] = hoursOf(text);
  }
  const special = new Map(Object.entries(spec.special ?? {}));
  const holidays = new Set(spec.holidays);
  return (day) => {
    const usual = week[day.dayOfWeek - 1] ?? [];
    if (usual.length === 0 && special.size === 0) return []; // a search over years meets many of these
    const date = day.toString();
    const exception = special.get(date);
    if (exception !== undefined) return spansOn(spec.timezone, day, hoursOf(exception));
    return holidays.has(date) ? [] : spansOn(spec.timezone, day, usual);
  };
}

/** Nothing is open by mistake: what does not parse is closed. `validateCalendar` refuses it when the policy is published. */
function hoursOf(text: string): Hours[] {
  const hours = parseHours(text);
  return typeof hours === 'string' ? [] : hours;
}

/** Hours that a change of clocks swallows whole are not there. */
function spansOn(timezone: string, day: LocalDate, hours: Hours[]): OpenSpan[] {
  if (hours.length === 0 || !exists(timezone, day)) return [];
  return hours
    .map(({ from, to }) => ({ from_ms: minuteOf(timezone, day, from), to_ms: minuteOf(timezone, day, to) }))
    .filter(({ from_ms, to_ms }) => from_ms < to_ms);
}
