/** Small secrets for the database (webhook secrets): AES-256-GCM, so that a leaked dump holds none of them. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AgentWardenError } from '../domain/errors';
import { keyOf, type KeyRing, type SecretKey } from './keys';

const CIPHER = 'aes-256-gcm';
/** 96 random bits: safe for some four billion messages under one key, far beyond what a deployment makes between two rotations. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Nonce, ciphertext and tag in one buffer. `bound` is not stored; opening needs the same. */
export function encrypt(secret: Buffer, plain: Uint8Array, bound: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when the bytes were not made by `encrypt` with this secret and this `bound`. */
export function decrypt(secret: Buffer, sealed: Uint8Array, bound: string): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, secret, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(bound));
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, end));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}

/** `kid.base64url`. `bound` names the row that it belongs to (`whk_…`): moved to another row, it does not open. */
export function seal(ring: KeyRing<'seal'>, text: string, bound: string): string {
  const { kid, secret } = ring.keys[0];
  return `${kid}.${encrypt(secret, Buffer.from(text), bound).toString('base64url')}`;
}

/** Throws `unavailable` when the key is gone or the text was changed: an operator must look, nothing can be guessed. */
export function open(ring: KeyRing<'seal'>, sealed: string, bound: string): string {
  const [kid = '', body = ''] = sealed.split('.');
  const secret = keyOf(ring.keys, kid);
  if (secret === undefined) throw unknownKey(kid, ring.keys);
  const plain = decrypt(secret, Buffer.from(body, 'base64url'), bound);
  if (plain === undefined) {
    throw new AgentWardenError(
      'unavailable',
      `A sealed secret of ${bound} does not open with the key ${kid}: it was changed or belongs elsewhere. Make a new one.`,
    );
  }
  return plain.toString();
}

export function unknownKey(kid: string, keys: readonly SecretKey[]): AgentWardenError {
  const known = keys.map((key) => key.kid).join(', ');
  return new AgentWardenError(
    'unavailable',
    `This was encrypted with the key ${JSON.stringify(kid.slice(0, 32))}, and only ${known} are configured. ` +
      'Add the retired key after the present ones until nothing uses it any more.',
  );
}
