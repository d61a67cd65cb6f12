/**
 * Derives one key per purpose from the deployment's secret keys, by HKDF-SHA256 (RFC 5869): a signature or a leaked key
 * of one purpose is worthless for another.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AgentWardenError } from '../domain/errors';

/** A secret of 32 bytes and its name. Tokens and ciphertexts carry the name, so that old ones can be read after a rotation. */
export interface SecretKey {
  readonly kid: string;
  readonly secret: Buffer;
}

export const PURPOSES = ['link-token', 'page-nonce', 'payload', 'seal', 'user-token'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** The keys of one purpose: the first signs and encrypts, all verify and decrypt. */
export interface KeyRing<P extends Purpose = Purpose> {
  readonly purpose: P;
  readonly keys: readonly [SecretKey, ...SecretKey[]];
}

export const KEY_BYTES = 32;
export const KID = /^[A-Za-z0-9_-]{1,32}$/;

/** Throws `invalid_request` for an empty list, a repeated or malformed name, or a secret that is not 32 bytes, so that no deployment starts with it. */
export function purposeKey<P extends Purpose>(secretKeys: readonly SecretKey[], purpose: P): KeyRing<P> {
  checkKeys(secretKeys);
  const derive = ({ kid, secret }: SecretKey): SecretKey => ({
    kid,
    secret: Buffer.from(hkdfSync('sha256', secret, 'agentwarden/1', purpose, KEY_BYTES)),
  });
  const [first, ...rest] = secretKeys as [SecretKey, ...SecretKey[]];
  return { purpose, keys: [derive(first), ...rest.map(derive)] };
}

/** The payload keys of a deployment that does not set `PAYLOAD_KEYS`. */
export const derivedPayloadKeys = (secretKeys: readonly SecretKey[]): SecretKey[] => [
  ...purposeKey(secretKeys, 'payload').keys,
];

export function checkKeys(keys: readonly SecretKey[]): void {
  if (keys.length === 0) throw refuse('no secret key is configured');
  const seen = new Set<string>();
  for (const { kid, secret } of keys) {
    if (!KID.test(kid)) throw refuse(`the key name ${JSON.stringify(kid)} is not 1 to 32 letters, digits, "_" or "-"`);
    if (seen.has(kid)) throw refuse(`the key name ${JSON.stringify(kid)} is used twice`);
    if (secret.length !== KEY_BYTES) throw refuse(`the key ${kid} has ${secret.length} bytes and needs ${KEY_BYTES}`);
    seen.add(kid);
  }
}

export const keyOf = (keys: readonly SecretKey[], kid: string): Buffer | undefined =>
  keys.find((key) => key.kid === kid)?.secret;

/** 128 bits cannot be guessed, and are short enough for a link in a text message. */
const MAC_BYTES = 16;

const macOf = (secret: Buffer, message: string): Buffer =>
  createHmac('sha256', secret).update(message).digest().subarray(0, MAC_BYTES);

/** A signature `kid.mac`: deterministic and URL-safe. */
export function signText(ring: KeyRing, message: string): string {
  const { kid, secret } = ring.keys[0];
  return `${kid}.${macOf(secret, message).toString('base64url')}`;
}

/** False for every malformed, foreign or forged signature. Compares in constant time. */
export function verifyText(ring: KeyRing, message: string, signature: string): boolean {
  const [kid = '', mac = '', ...more] = signature.split('.');
  const secret = keyOf(ring.keys, kid);
  if (secret === undefined || more.length > 0) return false;
  const given = Buffer.from(mac, 'base64url');
  // Base64 can spell the same bytes in several ways (padding, spare bits). Only one is accepted.
  if (given.length !== MAC_BYTES || given.toString('base64url') !== mac) return false;
  return timingSafeEqual(given, macOf(secret, message));
}

const refuse = (why: string): AgentWardenError =>
  new AgentWardenError(
    'invalid_request',
    `The secret keys cannot be used: ${why}. Set them as kid:base64, separated by commas, each of 32 random bytes.`,
  );
