/**
 * Hints beside a bare value: the amount as money, a large number with separators, an instant as a date. A hint is a guess from
 * the key's name, so it stands beside the raw value and never replaces it.
 */
import type { Json, JsonObject } from '../domain/approval';
import { calendarDate, fromNow, fullMoment } from './times';

const MONEY_KEY = /(^|_)(amount|total|subtotal|price|cost|fee|balance|refund|payout|charge|budget|limit|ltv|value)$/i;
const MINOR_UNITS_KEY = /_(cents|minor|minor_units)$/i;
const CURRENCY_KEYS = ['currency', 'currency_code'];
const INSTANT_KEY = /(_at|_time|_ts|^timestamp|_timestamp|_ms|^time)$/i;
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** 2001 to 2100. A number outside is hardly meant as an instant. */
const PLAUSIBLE_MS = { from: 978_307_200_000, to: 4_102_444_800_000 };

/** The time zone of the reviewer, and the time now. */
export interface LocalNow {
  timezone: string;
  now_ms: number;
}

const camelToSnake = (key: string): string => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

function currencyOf(siblings: JsonObject): string | null {
  for (const key of CURRENCY_KEYS) {
    const code = siblings[key];
    if (typeof code === 'string' && Intl.supportedValuesOf('currency').includes(code.toUpperCase()))
      return code.toUpperCase();
  }
  return null;
}

const whole = (amount: number): string => new Intl.NumberFormat('en-GB', { maximumFractionDigits: 20 }).format(amount);

function moneyHint(key: string, amount: number, siblings: JsonObject): string | null {
  const minor = MINOR_UNITS_KEY.test(key);
  if (!minor && !MONEY_KEY.test(key)) return null;
  const currency = currencyOf(siblings);
  if (currency === null) return null;
  const style = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  const digits = style.resolvedOptions().maximumFractionDigits ?? 2;
  const major = minor ? amount / 10 ** digits : amount;
  // Do not round: 0.005 must not become 0.01.
  const exact = new Intl.NumberFormat('en-GB', {
    style: 'currency',
    currency,
    maximumFractionDigits: 20,
    minimumFractionDigits: digits,
  });
  return Number.isInteger(major) || Math.abs(major) < 1e15 ? exact.format(major).replaceAll('\u00a0', ' ') : null;
}

function instantHint(at_ms: number, { timezone, now_ms }: LocalNow): string | null {
  if (!(at_ms >= PLAUSIBLE_MS.from && at_ms < PLAUSIBLE_MS.to)) return null;
  return `${fullMoment(at_ms, timezone)}, ${fromNow(at_ms, now_ms)}`;
}

function numberHint(key: string, value: number, siblings: JsonObject, local: LocalNow): string | null {
  const money = moneyHint(key, value, siblings);
  if (money !== null) return money;
  if (INSTANT_KEY.test(key) && Number.isInteger(value)) {
    const instant = instantHint(/_ms$/i.test(key) || value > 1e11 ? value : value * 1000, local);
    if (instant !== null) return instant;
  }
  return MONEY_KEY.test(key) && Math.abs(value) >= 10_000 && Math.abs(value) < 1e15 ? whole(value) : null;
}

function textHint(key: string, value: string, siblings: JsonObject, local: LocalNow): string | null {
  if (value.length > 40) return null;
  if (ISO_INSTANT.test(value)) return instantHint(Date.parse(value.replace(' ', 'T')), local);
  const date = ISO_DATE.exec(value);
  if (date !== null) {
    const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
    const real = new Date(Date.UTC(year, month - 1, day));
    return real.getUTCMonth() === month - 1 && real.getUTCDate() === day ? calendarDate(year, month, day) : null;
  }
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(value) ? moneyHint(key, Number(value), siblings) : null;
}

/** The hint for `siblings[key]`. Null: the raw value needs none. */
export function hintFor(key: string, value: Json, siblings: JsonObject, local: LocalNow): string | null {
  if (typeof value === 'number') return numberHint(camelToSnake(key), value, siblings, local);
  return typeof value === 'string' ? textHint(camelToSnake(key), value, siblings, local) : null;
}
