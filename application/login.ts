/** Signing in: one-time login links, and where a login may lead. */
import { randomBytes } from 'node:crypto';
import * as login from '../db/login';
import { findPerson, normalEmail } from '../db/people';
import { hashKey } from '../encryption/agent-key';
import type { Deps } from './deps';

/** How long a login link works. */
export const LOGIN_LINK_MS = 15 * 60_000;

export interface LoginLinkRequest {
  email: string;
  return_to: string | undefined;
  ip: string;
  request_id: string;
}

/** Mails a login link to a known address. Nobody waits for it: the time until the answer would show whether the address is known. */
export function sendLoginLink(deps: Deps, request: LoginLinkRequest): void {
  mailLoginLink(deps, request).catch((error: unknown) =>
    deps.log.warn({ request_id: request.request_id, code: (error as { code?: unknown }).code }, 'login link not sent'),
  );
}

/**
 * A stranger can ask in an owner's name, from any number of addresses. That must neither fill the mailbox nor keep the
 * owner out. So only a few more links go out while a mailed one still works; when none works, one goes out each minute.
 */
async function mailLoginLink(deps: Deps, { email, return_to, ip }: LoginLinkRequest): Promise<void> {
  const address = normalEmail(email);
  const person = await findPerson(deps.db, address);
  if (!person?.active) return;
  deps.limiter.take('login_by_ip', ip);
  const now_ms = deps.now();
  const has = await login.hasLoginLink(deps.db, person.id, new Date(now_ms));
  deps.limiter.take(has ? 'login_again' : 'login_first', address);
  const { url, hash } = await createLoginLink(deps, person.id, {
    ttl_ms: LOGIN_LINK_MS,
    return_to: ownPath(deps.publicUrl, return_to),
  });
  try {
    await deps.mailLogin({ address, name: person.name }, url, LOGIN_LINK_MS);
  } catch (error) {
    await login.deleteLoginLink(deps.db, hash);
    throw error;
  }
}

/** Creates a link that signs the person in once. Only its hash is stored. */
export async function createLoginLink(
  { db, now, publicUrl }: Pick<Deps, 'db' | 'now' | 'publicUrl'>,
  user_id: string,
  { ttl_ms, return_to }: { ttl_ms: number; return_to: string | null },
): Promise<{ url: string; hash: string }> {
  const token = randomBytes(32).toString('base64url');
  const hash = hashKey(token);
  await login.createLoginLink(db, { hash, user_id, return_to, expires_at: new Date(now() + ttl_ms) });
  return { url: `${publicUrl}/login/${token}`, hash };
}

const MAX_PATH_CHARACTERS = 2000;

/** The path, if it is one of ours; else null. Otherwise a login link could send people to another site. */
export function ownPath(publicUrl: string, return_to: string | null | undefined): string | null {
  if (!return_to?.startsWith('/') || return_to.length > MAX_PATH_CHARACTERS) return null;
  if (!URL.canParse(return_to, publicUrl)) return null;
  const url = new URL(return_to, publicUrl);
  return url.origin === new URL(publicUrl).origin && !url.pathname.startsWith('//') ? url.pathname + url.search : null;
}
