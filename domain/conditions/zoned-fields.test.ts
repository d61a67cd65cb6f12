import { zonedFields, type ZonedField } from './zoned-fields';

const read = (iso: string, zone: string): Record<ZonedField, number> => {
  const ms = Date.parse(iso);
  const fields = Object.entries(zonedFields).map(([name, field]) => [name, field(ms, zone)]);
  return Object.fromEntries(fields) as Record<ZonedField, number>;
};

test('counts like CEL: months, days of month and days of year from 0, and Sunday is 0', () => {
  expect(read('2026-03-01T23:59:58.765Z', 'UTC')).toEqual({
    getFullYear: 2026,
    getMonth: 2,
    getDate: 1,
    getDayOfMonth: 0,
    getDayOfWeek: 0,
    getDayOfYear: 59,
    getHours: 23,
    getMinutes: 59,
    getSeconds: 58,
    getMilliseconds: 765,
  });
});

test('uses the given zone, not the server’s', () => {
  expect(read('2026-12-31T23:30:00Z', 'Europe/Berlin')).toMatchObject({
    getFullYear: 2027,
    getMonth: 0,
    getHours: 0,
    getMinutes: 30,
  });
  expect(read('2027-01-01T02:00:00Z', 'America/New_York')).toMatchObject({
    getFullYear: 2026,
    getDate: 31,
    getHours: 21,
  });
  expect(read('2026-06-01T00:00:00Z', 'Asia/Kathmandu')).toMatchObject({ getHours: 5, getMinutes: 45 });
});

test('takes a fixed offset', () => {
  expect(read('2026-06-01T00:00:00Z', '-03:30')).toMatchObject({ getDate: 31, getHours: 20, getMinutes: 30 });
});

test('the hour that summer time skips and the one that winter time repeats', () => {
  expect(read('2026-03-29T00:59:00Z', 'Europe/London').getHours).toBe(0);
  expect(read('2026-03-29T01:00:00Z', 'Europe/London').getHours).toBe(2);
  expect(read('2026-10-25T00:30:00Z', 'Europe/London').getHours).toBe(1);
  expect(read('2026-10-25T01:30:00Z', 'Europe/London').getHours).toBe(1);
});

test('an hour that the server’s own zone skips is read as it is', () => {
  expect(read('2026-03-29T01:30:00Z', 'UTC').getHours).toBe(1);
  expect(read('2026-03-08T02:30:00Z', 'UTC').getHours).toBe(2);
});

test('an unknown zone is an error', () => {
  expect(() => read('2026-06-01T00:00:00Z', 'Mars/Base')).toThrow(RangeError);
});
