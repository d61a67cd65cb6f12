/** Signs people in by a one-time login link, and opens the session. Secrets are stored only as hashes. */
import { randomBytes } from 'node:crypto';
import * as login from '../db/login';
import { findPerson, normalEmail, type Person } from '../db/people';
import { hashKey } from '../encryption/agent-key';
import type { Deps } from './deps';

/** How long a login link works. */
export const LOGIN_LINK_MS = 15 * 60_000;
/** How long a session lasts. */
export const SESSION_MS = 12 * 3_600_000;

export interface LoginLinkRequest {
  email: string;
  return_to: string | undefined;
  ip: string;
  request_id: string;
}

/** Emails a login link to a known address. The answer does not wait for this, because its delay would show whether the address is known. */
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

/** Returns the path if it is on this site, else null, so that a login link cannot send people to another site. */
export function ownPath(publicUrl: string, return_to: string | null | undefined): string | null {
  if (!return_to?.startsWith('/') || return_to.length > MAX_PATH_CHARACTERS) return null;
  if (!URL.canParse(return_to, publicUrl)) return null;
  const url = new URL(return_to, publicUrl);
  return url.origin === new URL(publicUrl).origin && !url.pathname.startsWith('//') ? url.pathname + url.search : null;
}

/** Whether the link would sign somebody in now. Changes nothing. */
export const isLoginLink = async (deps: Deps, token: string): Promise<boolean> =>
  (await login.findLoginLink(deps.db, hashKey(token), new Date(deps.now()))) !== null;

/** Uses up the link and opens a session; null when the link does not work. `secret` goes into the cookie, and only there. */
export async function signIn(
  deps: Deps,
  token: string,
  ip: string,
): Promise<{ secret: string; return_to: string | null } | null> {
  const now_ms = deps.now();
  const used = await login.consumeLoginLink(deps.db, hashKey(token), new Date(now_ms));
  if (used === null) return null;
  const secret = randomBytes(32).toString('base64url');
  const expires_at = new Date(now_ms + SESSION_MS);
  await login.createSession(deps.db, { hash: hashKey(secret), user_id: used.user_id, expires_at });
  await deps.audit.append({
    type: 'session.started',
    actor: { type: 'user', id: used.user_id },
    channel: 'dashboard',
    ip,
  });
  return { secret, return_to: ownPath(deps.publicUrl, used.return_to) };
}

export interface OpenSession {
  person: Person;
  expires_at_ms: number;
  /** Hash of the cookie's secret. */
  session: string;
}

/** The session of a cookie; null when it has ended, or its person is no longer active. */
export async function sessionOf(deps: Pick<Deps, 'db' | 'now'>, secret: string): Promise<OpenSession | null> {
  const session = hashKey(secret);
  const found = await login.findSession(deps.db, session, new Date(deps.now()));
  const person = found && (await findPerson(deps.db, found.user_id));
  return person?.active ? { person, expires_at_ms: found!.expires_at.getTime(), session } : null;
}

/** Ends the session. Does nothing for a bearer token, which has none (null). */
export async function signOut(deps: Pick<Deps, 'db'>, session: string | null): Promise<void> {
  if (session !== null) await login.deleteSession(deps.db, session);
}
