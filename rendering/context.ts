/**
 * Turns the context into fields in the order of its canonical JSON. Nothing is left out, so reviewers see all that the digest binds.
 * Texts are verbatim except for the markers of `spoofing.ts`. A text that looks like another type is quoted.
 */
import type { Json, JsonObject } from '../domain/approval';
import { hintFor, type LocalNow } from './value-hints';
import { links, visible, visibleLine, warningsAbout, type Warning } from './spoofing';
import { plural } from './texts';

export interface Field {
  key: string;
  kind: 'text' | 'number' | 'boolean' | 'null' | 'object' | 'list';
  /** The value as visible text. For an object or a list: how many fields or items it has. */
  value: string;
  /** Our guess at the value, as money or as a date. */
  hint: string | null;
  links: { host: string; href: string | null }[];
  fields: Field[];
}

/** `where` is the path of keys, made visible. The warning may be about the last key itself. */
interface LocatedWarning extends Warning {
  where: string;
}

export interface Contents {
  fields: Field[];
  /** Number of single values at any depth. */
  count: number;
  warnings: LocatedWarning[];
}

/** Looks like a number, a literal or an empty value, or begins or ends with blanks that nobody sees. */
const AMBIGUOUS = /^(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null|\{\}|\[\]|)$|^["\s]|\s$/;

function textOf(value: string): string {
  const text = visible(value);
  return AMBIGUOUS.test(value) ? `"${text}"` : text;
}

/** A longer list of simple values is shown as one value, as JSON. A thousand rows of numbers would hide the other fields. */
const LIST_ROWS_MAX = 20;
/**
 * All lists together get this many rows. Further lists are shown as one value, as JSON. Without the limit, 65,000 zeros around one object
 * make a page of 5 MB that takes seconds to render. Objects need no limit, because a context has at most 1,000 keys.
 */
const ROWS_MAX = 2_000;

function isBare(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isBare);
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

/** Number of values in nested lists. An empty list counts as one value. */
const leaves = (value: Json): number =>
  Array.isArray(value) && value.length > 0 ? value.reduce((sum: number, item) => sum + leaves(item), 0) : 1;

interface Walk {
  local: LocalNow;
  warnings: LocatedWarning[];
  count: number;
  /** Rows that lists have used. */
  rows: number;
  warned: Set<string>;
}

function warn(walk: Walk, where: string, text: string): void {
  for (const warning of warningsAbout(text)) {
    const key = JSON.stringify([where, warning.kind, warning.detail]);
    if (!walk.warned.has(key)) walk.warnings.push({ ...warning, where });
    walk.warned.add(key);
  }
}

function warnInside(walk: Walk, where: string, value: Json): void {
  if (typeof value === 'string') return warn(walk, where, value);
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) for (const key of Object.keys(value)) warn(walk, where, key);
  for (const item of Object.values(value)) warnInside(walk, where, item);
}

function single(
  key: string,
  value: string | number | boolean | null,
  siblings: JsonObject,
  where: string,
  walk: Walk,
): Field {
  walk.count += 1;
  const base = { key: visibleLine(key), hint: hintFor(key, value, siblings, walk.local), links: [], fields: [] };
  if (typeof value !== 'string') {
    const kind = value === null ? 'null' : (typeof value as 'number' | 'boolean');
    return { ...base, kind, value: JSON.stringify(value) };
  }
  warn(walk, where, value);
  const found = links(value).map(({ host, href }) => ({ host: visibleLine(host), href }));
  return { ...base, kind: 'text', value: textOf(value), links: found };
}

function list(key: string, value: Json[], path: readonly string[], walk: Walk): Field {
  const base = { key: visibleLine(key), kind: 'list' as const, hint: null, links: [] };
  const tooLong = walk.rows + value.length > ROWS_MAX || (isBare(value) && leaves(value) > LIST_ROWS_MAX);
  if (value.length === 0 || tooLong) {
    walk.count += 1;
    warnInside(walk, path.join(' › '), value);
    return { ...base, value: visible(JSON.stringify(value)), fields: [] };
  }
  walk.rows += value.length;
  const fields = value.map((item, index) => field(String(index + 1), item, {}, path, walk));
  return { ...base, value: plural(value.length, 'item'), fields };
}

