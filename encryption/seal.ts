/** Encrypts webhook secrets for the database by AES-256-GCM: a leaked dump reveals none of them. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AgentWardenError } from '../domain/errors';
import { keyOf, type KeyRing, type SecretKey } from './keys';

const CIPHER = 'aes-256-gcm';
/** 96 random bits are safe for about four billion messages under one key, many more than a deployment encrypts between two rotations. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Returns nonce, ciphertext and tag in one buffer. `bound` is additional data: not stored, and needed again to decrypt. */
export function encrypt(secret: Buffer, plain: Uint8Array, bound: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined unless `encrypt` returned these bytes for the same secret and `bound`. */
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

/** Returns `kid.base64url`. `bound` names the row (`whk_…`): a secret that was moved to another row does not open. */
export function seal(ring: KeyRing<'seal'>, text: string, bound: string): string {
  const { kid, secret } = ring.keys[0];
  return `${kid}.${encrypt(secret, Buffer.from(text), bound).toString('base64url')}`;
}

/** Throws `unavailable` when the key is missing or the text was changed; an operator must mend either. */
export function open(ring: KeyRing<'seal'>, sealed: string, bound: string): string {
  const [kid = '', body = ''] = sealed.split('.');
  const secret = keyOf(ring.keys, kid);
  if (secret === undefined) throw unknownKey(kid, ring.keys);
  const plain = decrypt(secret, Buffer.from(body, 'base64url'), bound);
  if (plain === undefined) {
    throw new AgentWardenError(
      'unavailable',
      `The secret of ${bound} does not decrypt with the key ${kid}: it was changed, or copied from another row. Rotate it.`,
    );
  }
  return plain.toString();
}

export function unknownKey(kid: string, keys: readonly SecretKey[]): AgentWardenError {
  const known = keys.map((key) => key.kid).join(', ');
  return new AgentWardenError(
    'unavailable',
    `This was encrypted with the key ${JSON.stringify(kid.slice(0, 32))}, but only ${known} are configured. ` +
      'Add the retired key after the current ones until nothing is encrypted with it.',
  );
}
