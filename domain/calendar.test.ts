import fc from 'fast-check';
import type { CalendarSpec, TimingSpec } from './approval';
import { addDuration, isOpen, levelInstants, localDate, validateCalendar } from './calendar';
import { MAX_DURATION_MS } from './calendar/duration';

const london: CalendarSpec = {
  timezone: 'Europe/London',
  hours: { 'mon-thu': '09:00-17:30', fri: '09:00-12:30,13:30-17:00' },
  holidays: ['2026-12-25', '2026-12-28'],
  special: { '2026-12-24': '09:00-13:00', '2026-12-19': '10:00-12:00' },
};
const office: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-fri': '09:00-17:30' } };
const always: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-sun': '00:00-24:00' } };
const nights: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-sun': '00:30-03:00' } };

/** Converts between UTC text and instants. */
const at = (utc: string): number => Date.parse(`${utc}Z`);
const utc = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
const after = (start: string, duration: string, calendar?: CalendarSpec): string =>
  utc(addDuration(at(start), duration, calendar));

describe('wall time', () => {
  test.each([
    ['90s', '2026-06-05T12:01'],
    ['5m', '2026-06-05T12:05'],
    ['4h', '2026-06-05T16:00'],
    ['7d', '2026-06-12T12:00'],
  ])('%s runs through nights and weekends', (duration, end) => {
    expect(after('2026-06-05T12:00', duration, london)).toBe(end);
    expect(after('2026-06-05T12:00', duration)).toBe(end);
  });

  test('a day is 24 hours, also when the clocks change', () => {
    expect(after('2026-03-28T12:00', '1d', london)).toBe('2026-03-29T12:00');
  });
});

describe('opening time', () => {
  test('Friday 17:29: one minute is left, the rest counts on Monday', () => {
    expect(after('2026-01-09T17:29', '1bm', office)).toBe('2026-01-09T17:30');
    expect(after('2026-01-09T17:29', '2bm', office)).toBe('2026-01-12T09:01');
    expect(after('2026-01-09T17:29', '1bh', office)).toBe('2026-01-12T09:59');
  });

  test('the lunch break does not count', () => {
    expect(after('2026-01-09T12:00', '1bh', london)).toBe('2026-01-09T14:00');
  });

  test('the closing minute is closed, and a sum may end on it', () => {
    expect(after('2026-01-12T09:00', '510bm', office)).toBe('2026-01-12T17:30');
    expect(after('2026-01-12T17:30', '1bm', office)).toBe('2026-01-13T09:01');
    expect(isOpen(office, at('2026-01-12T17:29:59.999'))).toBe(true);
    expect(isOpen(office, at('2026-01-12T17:30'))).toBe(false);
  });

  test('a start outside hours moves to the next opening', () => {
    for (const start of [
      '2026-01-09T17:30',
      '2026-01-10T03:00',
      '2026-01-11T23:59',
      '2026-01-12T08:59',
      '2026-01-12T09:00',
    ])
      expect(after(start, '1bh', office)).toBe('2026-01-12T10:00');
  });

  test('a holiday does not count', () => {
    // 24 December closes at 13:00. The 25th and the 28th are holidays, with a weekend between them.
    expect(after('2026-12-24T12:30', '1bh', london)).toBe('2026-12-29T09:30');
  });

  test('a special day opens a Saturday and shortens a Thursday', () => {
    expect(isOpen(london, at('2026-12-19T11:00'))).toBe(true);
    expect(isOpen(london, at('2026-12-12T11:00'))).toBe(false);
    expect(isOpen(london, at('2026-12-24T14:00'))).toBe(false);
    expect(isOpen(london, at('2026-12-17T14:00'))).toBe(true);
    expect(after('2026-12-18T16:00', '2bh', london)).toBe('2026-12-19T11:00');
  });

  test('the spring change of clocks: an hour that was skipped does not count', () => {
    // On 29 March 2026 London goes from 01:00 to 02:00. Open 00:30 to 03:00: 90 minutes that day.
    expect(after('2026-03-29T00:00', '90bm', nights)).toBe('2026-03-29T02:00');
    expect(after('2026-03-29T00:00', '91bm', nights)).toBe('2026-03-29T23:31');
  });

  test('the autumn change of clocks: an hour that is repeated counts twice', () => {
    // On 25 October 2026 London goes from 02:00 back to 01:00. Open 00:30 to 03:00: 210 minutes that day.
    expect(after('2026-10-24T23:00', '210bm', nights)).toBe('2026-10-25T03:00');
    expect(after('2026-10-24T23:00', '211bm', nights)).toBe('2026-10-26T00:31');
    for (const instant of ['2026-10-25T00:30', '2026-10-25T01:30']) expect(isOpen(nights, at(instant))).toBe(true);
  });

  test('hours that begin at a skipped time begin later, hours that end at a repeated time end at the first', () => {
    const early: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-sun': '01:30-05:00' } };
    expect(isOpen(early, at('2026-03-29T01:29'))).toBe(false);
    expect(isOpen(early, at('2026-03-29T01:30'))).toBe(true);
    const short: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-sun': '00:00-01:30' } };
    expect(isOpen(short, at('2026-10-25T00:29'))).toBe(true);
    expect(isOpen(short, at('2026-10-25T00:30'))).toBe(false);
    expect(isOpen(short, at('2026-10-25T01:15'))).toBe(false);
  });

  test('hours inside a skipped hour are left out', () => {
    const gone: CalendarSpec = { timezone: 'Europe/London', hours: { 'mon-sun': '01:00-02:00' } };
    expect(isOpen(gone, at('2026-03-29T01:00'))).toBe(false);
    expect(after('2026-03-28T01:30', '1bh', gone)).toBe('2026-03-30T00:30');
  });

  test('a day that a zone left out is not counted', () => {
    const samoa: CalendarSpec = { timezone: 'Pacific/Apia', hours: { 'mon-sun': '09:00-24:00' } };
    // Samoa had no 30 December 2011: at midnight after the 29th (10:00 UTC) the 31st began.
    expect(after('2011-12-30T09:00', '2bh', samoa)).toBe('2011-12-30T20:00');
    expect(after('2011-12-30T09:00', '1bd', samoa)).toBe('2011-12-31T09:00');
  });
});

