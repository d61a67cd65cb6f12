/**
 * JSON at the door (T15). Whatever two parsers could read differently is refused, with the path of each place: what a
 * person approves, what the digest covers and what the agent runs must be one and the same value.
 *
 * `JSON.parse` makes the value; a scan of the same text finds what it hides: repeated keys, integers that lose digits,
 * numbers without end, halves of characters.
 */
import { isUtf8 } from 'node:buffer';
import type { Json } from './approval';
import { AgentWardenError, type Fault } from './errors';
import { scanJson } from './strict-json/scan';

/** Of the whole text. A body wraps a context that may itself be 32 deep, a policy wraps levels. */
const MAX_DEPTH = 64;
/** So many faults teach enough; a hostile text gets no longer an answer. */
const MAX_FAULTS = 50;

/** Throws `invalid_request` with the path of each fault; the path of the whole text is empty. */
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
    `The JSON cannot be taken: ${path === '' ? 'the text' : path} ${message}${more}. Correct it and send it again.`,
    { errors },
  );
}
