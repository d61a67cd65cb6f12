/** Keyset paging: a cursor is the sort key of the last row of a page, so that rows inserted meanwhile shift nothing. */
import { AgentWardenError } from '../domain/errors';

export interface PageRequest {
  /** 1 to 200, checked by the API. */
  limit: number;
  cursor?: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** Select `limit + 1` rows: the extra row shows that there is a next page. */
export function pageOf<T>(rows: T[], limit: number, keyOf: (row: T) => (string | number)[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next_cursor = rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : null;
  return { items, next_cursor };
}

const writeCursor = (key: (string | number)[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The sort key in the cursor, or null for the first page. Throws `invalid_request` for a cursor that no list returned. */
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
    // refused below
  }
  const message = 'This cursor was not returned by a list. Leave it out to start at the first page.';
  throw new AgentWardenError('invalid_request', message, { errors: [{ path: 'cursor', message }] });
}
