import { invalidRequest } from '../../domain/errors';
/** The value of the header; null when it is absent. */
export function idempotencyKey(given: string | string[] | undefined): string | null {
  if (given === undefined) return null;
  if (typeof given === 'string' && /^[\x20-\x7e]{1,200}$/.test(given)) return given;
  throw invalidRequest([{ path: 'Idempotency-Key', message: 'must be 1 to 200 printable ASCII characters' }]);
}
