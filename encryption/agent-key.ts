/**
 * Agent keys: `aw_`, 32 random base-62 characters (190 bits), 6 characters of checksum. The checksum lets a secret
 * scanner, and our own front door, tell a key from a look-alike without asking the database.
 */
import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'aw_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_CHARACTERS = 32;
const CHECK_CHARACTERS = 6;
const SHOWN_CHARACTERS = 6;
const SHAPE = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_CHARACTERS + CHECK_CHARACTERS}}$`);
/** Three times the characters: bytes above 247 are dropped, and so many never are. */
export const AGENT_KEY_SEED_BYTES = 96;

export interface AgentKey {
  /** Shown once, never stored. */
  key: string;
  /** The first nine characters: enough to find a key in a list, useless to guess the rest. */
  prefix: string;
  /** SHA-256, hex: what the database holds. */
  hash: string;
}

/** `seed` only for a key that must come out the same each time (the demo agent's): at least 64 bytes that nobody can guess. */
export function makeAgentKey(seed: Uint8Array = randomBytes(AGENT_KEY_SEED_BYTES)): AgentKey {
  const body = characters(seed, RANDOM_CHARACTERS);
  const key = `${PREFIX}${body}${checksum(body)}`;
  return { key, prefix: key.slice(0, PREFIX.length + SHOWN_CHARACTERS), hash: hashKey(key) };
}

/** Whether the text can be a key at all; says nothing about whether it is known. */
export function isAgentKey(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const body = text.slice(PREFIX.length, -CHECK_CHARACTERS);
  return text.endsWith(checksum(body));
}

/**
 * A plain hash is enough: with 190 random bits there is nothing to try, unlike with a password. Keys are found by their
 * hash, so that how long the search takes tells nothing about a key.
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
