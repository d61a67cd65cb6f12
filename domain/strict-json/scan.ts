/** Scans a JSON text once for everything that `JSON.parse` accepts silently, and for the first syntax error. */
import type { Fault } from '../errors';
import { scanNumber, scanString, type Cursor } from './tokens';

export interface ScanLimits {
  /** How deep objects and arrays may be nested. It also limits the recursion of the scan. */
  depth: number;
  /** The scan stops after this many faults. */
  faults: number;
}

/** Returns no faults if every parser reads the text as the same JSON value. */
export function scanJson(text: string, limits: ScanLimits): Fault[] {
  const scan = new Scan(text, limits);
  try {
    scan.document();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return scan.faults;
}

/** Ends the scan: a syntax error was found, or too many faults. */
class Stop extends Error {}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const MAX_PATH_CHARACTERS = 200;

class Scan implements Cursor {
  readonly faults: Fault[] = [];
  at = 0;
  private readonly path: (string | number)[] = [];

  constructor(
    readonly text: string,
    private readonly limits: ScanLimits,
  ) {}

  document(): void {
    this.value();
    this.peek();
    if (this.at < this.text.length) this.stop('goes on after the value');
  }

  fault(message: string): void {
    const path = this.path.join('.').slice(0, MAX_PATH_CHARACTERS);
    this.faults.push({ path, message });
    if (this.faults.length >= this.limits.faults) throw new Stop();
  }

  stop(message: string): never {
    const before = this.text.slice(0, this.at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    this.fault(`${message} (line ${before.length}, column ${column})`);
    throw new Stop();
  }

  private value(): void {
    const unit = this.peek();
    if (unit === QUOTE) scanString(this);
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) this.nested(unit);
    else if (unit === 0x74) this.literal('true');
    else if (unit === 0x66) this.literal('false');
    else if (unit === 0x6e) this.literal('null');
    else scanNumber(this);
  }

  private nested(unit: number): void {
    // Every container except the outermost has put its key or index on the path.
    if (this.path.length >= this.limits.depth) this.stop(`is more than ${this.limits.depth} levels deep`);
    this.at += 1;
    if (unit === OPEN_BRACE) this.members();
    else this.elements();
  }

  private members(): void {
    if (this.peek() === CLOSE_BRACE) return this.skip();
    const seen = new Set<string>();
    do {
      const key = this.key();
      this.path.push(key);
      if (seen.has(key)) this.fault('is repeated');
      seen.add(key);
      if (this.peek() !== COLON) this.stop('has no ":" after its key');
      this.skip();
      this.value();
      this.path.pop();
    } while (this.another(CLOSE_BRACE));
  }

  private elements(): void {
    if (this.peek() === CLOSE_BRACKET) return this.skip();
    let index = 0;
    do {
      this.path.push(index);
      this.value();
      this.path.pop();
      index += 1;
    } while (this.another(CLOSE_BRACKET));
  }

  private key(): string {
    if (this.peek() !== QUOTE) this.stop('needs a key in double quotes here');
    const { raw, escaped } = scanString(this);
    const key = escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
    // JavaScript would set the object's prototype instead of a key, and the value would not be shown.
    if (key === '__proto__') this.fault('has the key "__proto__", which many programs drop');
    return key;
  }

  /** Whether a comma announces another element. Otherwise the container must end here. */
  private another(close: number): boolean {
    const unit = this.peek();
    if (unit !== COMMA && unit !== close) this.stop(`needs "," or "${String.fromCharCode(close)}" here`);
    this.skip();
    return unit === COMMA;
  }

  private literal(word: string): void {
    if (!this.text.startsWith(word, this.at)) this.stop('is not a JSON value');
    this.at += word.length;
  }

  /** The next character that is not white space; NaN at the end. */
  private peek(): number {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return unit;
      this.at += 1;
    }
  }

  private skip(): void {
    this.at += 1;
  }
}
