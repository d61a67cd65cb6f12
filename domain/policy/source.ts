/** Reads the text of a policy document: YAML or JSON, with limits, and with the line of every value. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  type Node,
  type YAMLParseError,
} from 'yaml';
import type { Fault } from '../errors';
import { dotted, Field, type Findings } from './field';

const MAX_BYTES = 262_144;
/** Words, signs, spaces and line ends. Five hundred long rules have about 43,000. Reading each takes the same time. */
const MAX_TOKENS = 50_000;
const MAX_DEPTH = 16;
/** Nested brackets. Far above `MAX_DEPTH`, whose error names the field. */
const MAX_BRACKETS = 64;
/** The signs "-", "?" and ":" in one line. */
const MAX_SIGNS = 64;
const MAX_INDENTATION = 256;
/** One broken line breaks the lines after it, so only the first faults are useful. */
const MAX_SYNTAX_FAULTS = 10;
const MAX_REFUSALS = 200;

/** Advice for the most frequent mistakes, because the parser only says what it found. */
const ADVICE: Record<string, string> = {
  MULTIPLE_DOCS: 'the text holds several documents; keep one',
  BAD_ALIAS: 'a value that begins with * must be in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value that holds ": " must be in quotes, every when for one',
  TAB_AS_INDENT: 'tabs do not indent YAML; use spaces',
};

const explain = ({ code, message }: YAMLParseError): string => {
  if (message.startsWith('Maximum call stack')) return 'cannot be read: it is nested too deeply';
  return `cannot be read: ${ADVICE[code] ?? message.split('\n')[0]}`;
};

/** Turns YAML nodes into plain values and records their lines. Refuses aliases, anchors and tags, which can hide or multiply content. */
class Reading implements Findings {
  readonly errors: Fault[] = [];
  readonly warnings: Fault[] = [];
  private root: unknown;
  private rootLine: number | undefined;
  /** The lines of the entries of each mapping and list. Keyed by the container, because a path can be very long. */
  private readonly lines = new Map<unknown, Map<string, number>>();

  constructor(private readonly counter: LineCounter) {}

  lineAt(offset: number): number {
    return this.counter.linePos(offset).line;
  }

  /** The line of a field. For an absent field, the line of the nearest field around it. */
  lineOf(path: readonly string[]): number | undefined {
    let line = this.rootLine;
    let around = this.root;
    for (const key of path) {
      const next = this.lines.get(around)?.get(key);
      if (next === undefined) break;
      line = next;
      around = around instanceof Map ? around.get(key) : (around as unknown[])[Number(key)];
    }
    return line;
  }

  private add(path: readonly string[], message: string, line: number | undefined): void {
    if (this.errors.length >= MAX_REFUSALS) return;
    this.errors.push({ path: dotted(path), message: message.slice(0, 300), ...(line !== undefined && { line }) });
  }

  private lineAtNode(node: Node | null): number | undefined {
    return node?.range ? this.lineAt(node.range[0]) : undefined;
  }

  whole(node: Node): unknown {
    this.rootLine = this.lineAtNode(node);
    this.root = this.value(node, [], this.rootLine);
    return this.root;
  }

  /** `line` is the line of the key, if the value has one. */
  private value(node: Node | null, path: readonly string[], line: number | undefined): unknown {
    if (node === null) return null;
    const refuse = (message: string): void => this.add(path, message, line);
    if (path.length > MAX_DEPTH) return refuse(`is nested more than ${MAX_DEPTH} deep; no part of a policy is`);
    if (isAlias(node)) return refuse('is an alias; write the value out, aliases are not read');
    if ('anchor' in node && node.anchor) refuse(`has the anchor &${node.anchor}; remove it, anchors are not read`);
    if (node.tag) refuse(`has the tag ${node.tag}; remove it, tags are not read`);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return this.list(node.items as (Node | null)[], path, line);
    if (isMap(node)) return this.mapping(node.items as { key: Node | null; value: Node | null }[], path, line);
    return refuse('cannot be read');
  }

  private list(items: (Node | null)[], path: readonly string[], around: number | undefined): unknown[] {
    const lines = new Map<string, number>();
    const values = items.map((item, i) => {
      const line = this.lineAtNode(item);
      if (line !== undefined) lines.set(String(i), line);
      return this.value(item, [...path, String(i)], line ?? around);
    });
    this.lines.set(values, lines);
    return values;
  }

  private mapping(
    items: { key: Node | null; value: Node | null }[],
    path: readonly string[],
    around: number | undefined,
  ): Map<string, unknown> {
    const entries = new Map<string, unknown>();
    const lines = new Map<string, number>();
    for (const { key, value } of items) {
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.add(path, 'has a key that is not a text; write it in quotes', around);
        continue;
      }
      const field = [...path, key.value];
      const line = this.lineAtNode(key);
      if (entries.has(key.value)) {
        this.add(field, 'is written twice; keep one of them', line);
        continue;
      }
      if (line !== undefined) lines.set(key.value, line);
      entries.set(key.value, this.value(value, field, line ?? around));
    }
    this.lines.set(entries, lines);
    return entries;
  }
}

/**
 * Why the text is too expensive to parse; null if it is not. Stops reading at the limit.
 *
 * Nesting must be limited here. Catching a stack overflow is not enough: a regular expression that the parser compiles
 * near the end of the stack ends the process. Outside brackets, nesting comes from indentation or from several signs in a
 * line.
 */
const tooMuch = (text: string): string | null => {
  let tokens = 0;
  let brackets = 0;
  let signs = 0;
  let indentation = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS) return `The document has more than ${MAX_TOKENS} words and signs; shorten it`;
    if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1);
    else if (token === '-' || token === '?' || token === ':') signs++;
    else if (/^[\r\n]/.test(token)) signs = indentation = 0;
    else if (signs === 0 && /^[ \t]+$/.test(token)) indentation += token.length;
    if (brackets > 0) signs = 0;
    if (brackets > MAX_BRACKETS || signs > MAX_SIGNS || (signs > 0 && indentation > MAX_INDENTATION))
      return 'The document is nested too deeply to be read';
  }
  return null;
};

/** Returns the root field of the document. It is null if the text cannot be parsed; the findings say why. */
export const readSource = (text: string): { root: Field | null; findings: Findings } => {
  const counter = new LineCounter();
  const reading = new Reading(counter);
  const fail = (message: string, line?: number): { root: null; findings: Findings } => {
    reading.errors.push({ path: '', message, ...(line !== undefined && { line }) });
    return { root: null, findings: reading };
  };
  if (Buffer.byteLength(text) > MAX_BYTES) return fail(`The document is larger than ${MAX_BYTES} bytes; shorten it`);
  const refusal = tooMuch(text);
  if (refusal !== null) return fail(refusal);
  try {
    const document = parseDocument(text, {
      lineCounter: counter,
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
    });
    for (const error of document.errors.slice(0, MAX_SYNTAX_FAULTS)) fail(explain(error), reading.lineAt(error.pos[0]));
    if (reading.errors.length > 0) return { root: null, findings: reading };
    if (document.contents === null) return fail('The document is empty; write at least "version: 1"');
    return { root: new Field(reading.whole(document.contents), [], reading), findings: reading };
  } catch (error) {
    if (error instanceof RangeError) return fail('The document is nested too deeply to be read');
    throw error;
  }
};
