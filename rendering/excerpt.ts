/** Cuts a context to the part that fits into a message. The message counts what is left out; the page, where people decide, shows all. */
import { linesOf, type Contents, type Line } from './context';

export interface Excerpt {
  lines: Line[];
  /** Lines that are shown whole. */
  shown: number;
  of: number;
  /** No line was left out and no value was cut. */
  whole: boolean;
}

export interface Room {
  /** For all lines together, in bytes of the longest encoding. */
  bytes: number;
  /** For one value, in characters. */
  value: number;
  /** Bytes of the markup around a line. */
  per_line: number;
  /** How many times the message contains each line: a mail has two parts. */
  copies: number;
}

/** Upper limit of a text's size in a mail. Quoted-printable writes three characters for each byte that is not ASCII, and HTML escapes take up to six. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text)
    bytes += character < '\u0080' ? (/["&'<=>]/.test(character) ? 6 : 1) : 3 * Buffer.byteLength(character);
  return bytes;
}

/** Size of a whole part in quoted-printable, with its soft line breaks. */
export function wireBytes(text: string): number {
  let bytes = 0;
  for (const character of text)
    bytes += character < '\u0080' ? (character === '=' ? 3 : 1) : 3 * Buffer.byteLength(character);
  return Math.ceil(bytes * 1.05);
}

/** Never splits a character or a marker. */
export function cut(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const kept = characters.slice(0, max).join('');
  const open = kept.lastIndexOf('⟦');
  return open > kept.lastIndexOf('⟧') ? kept.slice(0, open) : kept;
}

/** Takes leading lines while there is room. A longer value is cut, and `ofLength` states by how much. */
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
