/** Scans the strings and numbers of a JSON text. Parsers disagree on no other tokens. */

/** The position in the text. `fault` records a fault and goes on; `stop` reports a syntax error and ends the scan. */
export interface Cursor {
  readonly text: string;
  at: number;
  fault(message: string): void;
  stop(message: string): never;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SIMPLE_ESCAPES = '"\\/bfnrt';
const HEX = /^[0-9a-fA-F]{4}$/;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** A number this short never loses digits, so nearly every number needs no conversion. */
const SAFE_CHARACTERS = 15;

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Moves the cursor past the string. Returns its raw text, without quotes, and whether it contains escapes. */
export function scanString(cursor: Cursor): { raw: string; escaped: boolean } {
  const { text } = cursor;
  const start = cursor.at + 1;
  let escaped = false;
  let at = start;
  for (;;) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) break;
    if (unit === BACKSLASH) {
      escaped = true;
      cursor.at = at;
      at = scanEscape(cursor);
    } else if (unit >= 0x20 && unit < 0xd800) {
      at += 1;
    } else if (isHigh(unit) || isLow(unit)) {
      const paired = isHigh(unit) && isLow(text.charCodeAt(at + 1));
      if (!paired) loneSurrogate(cursor);
      at += paired ? 2 : 1;
    } else if (unit >= 0xe000) {
      at += 1;
    } else {
      cursor.at = at;
      cursor.stop(at >= text.length ? 'ends inside a string' : 'has a raw control character inside a string');
    }
  }
  cursor.at = at + 1;
  return { raw: text.slice(start, at), escaped };
}

/** Returns the position after the escape that starts at the cursor. */
function scanEscape(cursor: Cursor): number {
  const { text, at } = cursor;
  const kind = text.charAt(at + 1);
  if (kind !== '' && SIMPLE_ESCAPES.includes(kind)) return at + 2;
  const unit = kind === 'u' ? unicodeEscape(text, at) : undefined;
  if (unit === undefined) return cursor.stop('has an escape that JSON does not know');
  // Postgres cannot store NUL in text, so the value could not be stored as it was approved.
  if (unit === 0) cursor.fault('contains the NUL character, which cannot be stored');
  if (isHigh(unit) && isLow(unicodeEscape(text, at + 6) ?? 0)) return at + 12;
  if (isHigh(unit) || isLow(unit)) loneSurrogate(cursor);
  return at + 6;
}

function unicodeEscape(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) !== BACKSLASH || text.charAt(at + 1) !== 'u') return undefined;
  const digits = text.slice(at + 2, at + 6);
  return HEX.test(digits) ? parseInt(digits, 16) : undefined;
}

const loneSurrogate = (cursor: Cursor): void => cursor.fault('contains half of a character (a lone surrogate)');

/** A number without fraction and exponent must keep all its digits in a double. Every number must be finite. */
export function scanNumber(cursor: Cursor): void {
  NUMBER.lastIndex = cursor.at;
  const match = NUMBER.exec(cursor.text);
  if (match === null) return notAValue(cursor);
  const [raw, fraction, exponent] = match;
  cursor.at += raw.length;
  if (exponent === undefined && raw.length <= SAFE_CHARACTERS) return;
  const value = Number(raw);
  if (!Number.isFinite(value)) cursor.fault('is a number too large to be stored');
  else if (fraction === undefined && exponent === undefined && !Number.isSafeInteger(value)) {
    cursor.fault('is an integer beyond ±9007199254740991 and would lose digits; send it as a string');
  }
}

function notAValue(cursor: Cursor): never {
  const { text, at } = cursor;
  if (at >= text.length) return cursor.stop('ends where a value should be');
  if (/^-?(NaN|Infinity)/.test(text.slice(at, at + 9))) return cursor.stop('is not a finite number');
  return cursor.stop('is not a JSON value');
}
