/** The log of a process: one JSON object a line. Text of agents and drivers is escaped, so it cannot forge a line. */
import pino, { type DestinationStream, type Logger } from 'pino';

export const createLog = (name: 'api' | 'worker' | 'start', level: string, to?: DestinationStream): Logger =>
  pino({ name, level, serializers: { err: serialize, error: serialize } }, to);

/** A string is the code of an error and stays as it is. */
const serialize = (error: unknown): unknown => (typeof error === 'string' ? error : describeError(error));

const DEEPEST_CAUSE = 5;

/** Name, code, stack and causes of an error. Not its other fields: those of a database driver quote values of rows. */
function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack, cause } = error;
  return {
    name,
    code: (error as { code?: unknown }).code,
    stack,
    ...(cause === undefined || depth === DEEPEST_CAUSE ? {} : { cause: describeError(cause, depth + 1) }),
  };
}
