/** Lists by key: a cursor is the sort key of the last row that the caller has seen, so that new rows move nothing. */
import { AgentWardenError } from '../domain/errors';

export interface PageRequest {
  /** 1 to 200; the API's contract holds it there. */
  limit: number;
  cursor?: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** `rows` must have been asked for with `limit + 1`: the one too many only tells that there are more. */
export function pageOf<T>(rows: T[], limit: number, keyOf: (row: T) => (string | number)[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next_cursor = rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : null;
  return { items, next_cursor };
}

const writeCursor = (key: (string | number)[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The key of the last row seen, or null at the beginning. Throws `invalid_request` for anything that we did not make. */
export function readCursor(
  cursor: string | null | undefined,
  types: ('string' | 'number')[],
): (string | number)[] | null {
  if (cursor === null || cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && key.length === types.length && key.every((part, index) => typeof part === types[index])) {
      return key as (string | number)[];
    }
  } catch {
    // falls through to the refusal
  }
  const message = 'This cursor is not one that a list gave out. Leave it away to begin at the first page.';
  throw new AgentWardenError('invalid_request', message, { errors: [{ path: 'cursor', message }] });
}
