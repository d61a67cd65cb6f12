/** The log of a process: one JSON object a line, whatever an agent or a driver wrote into it. */
import pino, { type DestinationStream, type Logger } from 'pino';

export const createLog = (name: 'api' | 'worker' | 'start', level: string, to?: DestinationStream): Logger =>
  pino({ name, level, serializers: { err: told, error: told } }, to);

/** A name stays a name. */
const told = (error: unknown): unknown => (typeof error === 'string' ? error : whatHappened(error));

const DEEPEST_CAUSE = 5;

/** What a log may say of an error. Not a driver's details: they quote the values of rows. */
function whatHappened(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack, cause } = error;
  return {
    name,
    code: (error as { code?: unknown }).code,
    stack,
    ...(cause === undefined || depth === DEEPEST_CAUSE ? {} : { cause: whatHappened(cause, depth + 1) }),
  };
}
