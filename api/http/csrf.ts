/** What a form carries so that only somebody who saw the page can send it, and so that sending it twice counts once. */
import { randomBytes } from 'node:crypto';
import { signText, verifyText, type KeyRing } from '../../encryption/keys';

/** `bound` names what the form may do: which link or session, on which approval, at which step. */
export function makeNonce(ring: KeyRing<'page-nonce'>, bound: string): string {
  const random = randomBytes(12).toString('base64url');
  return `${random}.${signText(ring, `${bound}\n${random}`)}`;
}

export function isNonce(ring: KeyRing<'page-nonce'>, bound: string, nonce: string): boolean {
  const [random = '', ...signature] = nonce.split('.');
  return /^[\w-]{16}$/.test(random) && verifyText(ring, `${bound}\n${random}`, signature.join('.'));
}
