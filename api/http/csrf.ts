/** Protection against forged requests (T48): the CSRF token in a form, and the check of a request's origin. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AgentWardenError } from '../../domain/errors';
import { signText, verifyText, type KeyRing } from '../../encryption/keys';

/**
 * The token of one form. `bound` names what the form may do: the link or session, the approval and the step.
 * A form that is sent twice carries the same token, so its vote counts once.
 */
export function createCsrfToken(ring: KeyRing<'page-nonce'>, bound: string): string {
  const random = randomBytes(12).toString('base64url');
  return `${random}.${signText(ring, `${bound}\n${random}`)}`;
}

export function isCsrfToken(ring: KeyRing<'page-nonce'>, bound: string, token: string): boolean {
  const [random = '', ...signature] = token.split('.');
  return /^[\w-]{16}$/.test(random) && verifyText(ring, `${bound}\n${random}`, signature.join('.'));
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses a request that a page of another site made. `Sec-Fetch-Site` says so plainly; older browsers send `Origin`.
 * Our pages send no referrer, so their forms may carry the origin `null`: their CSRF token proves where they came from.
 * JSON routes have no such token, so there `null` is refused (`formsToo` false).
 */
export function checkOrigin(
  publicUrl: string,
  { headers, method }: { headers: IncomingHttpHeaders; method: string },
  { formsToo }: { formsToo: boolean },
): void {
  if (SAFE_METHODS.includes(method) || isSameSite(publicUrl, headers, formsToo)) return;
  throw new AgentWardenError(
    'forbidden',
    'The request came from a page of another site, so it was not carried out. Open our own page and try there.',
  );
}

function isSameSite(publicUrl: string, headers: IncomingHttpHeaders, formsToo: boolean): boolean {
  const { origin, host, 'sec-fetch-site': site, 'content-type': type } = headers;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (origin === undefined || origin === new URL(publicUrl).origin) return true;
  if (origin === 'null') return formsToo && type?.startsWith('application/x-www-form-urlencoded') === true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
