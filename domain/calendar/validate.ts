/** Checks a calendar when its policy is published. */
import type { Fault } from '../errors';
import { parseHours, parseWeekdays, WEEKDAYS } from './hours';
import { isLocalDate, isTimeZone } from './zone';

/** Limit for holidays, and for special days: about forty years of them. */
const MAX_DAYS = 1_000;
const KEYS = ['timezone', 'hours', 'holidays', 'special'];

type Note = (path: string, message: string) => void;

/** Returns every fault. Without faults, the value is a `CalendarSpec` that opens at least once in a usual week. */
export function validateCalendar(spec: unknown, path = ''): Fault[] {
  const faults: Fault[] = [];
  const note: Note = (at, message) =>
    faults.push({ path: [path, at].filter((part) => part !== '').join('.'), message });
  if (!isRecord(spec)) {
    note('', 'must be a calendar with timezone and hours');
    return faults;
  }
  for (const key of Object.keys(spec))
    if (!KEYS.includes(key)) note(key, `is not known; a calendar has ${KEYS.join(', ')}`);
  if (typeof spec.timezone !== 'string' || !isTimeZone(spec.timezone)) {
    note('timezone', 'must be an IANA time zone such as Europe/London');
  }
  checkWeek(spec.hours, note);
  const holidays = checkHolidays(spec.holidays ?? [], note);
  checkSpecial(spec.special ?? {}, holidays, note);
  return faults;
}

function checkWeek(hours: unknown, note: Note): void {
  if (!isRecord(hours)) return note('hours', 'must give opening hours by weekday, such as mon-fri: "09:00-17:00"');
  if (Object.keys(hours).length === 0)
    return note('hours', 'is empty: business time would never pass; give opening hours');
  const seen = new Set<number>();
  for (const [names, text] of Object.entries(hours)) {
    const weekdays = parseWeekdays(names);
    if (weekdays === null) note(`hours.${names}`, `is not a weekday or a range of ${WEEKDAYS.join(', ')}`);
    else if (weekdays.some((weekday) => seen.has(weekday)))
      note(`hours.${names}`, 'names a weekday that already has hours');
    for (const weekday of weekdays ?? []) seen.add(weekday);
    checkHours(`hours.${names}`, text, note);
  }
}

function checkHours(path: string, text: unknown, note: Note): void {
  const hours = typeof text === 'string' ? parseHours(text) : 'must be text such as "09:00-12:30,13:30-17:00"';
  if (typeof hours === 'string') note(path, hours);
}

function checkHolidays(holidays: unknown, note: Note): Set<unknown> {
  if (!Array.isArray(holidays) || holidays.length > MAX_DAYS) {
    note('holidays', `must be a list of at most ${MAX_DAYS} dates`);
    return new Set();
  }
  const seen = new Set<unknown>();
  holidays.forEach((date: unknown, index) => {
    if (typeof date !== 'string' || !isLocalDate(date))
      note(`holidays.${index}`, 'must be a date, "YYYY-MM-DD" in quotes');
    else if (seen.has(date)) note(`holidays.${index}`, 'is listed twice');
    seen.add(date);
  });
  return seen;
}

function checkSpecial(special: unknown, holidays: Set<unknown>, note: Note): void {
  if (!isRecord(special) || Object.keys(special).length > MAX_DAYS) {
    return note('special', `must give the hours of at most ${MAX_DAYS} dates`);
  }
  for (const [date, text] of Object.entries(special)) {
    if (!isLocalDate(date)) note(`special.${date}`, 'must be a date, YYYY-MM-DD');
    if (holidays.has(date)) note(`special.${date}`, 'is also a holiday; keep one of the two');
    checkHours(`special.${date}`, text, note);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
