import type { Json, JsonObject } from '../domain/approval';
import { hintFor } from './value-hints';

const FROM = { timezone: 'Europe/London', now_ms: Date.UTC(2026, 9, 23, 13, 20) };
const read = (object: JsonObject, key: string): string | null => hintFor(key, object[key] as Json, object, FROM);

describe('money', () => {
  it.each<[JsonObject, string, string | null]>([
    [{ amount: 500, currency: 'EUR' }, 'amount', '€500.00'],
    [{ amount: 1249.5, currency: 'usd' }, 'amount', 'US$1,249.50'],
    [{ amount: -20, currency: 'GBP' }, 'amount', '-£20.00'],
    [{ amount: 5000, currency: 'JPY' }, 'amount', 'JP¥5,000'],
    [{ amount_cents: 50000, currency: 'EUR' }, 'amount_cents', '€500.00'],
    [{ amountCents: 50001, currency_code: 'EUR' }, 'amountCents', '€500.01'],
    [{ refundAmount: '19.99', currency: 'EUR' }, 'refundAmount', '€19.99'],
    [{ amount: 5_000_000 }, 'amount', '5,000,000'],
    [{ amount: 500 }, 'amount', null],
    [{ amount: 500, currency: 'DOGE' }, 'amount', null],
    [{ account: 50_000, currency: 'EUR' }, 'account', null],
    [{ amount: '12x', currency: 'EUR' }, 'amount', null],
  ])('%j %s reads as %s', (object, key, hint) => expect(read(object, key)).toBe(hint));

  it('never rounds: a fraction of a cent stays visible', () => {
    expect(read({ amount: 0.005, currency: 'EUR' }, 'amount')).toBe('€0.005');
    expect(read({ amount: 1e21, currency: 'EUR' }, 'amount')).toMatch(/^€1,000,000,000/);
  });
});

describe('dates', () => {
  it.each<[JsonObject, string, string | null]>([
    [{ at: '2026-10-24T09:00:00Z' }, 'at', 'Sat 24 Oct 2026 10:00 London, in 19 h 40 min'],
    [{ at: '2026-10-24 09:00+02:00' }, 'at', 'Sat 24 Oct 2026 08:00 London, in 17 h 40 min'],
    [{ since: '2021-03-04' }, 'since', 'Thu 4 Mar 2021'],
    [{ since: '2021-02-30' }, 'since', null],
    [{ created_at: 1_792_758_000 }, 'created_at', 'Fri 23 Oct 2026 13:20 London, 1 h ago'],
    [{ started_ms: 1_792_758_000_000 }, 'started_ms', 'Fri 23 Oct 2026 13:20 London, 1 h ago'],
    [{ wait_ms: 5_000 }, 'wait_ms', null],
    [{ at: '2026-10-24T09:00:00' }, 'at', null],
    [{ order: 1_792_758_000 }, 'order', null],
  ])('%j %s reads as %s', (object, key, hint) => expect(read(object, key)).toBe(hint));

  it('leaves other values alone', () => {
    for (const value of [true, null, 'x', [], {}] as Json[])
      expect(hintFor('amount', value, { currency: 'EUR' }, FROM)).toBeNull();
  });
});
