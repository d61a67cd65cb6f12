import { quietAt } from './quiet-hours';

const at = (text: string): number => Date.parse(text);

describe('quiet hours', () => {
  const night = { from: '22:00', to: '07:00', timezone: 'Europe/London' };

  test('can span midnight', () => {
    expect(quietAt(night, at('2026-11-22T21:59:00Z'))).toBe(false);
    expect(quietAt(night, at('2026-11-22T22:00:00Z'))).toBe(true);
    expect(quietAt(night, at('2026-11-23T06:59:00Z'))).toBe(true);
    expect(quietAt(night, at('2026-11-23T07:00:00Z'))).toBe(false);
  });

  test('follow the person’s zone, in summer too', () => {
    expect(quietAt(night, at('2026-07-01T21:00:00Z'))).toBe(true);
    expect(quietAt(night, at('2026-07-01T06:00:00Z'))).toBe(false);
  });

  test('within one day', () => {
    const siesta = { from: '13:00', to: '15:00', timezone: 'UTC' };
    expect(quietAt(siesta, at('2026-11-22T14:00:00Z'))).toBe(true);
    expect(quietAt(siesta, at('2026-11-22T15:00:00Z'))).toBe(false);
  });

  test('from a time to the same time are empty', () => {
    expect(quietAt({ from: '08:00', to: '08:00', timezone: 'UTC' }, at('2026-11-22T08:00:00Z'))).toBe(false);
  });

  test('in an unknown zone are read as UTC', () => {
    expect(quietAt({ ...night, timezone: 'Mars/Olympus' }, at('2026-11-22T23:00:00Z'))).toBe(true);
  });
});
