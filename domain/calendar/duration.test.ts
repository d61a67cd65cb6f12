import { AgentWardenError } from '../errors';
import { needsCalendar, parseDuration } from './duration';

test.each([
  ['90s', { kind: 'wall', ms: 90_000 }],
  ['5m', { kind: 'wall', ms: 300_000 }],
  ['4h', { kind: 'wall', ms: 14_400_000 }],
  ['7d', { kind: 'wall', ms: 604_800_000 }],
  ['30bm', { kind: 'opening_time', ms: 1_800_000 }],
  ['4bh', { kind: 'opening_time', ms: 14_400_000 }],
  ['2bd', { kind: 'working_days', days: 2 }],
  ['3650d', { kind: 'wall', ms: 315_360_000_000 }],
])('%s is a duration', (text, parsed) => {
  expect(parseDuration(text)).toEqual(parsed);
  expect(needsCalendar(text)).toBe(parsed.kind !== 'wall');
});

test.each([
  '',
  '0s',
  '00h',
  '01h',
  '-1h',
  '+1h',
  '1.5h',
  '1e3s',
  '1',
  'h',
  '1 h',
  ' 1h',
  '1h ',
  '1h30m',
  '1w',
  '1y',
  '1bs',
  '1hb',
  '1H',
  '１h',
  'P1D',
])('%j is not a duration', (text) => {
  expect(() => parseDuration(text)).toThrow(AgentWardenError);
  expect(() => parseDuration(text)).toThrow(
    `${JSON.stringify(text)} is not a duration. Write 90s, 5m, 4h or 7d for wall time, 30bm, 4bh or 2bd for business time.`,
  );
});

test.each(['3651d', '3651bd', '999999999h', '999999999bm'])('%s is too long', (text) => {
  expect(() => parseDuration(text)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: `"${text}" is longer than ten years.` }),
  );
});

test('a hostile text is cut short in the message', () => {
  expect(() => parseDuration('9'.repeat(100_000))).toThrow(/^"9{40}" is not a duration/);
});
