import {
  ADDRESS_FIELDS,
  CARRIERS,
  CHANNEL_NAMES,
  CHANNELS,
  parseTarget,
  PERSONAL_CHANNELS,
  personalRow,
} from './index';

describe('the table of channels', () => {
  it('gives each channel a letter of its own', () => {
    const letters = CHANNEL_NAMES.map((name) => CHANNELS[name].letter);
    expect(letters.every((letter) => /^[a-z]$/.test(letter))).toBe(true);
    expect(new Set(letters).size).toBe(letters.length);
  });

  it('keeps the letters of links that were sent', () => {
    expect(CHANNELS).toMatchObject({
      email: { letter: 'e' },
      sms: { letter: 's' },
      slack: { letter: 'k' },
      webhook: { letter: 'w' },
      dashboard: { letter: 'd' },
      api: { letter: 'a' },
    });
  });

  it('keeps the names that are on the wire and in SQL', () => {
    expect(CARRIERS).toEqual(expect.arrayContaining(['email', 'sms', 'slack', 'webhook']));
    expect(ADDRESS_FIELDS).toMatchObject({ emails: 'email', phones: 'phone', slack_ids: 'slack' });
  });

  it('gives each channel that reaches people an address field of its own', () => {
    const fields = PERSONAL_CHANNELS.map((channel) => personalRow(channel).field);
    expect(new Set(fields).size).toBe(fields.length);
  });
});

describe('a target', () => {
  it.each([
    ['email', { channel: 'email', shared: null }],
    ['slack', { channel: 'slack', shared: null }],
    ['slack:#refunds', { channel: 'slack', shared: '#refunds' }],
    ['slack:C024BE91L', { channel: 'slack', shared: 'C024BE91L' }],
    ['slack:', null],
    ['slack:#a:b', null],
    ['slack:two words', null],
    ['sms:#refunds', null],
    ['webhook', null],
    ['constructor', null],
    ['', null],
  ])('%j', (target, parsed) => {
    expect(parseTarget(target)).toEqual(parsed);
  });
});
