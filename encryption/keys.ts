/**
 * Where every key comes from: the deployment's secret keys, one key per purpose by HKDF-SHA256 (RFC 5869), so that what
 * one purpose leaks or signs is worth nothing to another.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AgentWardenError } from '../domain/errors';

/** A secret of 32 bytes and the short name that tokens and ciphertexts carry, so that old ones are read after a rotation. */
export interface SecretKey {
  readonly kid: string;
  readonly secret: Buffer;
}

export const PURPOSES = ['link-token', 'page-nonce', 'payload', 'seal', 'user-token'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** The keys of one purpose: the first signs and seals, all verify and open. */
export interface KeyRing<P extends Purpose = Purpose> {
  readonly purpose: P;
  readonly keys: readonly [SecretKey, ...SecretKey[]];
}

export const KEY_BYTES = 32;
export const KID = /^[A-Za-z0-9_-]{1,32}$/;

/** Throws `invalid_request` for an empty list, a repeated or unusable name, a secret that is not 32 bytes: a deployment must not start so. */
export function purposeKey<P extends Purpose>(secretKeys: readonly SecretKey[], purpose: P): KeyRing<P> {
  checkKeys(secretKeys);
  const derive = ({ kid, secret }: SecretKey): SecretKey => ({
    kid,
    secret: Buffer.from(hkdfSync('sha256', secret, 'agentwarden/1', purpose, KEY_BYTES)),
  });
  const [first, ...rest] = secretKeys as [SecretKey, ...SecretKey[]];
  return { purpose, keys: [derive(first), ...rest.map(derive)] };
}

/** What `PAYLOAD_KEYS` falls back to when it is not set. */
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

/** 128 bits: nobody guesses them, and short enough for a link in a text message. */
const MAC_BYTES = 16;

const macOf = (secret: Buffer, message: string): Buffer =>
  createHmac('sha256', secret).update(message).digest().subarray(0, MAC_BYTES);

/** A signature `kid.mac`, the same on each call, safe in a URL. */
export function signText(ring: KeyRing, message: string): string {
  const { kid, secret } = ring.keys[0];
  return `${kid}.${macOf(secret, message).toString('base64url')}`;
}

/** False for every malformed, foreign or forged signature; takes the same time wherever the first difference is. */
export function verifyText(ring: KeyRing, message: string, signature: string): boolean {
  const [kid = '', mac = '', ...more] = signature.split('.');
  const secret = keyOf(ring.keys, kid);
  if (secret === undefined || more.length > 0) return false;
  const given = Buffer.from(mac, 'base64url');
  // The second spelling of the same bytes (padding, spare bits) is refused: a signature has one form.
  if (given.length !== MAC_BYTES || given.toString('base64url') !== mac) return false;
  return timingSafeEqual(given, macOf(secret, message));
}

const refuse = (why: string): AgentWardenError =>
  new AgentWardenError(
    'invalid_request',
    `The secret keys cannot be used: ${why}. Set them as kid:base64, separated by commas, each of 32 random bytes.`,
  );
