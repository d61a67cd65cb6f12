import { parseHours, parseWeekdays } from './hours';

describe('hours of a day', () => {
  test.each([
    ['09:00-17:30', [{ from: 540, to: 1050 }]],
    [
      '09:00-12:30,13:30-17:00',
      [
        { from: 540, to: 750 },
        { from: 810, to: 1020 },
      ],
    ],
    [
      '09:00-12:00, 12:00-13:00',
      [
        { from: 540, to: 720 },
        { from: 720, to: 780 },
      ],
    ],
    ['00:00-24:00', [{ from: 0, to: 1440 }]],
  ])('%s', (text, hours) => {
    expect(parseHours(text)).toEqual(hours);
  });

  test.each([
    ['', 'has "", which is not HH:MM-HH:MM'],
    ['9-17', 'has "9-17", which is not HH:MM-HH:MM'],
    ['09:00-25:00', 'has "09:00-25:00", which is not HH:MM-HH:MM'],
    ['09:00-24:01', 'has "09:00-24:01", which is not HH:MM-HH:MM'],
    ['24:00-24:00', 'has "24:00-24:00", which is not HH:MM-HH:MM'],
    ['09:60-10:00', 'has "09:60-10:00", which is not HH:MM-HH:MM'],
    ['09:00-12:00,', 'has "", which is not HH:MM-HH:MM'],
    ['17:00-09:00', 'has 17:00-09:00, which closes before it opens; split it at midnight'],
    ['09:00-09:00', 'has 09:00-09:00, which closes before it opens; split it at midnight'],
    ['09:00-12:00,11:00-13:00', 'has 11:00-13:00, which begins before the span before it ends'],
    ['13:00-14:00,09:00-12:00', 'has 09:00-12:00, which begins before the span before it ends'],
  ])('%j is refused', (text, why) => {
    expect(parseHours(text)).toBe(why);
  });
});

describe('weekdays', () => {
  test.each([
    ['mon', [0]],
    ['sun', [6]],
    ['mon-thu', [0, 1, 2, 3]],
    ['mon-sun', [0, 1, 2, 3, 4, 5, 6]],
    ['sat-mon', [5, 6, 0]],
    ['fri-fri', [4]],
  ])('%s', (text, weekdays) => {
    expect(parseWeekdays(text)).toEqual(weekdays);
  });

  test.each(['', 'Mon', 'monday', 'mon-', '-mon', 'mon-tue-wed', 'mon,tue', 'mon - tue', '1'])(
    '%j is refused',
    (text) => {
      expect(parseWeekdays(text)).toBeNull();
    },
  );
});
