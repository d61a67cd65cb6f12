/**
 * The digest binds a decision to what will run: SHA-256 over the canonical JSON (RFC 8785) of agent, action and context.
 * Both SDKs compute the same digest. sdk/vectors.json holds test cases for all three.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json, JsonObject } from './approval';
import { AgentWardenError, type Fault } from './errors';

export { parseStrict } from './strict-json';

/** Everything that the digest covers. */
export interface DigestInput {
  agent_id: string;
  action: string;
  context: JsonObject;
}

export const CONTEXT_LIMITS = { bytes: 128 * 1024, depth: 32, keys: 1000 } as const;

/** The RFC 8785 text of a value from `parseStrict`. Equal values have equal texts. */
export function canonical(json: Json): string {
  const text = canonicalize(json);
  if (text === undefined) throw new TypeError('Only JSON values have a canonical form.');
  return text;
}

export function digestOf({ agent_id, action, context }: DigestInput): string {
  return `sha256:${createHash('sha256').update(canonical({ agent_id, action, context })).digest('hex')}`;
}

/**
 * Throws `invalid_request` if a context (or another JSON object at `path`) is too large to be shown completely to a person,
 * or to be stored.
 */
export function checkContext(json: JsonObject, path = 'context'): void {
  const errors: Fault[] = [];
  const { depth, keys } = measure(json);
  const { depth: max_depth, keys: max_keys, bytes: max_bytes } = CONTEXT_LIMITS;
  if (depth > max_depth) errors.push({ path, message: `is ${depth} levels deep; ${max_depth} are allowed` });
  if (keys > max_keys) errors.push({ path, message: `has ${keys} keys in total; ${max_keys} are allowed` });
  if (errors.length === 0) {
    // Canonical JSON only sorts the keys, so this has the same length and is three times as fast.
    const bytes = Buffer.byteLength(JSON.stringify(json));
    if (bytes > max_bytes)
      errors.push({ path, message: `has ${bytes} bytes of canonical JSON; ${max_bytes} are allowed` });
  }
  if (errors.length === 0) return;
  throw new AgentWardenError(
    'invalid_request',
    `The ${path} is too large: ${errors.map(({ message }) => message).join(', ')}. Send what a reviewer needs, and a link to the rest.`,
    { errors },
  );
}

/** An object without nested objects is one level deep. `parseStrict` limits the depth, and so this recursion. */
function measure(json: Json): { depth: number; keys: number } {
  if (json === null || typeof json !== 'object') return { depth: 0, keys: 0 };
  const children = Object.values(json);
  const total = { depth: 0, keys: Array.isArray(json) ? 0 : children.length };
  for (const child of children) {
    const { depth, keys } = measure(child);
    total.depth = Math.max(total.depth, depth);
    total.keys += keys;
  }
  return { depth: total.depth + 1, keys: total.keys };
}