describe('working days', () => {
  test('1bd is the same local time one working day later', () => {
    expect(after('2026-01-12T11:15', '1bd', office)).toBe('2026-01-13T11:15');
    expect(after('2026-01-12T11:15', '2bd', office)).toBe('2026-01-14T11:15');
    expect(after('2026-01-12T11:15', '5bd', office)).toBe('2026-01-19T11:15');
  });

  test('1bd is not 24bh', () => {
    expect(after('2026-01-12T09:00', '1bd', office)).toBe('2026-01-13T09:00');
    expect(after('2026-01-12T09:00', '24bh', office)).toBe('2026-01-14T16:00');
  });

  test('Friday 17:29 plus 1bd is Monday 17:29', () => {
    expect(after('2026-01-09T17:29', '1bd', office)).toBe('2026-01-12T17:29');
  });

  test('Friday 17:29, where Friday closes at 17:00, starts on Monday and ends on Tuesday', () => {
    expect(after('2026-01-09T17:29', '1bd', london)).toBe('2026-01-13T09:00');
  });

  test('the closing minute starts on the next working day', () => {
    expect(after('2026-01-12T17:29', '1bd', office)).toBe('2026-01-13T17:29');
    expect(after('2026-01-12T17:30', '1bd', office)).toBe('2026-01-14T09:00');
  });

  test('a time after closing is clamped to the closing, one in the break or before hours to the opening', () => {
    expect(after('2026-01-08T17:15', '1bd', london)).toBe('2026-01-09T17:00');
    expect(after('2026-01-08T13:00', '1bd', london)).toBe('2026-01-09T13:30');
    expect(after('2026-12-18T09:10', '1bd', london)).toBe('2026-12-19T10:00');
  });

  test('a holiday is not a working day', () => {
    expect(after('2026-12-24T10:00', '1bd', london)).toBe('2026-12-29T10:00');
    expect(after('2026-12-23T16:00', '1bd', london)).toBe('2026-12-24T13:00');
  });

  test('both changes of clocks keep the local time: 23 and 25 hours', () => {
    expect(after('2026-03-28T12:00', '1bd', always)).toBe('2026-03-29T11:00');
    expect(after('2026-10-24T11:00', '1bd', always)).toBe('2026-10-25T12:00');
    expect(after('2026-03-28T12:00', '24bh', always)).toBe('2026-03-29T12:00');
    expect(after('2026-10-24T11:00', '24bh', always)).toBe('2026-10-25T11:00');
  });

  test('a skipped local time moves forward, a repeated one uses the first', () => {
    expect(after('2026-03-28T01:30', '1bd', always)).toBe('2026-03-29T01:30');
    expect(after('2026-10-24T00:30', '1bd', always)).toBe('2026-10-25T00:30');
  });

  test('each zone has its own working day', () => {
    const tokyo: CalendarSpec = { timezone: 'Asia/Tokyo', hours: { 'mon-fri': '09:00-18:00' } };
    const newYork: CalendarSpec = { timezone: 'America/New_York', hours: { 'mon-fri': '09:00-17:00' } };
    expect(after('2026-01-11T23:59', '1bd', tokyo)).toBe('2026-01-13T00:00');
    expect(after('2026-03-06T15:00', '1bd', newYork)).toBe('2026-03-09T14:00');
    expect(localDate('Asia/Tokyo', at('2026-01-11T15:00'))).toBe('2026-01-12');
    expect(localDate('America/New_York', at('2026-01-12T04:59'))).toBe('2026-01-11');
  });
});

