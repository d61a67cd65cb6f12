/**
 * Parses JSON and refuses every text that two parsers could read differently (T15). What a person approves, what the digest
 * covers and what the agent runs must be the same value.
 *
 * `JSON.parse` creates the value. A scan of the same text finds what `JSON.parse` accepts silently: repeated keys,
 * integers that lose digits, infinite numbers and unpaired surrogates.
 */
import { isUtf8 } from 'node:buffer';
import type { Json } from './approval';
import { AgentWardenError, type Fault } from './errors';
import { scanJson } from './strict-json/scan';

/** For the whole text. A request body nests a context, which may itself be 32 levels deep. */
const MAX_DEPTH = 64;
/** Limits the answer to a hostile text. */
const MAX_FAULTS = 50;

/** Throws `invalid_request` with the path of each fault. A fault of the whole text has an empty path. */
export function parseStrict(text: string | Uint8Array): Json {
  if (typeof text !== 'string') {
    if (!isUtf8(text)) throw notJson([{ path: '', message: 'is not UTF-8' }]);
    text = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8');
  }
  const faults = scanJson(text, { depth: MAX_DEPTH, faults: MAX_FAULTS });
  if (faults.length > 0) throw notJson(faults);
  return JSON.parse(text) as Json;
}

function notJson(errors: Fault[]): AgentWardenError {
  const [{ path, message }] = errors as [Fault];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AgentWardenError(
    'invalid_request',
    `The JSON cannot be accepted: ${path === '' ? 'the text' : path} ${message}${more}. Correct it and send it again.`,
    { errors },
  );
}
