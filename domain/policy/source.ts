import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLParseError } from 'yaml';
import type { Fault } from '../errors';
import { dotted, Place, type Findings } from './place';

const MAX_BYTES = 262_144;
const MAX_DEPTH = 16;
/** One broken line breaks those after it: the first few faults tell. */
const MAX_SYNTAX_FAULTS = 10;
const MAX_REFUSALS = 200;

/** What to do about the mistakes that are made most often; the parser only says what it met. */
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

/** Turns YAML nodes into plain values and notes the line of each; refuses what could hide or multiply content. */
class Reading implements Findings {
  readonly errors: Fault[] = [];
  readonly warnings: Fault[] = [];
  private readonly lines = new Map<string, number>();

  constructor(private readonly counter: LineCounter) {}

  lineAt(offset: number): number {
    return this.counter.linePos(offset).line;
  }

  /** The line of a place, or of the nearest place around it that was written. */
  lineOf(path: readonly string[]): number | undefined {
    for (let length = path.length; length >= 0; length--) {
      const line = this.lines.get(path.slice(0, length).join('.'));
      if (line !== undefined) return line;
    }
    return undefined;
  }

  private refuse(path: readonly string[], message: string): void {
    this.add({ path: dotted(path), line: this.lineOf(path), message: message.slice(0, 300) });
  }

  private add(fault: Fault): void {
    if (this.errors.length < MAX_REFUSALS) this.errors.push(fault);
  }

  private note(path: readonly string[], node: Node | null): void {
    if (node?.range) this.lines.set(path.join('.'), this.lineAt(node.range[0]));
  }

  value(node: Node | null, path: readonly string[]): unknown {
    if (!this.lines.has(path.join('.'))) this.note(path, node);
    if (node === null) return null;
    if (path.length > MAX_DEPTH)
      return this.refuse(path, `is nested more than ${MAX_DEPTH} deep; no part of a policy is`);
    if (isAlias(node)) return this.refuse(path, 'is an alias; write the value out, aliases are not read');
    if ('anchor' in node && node.anchor)
      this.refuse(path, `has the anchor &${node.anchor}; remove it, anchors are not read`);
    if (node.tag) this.refuse(path, `has the tag ${node.tag}; remove it, tags are not read`);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, i) => this.value(item as Node | null, [...path, String(i)]));
    if (isMap(node)) return this.mapping(node.items as { key: Node | null; value: Node | null }[], path);
    return this.refuse(path, 'is not understood');
  }

  private mapping(items: { key: Node | null; value: Node | null }[], path: readonly string[]): Map<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const { key, value } of items) {
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.refuse(path, 'has a key that is not a text; write it in quotes');
        continue;
      }
      const place = [...path, key.value];
      if (entries.has(key.value)) {
        const line = key.range ? this.lineAt(key.range[0]) : undefined;
        this.add({ path: dotted(place), line, message: 'is written twice; keep one of them' });
        continue;
      }
      this.note(place, key);
      entries.set(key.value, this.value(value, place));
    }
    return entries;
  }
}

/** Reads YAML or JSON into a place; `null` when the text itself cannot be read, with the reasons in the findings. */
export const readSource = (text: string): { root: Place | null; findings: Findings } => {
  const counter = new LineCounter();
  const reading = new Reading(counter);
  const fail = (message: string, line?: number): { root: null; findings: Findings } => {
    reading.errors.push({ path: '', message, ...(line !== undefined && { line }) });
    return { root: null, findings: reading };
  };
  if (Buffer.byteLength(text) > MAX_BYTES) return fail(`The document is larger than ${MAX_BYTES} bytes; shorten it`);
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
    return { root: new Place(reading.value(document.contents, []), [], reading), findings: reading };
  } catch (error) {
    if (error instanceof RangeError) return fail('The document is nested too deeply to be read');
    throw error;
  }
};
