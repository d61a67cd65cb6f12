import { validateCalendar } from './validate';

const good = {
  timezone: 'Europe/London',
  hours: { 'mon-thu': '09:00-17:30', fri: '09:00-12:30,13:30-17:00' },
  holidays: ['2026-12-25'],
  special: { '2026-12-24': '09:00-13:00' },
};
const faults = (spec: unknown): string[] => validateCalendar(spec).map(({ path, message }) => `${path} ${message}`);

test('the calendar of the documents is valid', () => {
  expect(faults(good)).toEqual([]);
  expect(faults({ timezone: 'UTC', hours: { 'sat-sun': '00:00-24:00' } })).toEqual([]);
});

test('every fault is listed, below the path that was given', () => {
  const bad = {
    timezone: 'Mars/Base',
    hours: { mon: '9-5' },
    holidays: ['2026-02-30'],
    special: { '2026-1-1': '' },
    days: 5,
  };
  expect(validateCalendar(bad, 'calendars.mars')).toEqual([
    { path: 'calendars.mars.days', message: 'is not known; a calendar has timezone, hours, holidays, special' },
    { path: 'calendars.mars.timezone', message: 'must be an IANA time zone such as Europe/London' },
    { path: 'calendars.mars.hours.mon', message: 'has "9-5", which is not HH:MM-HH:MM' },
    { path: 'calendars.mars.holidays.0', message: 'must be a date, "YYYY-MM-DD" in quotes' },
    { path: 'calendars.mars.special.2026-1-1', message: 'must be a date, YYYY-MM-DD' },
    { path: 'calendars.mars.special.2026-1-1', message: 'has "", which is not HH:MM-HH:MM' },
  ]);
});

test.each([null, undefined, 'always', 5, [], [good]])('%j is not a calendar', (spec) => {
  expect(faults(spec)).toEqual([' must be a calendar with timezone and hours']);
});

test.each(['', 'Nowhere', '+01:00', '-05:00', '01:00', 5, null])('the time zone %j is refused', (timezone) => {
  expect(faults({ ...good, timezone })).toEqual(['timezone must be an IANA time zone such as Europe/London']);
});

test.each([
  [undefined, 'hours must give opening hours by weekday, such as mon-fri: "09:00-17:00"'],
  [[], 'hours must give opening hours by weekday, such as mon-fri: "09:00-17:00"'],
  [{}, 'hours is empty: business time would never pass; give opening hours'],
  [{ mon: 900 }, 'hours.mon must be text such as "09:00-12:30,13:30-17:00"'],
  [{ monday: '09:00-10:00' }, 'hours.monday is not a weekday or a range of mon, tue, wed, thu, fri, sat, sun'],
  [{ 'mon-fri': '09:00-10:00', wed: '11:00-12:00' }, 'hours.wed names a weekday that already has hours'],
])('the hours %j are refused', (hours, fault) => {
  expect(faults({ ...good, hours })).toEqual([fault]);
});

test('a calendar that opens only on special days is refused, because it stops opening one day', () => {
  expect(faults({ ...good, hours: {} })).toHaveLength(1);
});

test.each([
  ['2026-12-25', 'holidays must be a list of at most 1000 dates'],
  [Array(1001).fill('2026-12-25'), 'holidays must be a list of at most 1000 dates'],
  [['25.12.2026'], 'holidays.0 must be a date, "YYYY-MM-DD" in quotes'],
  [[20261225], 'holidays.0 must be a date, "YYYY-MM-DD" in quotes'],
  [['2026-12-26', '2026-12-26'], 'holidays.1 is listed twice'],
])('the holidays are refused: %#', (holidays, fault) => {
  expect(faults({ ...good, holidays })).toEqual([fault]);
});

test.each([
  [['2026-12-24'], 'special must give the hours of at most 1000 dates'],
  [{ '2026-12-32': '09:00-10:00' }, 'special.2026-12-32 must be a date, YYYY-MM-DD'],
  [{ '2026-12-24': 'closed' }, 'special.2026-12-24 has "closed", which is not HH:MM-HH:MM'],
  [{ '2026-12-25': '09:00-10:00' }, 'special.2026-12-25 is also a holiday; keep one of the two'],
])('the special days are refused: %#', (special, fault) => {
  expect(faults({ ...good, special })).toEqual([fault]);
});
