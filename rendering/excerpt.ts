/** The part of a context that fits into a message. What is left out is counted, and nobody decides where it is left out. */
import { linesOf, type Contents, type Line } from './context';

export interface Excerpt {
  lines: Line[];
  /** Lines that are whole here. */
  shown: number;
  of: number;
  /** Nothing was left out, and no value was cut. */
  whole: boolean;
}

export interface Room {
  /** For all lines together, in bytes as the worst encoding writes them. */
  bytes: number;
  /** For one value, in characters. */
  value: number;
  /** Bytes that a line costs by itself. */
  per_line: number;
  /** How often each line is written: a mail has two parts. */
  copies: number;
}

/** What a text costs in a mail: quoted-printable writes three characters for each byte that is not ASCII. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text)
    bytes += character < '\u0080' ? (/["&'<=>]/.test(character) ? 6 : 1) : 3 * Buffer.byteLength(character);
  return bytes;
}

/** A finished part as quoted-printable writes it, with its soft line breaks. */
export function wireBytes(text: string): number {
  let bytes = 0;
  for (const character of text)
    bytes += character < '\u0080' ? (character === '=' ? 3 : 1) : 3 * Buffer.byteLength(character);
  return Math.ceil(bytes * 1.05);
}

/** Cuts at whole characters, and never inside one of our markers. */
export function cut(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const kept = characters.slice(0, max).join('');
  const open = kept.lastIndexOf('⟦');
  return open > kept.lastIndexOf('⟧') ? kept.slice(0, open) : kept;
}

/** Leading lines in canonical order, as many as there is room for; each value is cut to its room and says so by `ofLength`. */
export function excerpt(contents: Contents, room: Room, ofLength: (shown: number, of: number) => string): Excerpt {
  const all = linesOf(contents.fields);
  const lines: Line[] = [];
  let [left, whole] = [room.bytes, 0];
  for (const line of all) {
    const value = cut(line.value, room.value);
    const isWhole = value === line.value;
    const path = cut(line.path, room.value);
    const fitted = {
      ...line,
      path: path === line.path ? path : `${path}…`,
      value: isWhole ? value : `${value}… ${ofLength([...value].length, [...line.value].length)}`,
    };
    left -= room.per_line + room.copies * (bytesOf(fitted.path) + bytesOf(fitted.value) + bytesOf(fitted.hint ?? ''));
    if (left < 0) break;
    lines.push(fitted);
    if (isWhole && path === line.path) whole += 1;
  }
  return { lines, shown: whole, of: contents.count, whole: whole === all.length };
}
