import fc from 'fast-check';
import { calendarDate, clock, fromNow, fullMoment, moment, span, zoneName } from './times';

const NOW_MS = Date.UTC(2026, 9, 23, 13, 20); // Fri 23 Oct 2026 14:20 London
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('times as a reviewer says them', () => {
  it('says weekday and clock of the reviewer when it is near', () => {
    expect(moment(NOW_MS + 190 * MINUTE_MS, NOW_MS, 'Europe/London')).toBe('Fri 17:30 London');
    expect(moment(NOW_MS + 190 * MINUTE_MS, NOW_MS, 'America/New_York')).toBe('Fri 12:30 New York');
  });

  it('adds the date when it is far, and the year when that is another', () => {
    expect(moment(NOW_MS + 10 * 24 * HOUR_MS, NOW_MS, 'Europe/London')).toBe('Mon 2 Nov 13:20 London');
    expect(moment(Date.UTC(2027, 0, 4, 9), NOW_MS, 'Europe/London')).toBe('Mon 4 Jan 2027 09:00 London');
  });

  it('knows the hour that summer time gives back', () => {
    expect(clock(Date.UTC(2026, 9, 25, 0, 30), 'Europe/London')).toBe('01:30');
    expect(clock(Date.UTC(2026, 9, 25, 1, 30), 'Europe/London')).toBe('01:30');
    expect(clock(Date.UTC(2026, 9, 25, 2, 30), 'Europe/London')).toBe('02:30');
  });

  it('shows midnight as 00:00', () => {
    expect(clock(Date.UTC(2026, 9, 23, 0, 0), 'UTC')).toBe('00:00');
  });

  it('reads an unknown zone as UTC and says so', () => {
    expect(moment(NOW_MS, NOW_MS, 'Mars/Olympus')).toBe('Fri 13:20 UTC');
    expect([zoneName('Etc/UTC'), zoneName('America/Argentina/Buenos_Aires')]).toEqual(['UTC', 'Buenos Aires']);
  });

  it('spells values out in full', () => {
    expect(fullMoment(NOW_MS, 'Europe/London')).toBe('Fri 23 Oct 2026 14:20 London');
    expect(calendarDate(2021, 3, 4)).toBe('Thu 4 Mar 2021');
  });

  it.each([
    [20_000, 'less than a minute'],
    [12 * MINUTE_MS, '12 min'],
    [HOUR_MS, '1 h'],
    [190 * MINUTE_MS, '3 h 10 min'],
    [47 * HOUR_MS, '47 h'],
    [5 * 24 * HOUR_MS + 20 * MINUTE_MS, '5 days'],
    [3 * 24 * HOUR_MS - MINUTE_MS, '2 days 23 h'],
    [9 * 24 * HOUR_MS + 5 * HOUR_MS, '9 days'],
  ])('says %d ms as %s', (length_ms, words) => expect(span(length_ms)).toBe(words));

  it('says what is past as ago', () => {
    expect(fromNow(NOW_MS - 30_000, NOW_MS)).toBe('just now');
    expect(fromNow(NOW_MS - 12 * MINUTE_MS, NOW_MS)).toBe('12 min ago');
    expect(fromNow(NOW_MS + 12 * MINUTE_MS, NOW_MS)).toBe('in 12 min');
  });

  it('never promises more time than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90 * 24 * HOUR_MS }), (length_ms) => {
        const [, days, hours, minutes] = /^(?:(?:(\d+) days)? ?(?:(\d+) h)? ?(?:(\d+) min)?|less than a minute)$/.exec(
          span(length_ms),
        )!;
        const promised =
          Number(days ?? 0) * 24 * HOUR_MS + Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS;
        expect(promised).toBeLessThanOrEqual(length_ms);
      }),
    );
  });
});
