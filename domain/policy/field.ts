/** A field of a policy document, with its path and line. Reading it as a type either gives the value or records a fault. */
import type { Fault } from '../errors';

/** Limit for reported faults, and for warnings. */
const MAX_FINDINGS = 200;
/** Limit for flows, for named levels and for calendars. */
const MAX_NAMED = 200;
const MAX_ITEMS = 50;
const MAX_GUESSES = 50;
/** The largest number of typing errors for which a name is suggested. */
const MAX_TYPOS = 4;

/** Faults and warnings found while a document is read. All are reported together. */
export interface Findings {
  readonly errors: Fault[];
  readonly warnings: Fault[];
  lineOf(path: readonly string[]): number | undefined;
}

/** The path as dotted text, with long parts cut. */
export const dotted = (path: readonly string[]): string => path.map((part) => part.slice(0, 80)).join('.');

/** Edit distance between two words. Distances above `most` are not exact, which saves most of the work. */
const distance = (a: string, b: string, most: number): number => {
  const beyond = most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  let next = [...row];
  for (let i = 1; i <= a.length; i++) {
    const from = i > most ? i - most : 1;
    const to = i + most < b.length ? i + most : b.length;
    next[from - 1] = from === 1 ? i : beyond;
    for (let j = from; j <= to; j++) {
      const above = j === i + most ? beyond : row[j]!;
      const left = next[j - 1]!;
      const diagonal = row[j - 1]! + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      next[j] = diagonal < above + 1 && diagonal < left + 1 ? diagonal : above < left ? above + 1 : left + 1;
    }
    [row, next] = [next, row];
  }
  return row[b.length]!;
};

/** The known name that was probably meant. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  let best: { candidate: string; steps: number } | undefined;
  for (const candidate of name.length > 64 ? [] : known) {
    const most = Math.min(MAX_TYPOS, Math.max(1, Math.floor(candidate.length / 3)));
    if (Math.abs(candidate.length - name.length) > most) continue;
    const steps = distance(name, candidate, most);
    if (steps <= most && steps < (best?.steps ?? Infinity)) best = { candidate, steps };
  }
  return best?.candidate;
};

/** Quotes a value of the document, cut to a readable length. */
export const shown = (value: unknown): string => {
  const text =
    value instanceof Map
      ? '{…}'
      : Array.isArray(value) && value.length > 10
        ? '[…]'
        : (JSON.stringify(typeof value === 'string' ? value.slice(0, 100) : value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

/**
 * A field of the document. A reading method returns the value, or records a fault and returns `undefined`. For an absent
 * field it returns `undefined` without a fault.
 */
export class Field {
  constructor(
    readonly value: unknown,
    readonly path: readonly string[],
    private readonly findings: Findings,
  ) {}

  get present(): boolean {
    return this.value !== undefined;
  }

  at(key: string | number): Field {
    const { value: around } = this;
    const value: unknown =
      around instanceof Map ? around.get(String(key)) : Array.isArray(around) ? around[Number(key)] : undefined;
    return new Field(value, [...this.path, String(key)], this.findings);
  }

  /** Suggests the name that was probably meant. No suggestions after many faults, because they would not help. */
  suggestion(name: string, known: readonly string[]): string | undefined {
    return this.findings.errors.length < MAX_GUESSES ? nearest(name, known) : undefined;
  }

  private finding(message: string): Fault {
    const line = this.findings.lineOf(this.path);
    return { path: dotted(this.path), message, ...(line !== undefined && { line }) };
  }

  fault(message: string): undefined {
    const { errors } = this.findings;
    if (errors.length < MAX_FINDINGS) errors.push(this.finding(message));
    return undefined;
  }

  warn(message: string): void {
    const { warnings } = this.findings;
    if (warnings.length < MAX_FINDINGS) warnings.push(this.finding(message));
  }

  required(what: string): this {
    if (!this.present) this.fault(`is missing: ${what}`);
    return this;
  }

  /** Whether it is a mapping. Keys outside `known` are faults. */
  isSection(known: readonly string[], what: string): boolean {
    if (!this.present) return false;
    if (!(this.value instanceof Map)) {
      this.fault(`must be a section with ${what}, not ${shown(this.value)}`);
      return false;
    }
    for (const key of this.value.keys() as Iterable<string>) {
      if (known.includes(key)) continue;
      if (this.findings.errors.length >= MAX_FINDINGS) break;
      const meant = this.suggestion(key, known);
      this.at(key).fault(`is not known here${meant ? `; did you mean ${meant}?` : `; known are ${known.join(', ')}`}`);
    }
    return true;
  }

  /** The first `most` entries of a mapping whose keys are names. */
  entries(what: string, most = MAX_NAMED): [string, Field][] {
    if (!this.present) return [];
    if (!(this.value instanceof Map))
      return this.fault(`must be a section of ${what} by name, not ${shown(this.value)}`) ?? [];
    const { size } = this.value;
    if (size > most) this.fault(`has ${size} ${what}, at most ${most} are allowed; use fewer`);
    return [...(this.value.keys() as Iterable<string>)].slice(0, most).map((key) => [key, this.at(key)]);
  }

  /** The first `most` items of a list. `advice` says what to do if there are more. */
  items(what: string, most = MAX_ITEMS, advice = 'use fewer'): Field[] {
    if (!this.present) return [];
    if (!Array.isArray(this.value)) return this.fault(`must be a list of ${what}, not ${shown(this.value)}`) ?? [];
    const { length } = this.value;
    if (length > most) this.fault(`has ${length} ${what}, at most ${most} are allowed; ${advice}`);
    return this.value.slice(0, most).map((_, i) => this.at(i));
  }

  text(max = 500): string | undefined {
    if (!this.present) return undefined;
    if (typeof this.value !== 'string') return this.fault(`must be a text, not ${shown(this.value)}; put it in quotes`);
    if (this.value.trim() === '') return this.fault('is empty; write something or remove it');
    if (this.value.length > max) return this.fault(`is longer than ${max} characters; shorten it`);
    return this.value;
  }

  oneOf<const T extends readonly string[]>(values: T): T[number] | undefined {
    if (!this.present) return undefined;
    if (typeof this.value === 'string' && values.includes(this.value)) return this.value;
    return this.fault(`must be one of ${values.join(', ')}, not ${shown(this.value)}`);
  }

  flag(): boolean | undefined {
    if (!this.present) return undefined;
    return typeof this.value === 'boolean' ? this.value : this.fault(`must be true or false, not ${shown(this.value)}`);
  }

  /** A whole number from `min` to `max`. `why` says what would be wrong with a smaller one. */
  whole(min: number, max: number, why: string): number | undefined {
    if (!this.present) return undefined;
    const { value } = this;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.fault(`must be a whole number from ${min} to ${max}, not ${shown(value)}; ${why}`);
  }
}