describe('limits', () => {
  const closing: CalendarSpec = { ...london, hours: {}, special: { '2026-01-12': '09:00-10:00' } };

  test('business time without a calendar is refused', () => {
    expect(() => addDuration(0, '2bd')).toThrow(
      expect.objectContaining({
        code: 'policy_invalid',
        message: expect.stringContaining('needs a calendar') as string,
      }),
    );
  });

  test('a calendar that runs out of open days is refused in bounded time', () => {
    expect(validateCalendar(closing)).not.toEqual([]);
    expect(after('2026-01-12T08:00', '1bh', closing)).toBe('2026-01-12T10:00');
    for (const duration of ['2bh', '1bd'])
      expect(() => addDuration(at('2026-01-12T08:00'), duration, closing)).toThrow(
        `The calendar does not open for ${duration} within ten years. Check its hours and holidays.`,
      );
  });

  test('an unknown zone is an error', () => {
    expect(() => localDate('Europe/Nowhere', 0)).toThrow(RangeError);
    expect(() => isOpen({ ...london, timezone: 'Europe/Nowhere' }, 0)).toThrow(RangeError);
  });

  test('a business duration ends in the future, while open or at closing, and not before a shorter one', () => {
    const instants = fc.integer({ min: at('2025-01-01T00:00'), max: at('2028-01-01T00:00') });
    const units = fc.constantFrom('bm', 'bh', 'bd');
    fc.assert(
      fc.property(
        instants,
        fc.integer({ min: 1, max: 60 }),
        units,
        fc.constantFrom(london, nights),
        (start, count, unit, calendar) => {
          const end = addDuration(start, `${count}${unit}`, calendar);
          expect(end).toBeGreaterThan(start);
          expect(isOpen(calendar, end) || isOpen(calendar, end - 1)).toBe(true);
          expect(addDuration(start, `${count + 1}${unit}`, calendar)).toBeGreaterThan(end);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('opening time in two parts is opening time in one', () => {
    const instants = fc.integer({ min: at('2026-01-01T00:00'), max: at('2027-01-01T00:00') });
    const minutes = fc.integer({ min: 1, max: 3_000 });
    fc.assert(
      fc.property(instants, minutes, minutes, (start, one, two) => {
        const parts = addDuration(addDuration(start, `${one}bm`, london), `${two}bm`, london);
        expect(parts).toBe(addDuration(start, `${one + two}bm`, london));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the instants of a level', () => {
  const opened = at('2026-01-12T11:00');
  const instantsOf = (timing: Partial<TimingSpec>, calendars: Record<string, CalendarSpec> = { london }) => {
    const { expires_at_ms, reminders_ms, escalations } = levelInstants(
      { timing: { on_expire: 'expire', escalate: [], calendar: 'london', ...timing } },
      calendars,
      opened,
    );
    const shown = (ms: number | null) => ms && utc(ms);
    return {
      expires: shown(expires_at_ms),
      reminders: reminders_ms.map(shown),
      escalations: escalations.map(({ at_ms, expires_at_ms: end }) => [shown(at_ms), shown(end)]),
    };
  };

  test('a level without clocks has none', () => {
    expect(instantsOf({})).toEqual({ expires: null, reminders: [], escalations: [] });
  });

  test('reminders come in equal steps, up to the maximum', () => {
    expect(instantsOf({ remind: { every: '4bh', max: 3 } }).reminders).toEqual([
      '2026-01-12T15:00',
      '2026-01-13T10:30',
      '2026-01-13T14:30',
    ]);
    expect(instantsOf({ remind: { every: '12h', max: 2 } }).reminders).toEqual([
      '2026-01-12T23:00',
      '2026-01-13T11:00',
    ]);
  });

  test('after counts from the opening, extend from the end before it', () => {
    expect(
      instantsOf({
        expire_in: '2bd',
        escalate: [
          { after: '4bh', add: ['role:a'] },
          { after: '1bd', replace: ['role:b'], extend: '1bd' },
          { extend: '2h' },
        ],
      }),
    ).toEqual({
      expires: '2026-01-14T11:00',
      reminders: [],
      escalations: [
        ['2026-01-12T15:00', '2026-01-14T11:00'],
        ['2026-01-13T11:00', '2026-01-15T11:00'],
        [null, '2026-01-15T13:00'],
      ],
    });
  });

  test('a level without an end cannot be extended', () => {
    expect(instantsOf({ escalate: [{ after: '1h', add: ['role:a'], extend: '1bd' }] }).escalations).toEqual([
      ['2026-01-12T12:00', null],
    ]);
  });

  test('the calendar is the named one, and wall time needs none', () => {
    const tokyo: CalendarSpec = { timezone: 'Asia/Tokyo', hours: { 'mon-fri': '09:00-18:00' } };
    expect(instantsOf({ expire_in: '1bh', calendar: 'tokyo' }, { london, tokyo }).expires).toBe('2026-01-13T01:00');
    expect(instantsOf({ expire_in: '3h', calendar: undefined }, {}).expires).toBe('2026-01-12T14:00');
  });

  test('a calendar without open days gives an instant after every ttl, so the request still ends', () => {
    const never = utc(opened + MAX_DURATION_MS);
    expect(instantsOf({ expire_in: '2bd', remind: { every: '1bh', max: 1 } }, {})).toMatchObject({
      expires: never,
      reminders: [never],
    });
  });
});