function field(key: string, value: Json, siblings: JsonObject, path: readonly string[], walk: Walk): Field {
  const inner = [...path, visibleLine(key)];
  if (typeof value !== 'object' || value === null) return single(key, value, siblings, inner.join(' › '), walk);
  if (Array.isArray(value)) return list(key, value, inner, walk);
  const fields = objectFields(value, inner, walk);
  const size = fields.length === 0 ? '{}' : plural(fields.length, 'field');
  return { key: visibleLine(key), kind: 'object', value: size, hint: null, links: [], fields };
}

/** RFC 8785 sorts keys by UTF-16 code units, and so does `sort`. */
function objectFields(object: JsonObject, path: readonly string[], walk: Walk): Field[] {
  const keys = Object.keys(object).sort();
  if (keys.length === 0 && path.length > 0) walk.count += 1;
  return keys.map((key) => {
    warn(walk, [...path, visibleLine(key)].join(' › '), key);
    return field(key, object[key]!, object, path, walk);
  });
}

export function contentsOf(object: JsonObject, local: LocalNow): Contents {
  const walk: Walk = { local, warnings: [], count: 0, rows: 0, warned: new Set() };
  const fields = objectFields(object, [], walk);
  return { fields, count: walk.count, warnings: walk.warnings };
}

/** A single value with its path, for messages that consist of lines. */
export interface Line {
  path: string;
  value: string;
  hint: string | null;
}

export function linesOf(fields: readonly Field[], path = ''): Line[] {
  return fields.flatMap((one): Line[] => {
    const here = path === '' ? one.key : `${path} › ${one.key}`;
    return one.fields.length > 0 ? linesOf(one.fields, here) : [{ path: here, value: one.value, hint: one.hint }];
  });
}

const DECISIVE =
  /amount|total|price|env|environment|target|recipient|to$|account|customer|version|branch|database|table|command|query|reason|user|email|url/i;

/** The fields that usually matter most: money first, then keys such as `environment` or `customer`. */
export function decisive(contents: Contents, most = 2): Line[] {
  const short = linesOf(contents.fields).filter(
    (line) => line.value.length <= 60 && line.path.length <= 60 && !/[⟦\n]/.test(line.path + line.value),
  );
  const rank = (line: Line): number => {
    if (/currency/i.test(line.path)) return 3;
    return line.hint !== null ? 0 : DECISIVE.test(line.path) ? 1 : 2;
  };
  return short
    .map((line, index) => ({ line, index }))
    .sort((a, b) => rank(a.line) - rank(b.line) || a.index - b.index)
    .slice(0, most)
    .map(({ line }) => line);
}

/** `amount €500.00, environment production`. Empty if no field is short enough. */
export const decisiveText = (contents: Contents): string =>
  decisive(contents)
    .map(({ path, value, hint }) => `${path} ${hint ?? value}`)
    .join(', ');

const BRIEF = { fields: 40, characters: 60 };

/** The same for a row of a list. It reads only short values at the top level, because a page lists fifty contexts of up to 128 kB. */
export function brief(context: JsonObject, local: LocalNow): string {
  const isShort = ([key, value]: [string, Json]): boolean =>
    key.length <= BRIEF.characters &&
    (typeof value === 'string' ? value.length <= BRIEF.characters : typeof value !== 'object');
  const short = Object.entries(context).filter(isShort).slice(0, BRIEF.fields);
  return decisiveText(contentsOf(Object.fromEntries(short), local));
}

/** Number of single values in these fields, at any depth. */
export const countOf = (fields: readonly Field[]): number => linesOf(fields).length;
