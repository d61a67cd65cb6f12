/**
 * Agent keys: `aw_`, 32 random base-62 characters (190 bits) and 6 characters of checksum. By the checksum, secret
 * scanners and the API recognise a key without a query to the database.
 */
import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'aw_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARACTERS = 32;
const CHECK_CHARACTERS = 6;
const SHOWN_CHARACTERS = 6;
const SHAPE = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_CHARACTERS + CHECK_CHARACTERS}}$`);
/** Three bytes for each character: bytes above 247 are dropped (3 %), so 96 bytes always suffice. */
export const AGENT_KEY_SEED_BYTES = 96;

export interface AgentKey {
  /** Shown once, never stored. */
  key: string;
  /** The first nine characters, shown in lists. They do not help to guess the rest. */
  prefix: string;
  /** SHA-256, hex. The database stores only this. */
  hash: string;
}

/** The same secret `seed` of at least 64 bytes gives the same key, as the demo agent needs it at each start; without one the key is random. */
export function createAgentKey(seed: Uint8Array = randomBytes(AGENT_KEY_SEED_BYTES)): AgentKey {
  const body = characters(seed, RANDOM_CHARACTERS);
  const key = `${PREFIX}${body}${checksum(body)}`;
  return { key, prefix: key.slice(0, PREFIX.length + SHOWN_CHARACTERS), hash: hashKey(key) };
}

/** Whether the text has the form of a key. Whether the database knows that key is another question. */
export function isAgentKey(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const body = text.slice(PREFIX.length, -CHECK_CHARACTERS);
  return text.endsWith(checksum(body));
}

/**
 * A plain hash is enough: 190 random bits cannot be found by trying, unlike a password. Keys are looked up by their hash,
 * so the time that a look-up takes reveals nothing about a key.
 */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Bytes of 248 and above are dropped, so that each of the 62 characters is equally likely. */
function characters(bytes: Uint8Array, count: number): string {
  let text = '';
  for (const byte of bytes) {
    if (text.length === count) break;
    if (byte < 248) text += ALPHABET[byte % ALPHABET.length];
  }
  if (text.length < count) throw new RangeError(`A key needs at least ${count * 2} bytes of seed.`);
  return text;
}

const checksum = (body: string): string =>
  characters(createHash('sha256').update(`${PREFIX}${body}`).digest(), CHECK_CHARACTERS);
