/** Who calls. Credentials are looked up live: a revoked key, an ended session or a person who left is refused at once. */
import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie } from 'cookie';
import { findPerson, type Person } from '../../db/people';
import { findSession } from '../../db/login';
import { AgentWardenError } from '../../domain/errors';
import { hashKey, isAgentKey } from '../../encryption/agent-key';
import { verifyUserToken } from '../../encryption/user-token';
import type { Deps } from '../../application/deps';
import { keyInForce, type Key } from '../../application/configuration-cache';

export interface AgentCaller {
  key: Key;
}

export interface PersonCaller {
  person: Person;
  /** A cookie is what a browser sends by itself: only then can another site speak in a person's name. */
  by: 'token' | 'cookie';
  expires_at_ms: number;
  /** Hash of the session's cookie. */
  session: string | null;
}

/** Each kind of access, and what the handler then knows. */
export interface Callers {
  public: null;
  agent: AgentCaller;
  /** An agent, looked up in memory: for the check, whose audit entry tells whether that was still right. */
  asker: AgentCaller;
  person: PersonCaller;
  /** Admins and auditors. */
  reader: PersonCaller;
  admin: PersonCaller;
  /** A page: whoever is signed out is sent to the login page and comes back. */
  visitor: PersonCaller;
  admin_visitor: PersonCaller;
  /** Loopback, or the metrics token. */
  operator: null;
}
export type Access = keyof Callers;

/** By what a person's request came, as votes and the audit name it. */
export const channelOf = ({ by }: Pick<PersonCaller, 'by'>) => (by === 'cookie' ? 'dashboard' : 'api');

export interface Asking {
  headers: IncomingHttpHeaders;
  ip: string;
  /** The address of the peer itself, whatever a proxy says. */
  peer: string;
  method: string;
  url: string;
}

const secure = (publicUrl: string): boolean => publicUrl.startsWith('https:');
export const sessionCookieName = (publicUrl: string): string =>
  secure(publicUrl) ? '__Host-aw_session' : 'aw_session';

/** `value` null: takes the cookie away. */
export function sessionCookie(publicUrl: string, value: string | null, max_age_s: number): string {
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure(publicUrl) ? '; Secure' : ''}`;
  return `${sessionCookieName(publicUrl)}=${value ?? ''}; Max-Age=${value === null ? 0 : max_age_s}; ${attributes}`;
}

export const cookiesOf = (headers: IncomingHttpHeaders): Record<string, string | undefined> =>
  parseCookie(headers.cookie ?? '');

const bearerOf = (headers: IncomingHttpHeaders): string | null =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;

export async function identify(deps: Deps, access: Access, asking: Asking): Promise<Callers[Access]> {
  switch (access) {
    case 'public':
      return null;
    case 'operator':
      return requireOperator(deps, asking);
    case 'agent':
    case 'asker':
      return identifyAgent(deps, access, asking);
    default:
      return identifyPerson(deps, access, asking);
  }
}

async function identifyAgent(deps: Deps, access: Access, { headers, ip }: Asking): Promise<AgentCaller> {
  const given = headers['x-api-key'];
  const key = typeof given === 'string' && given !== '' ? given : bearerOf(headers);
  const known = key !== null && isAgentKey(key) ? await findKey(deps, access, hashKey(key)) : null;
  if (known) return { key: known };
  deps.limiter.take('refused', ip);
  throw new AgentWardenError(
    'unauthenticated',
    key === null ? 'No agent key was sent.' : 'The agent key is not known, has expired or was revoked.',
    {
      fix: 'Send a key of this deployment as X-API-Key: aw_… (an admin makes one with POST /api/keys).',
    },
  );
}

async function findKey(deps: Deps, access: Access, hash: string): Promise<Key | null> {
  if (access !== 'asker') return deps.configuration.key(hash);
  return keyInForce(await deps.configuration.cached(), hash, deps.now()) ?? deps.configuration.key(hash);
}

async function identifyPerson(deps: Deps, access: Access, asking: Asking): Promise<PersonCaller> {
  const caller = await findCaller(deps, asking);
  if (caller === null) {
    if (asking.headers.authorization !== undefined || asking.headers['x-api-key'] !== undefined)
      deps.limiter.take('refused', asking.ip);
    throw new AgentWardenError(
      'unauthenticated',
      'Nobody is signed in: no valid bearer token and no session came with the request.',
      {
        fix: 'Sign in at /login, or send Authorization: Bearer with the token that `agentwarden token EMAIL` prints.',
      },
    );
  }
  if (caller.by === 'cookie') refuseForeignOrigin(deps, asking, access === 'visitor' || access === 'admin_visitor');
  const { roles } = caller.person;
  const needed =
    access === 'admin' || access === 'admin_visitor' ? ['admin'] : access === 'reader' ? ['admin', 'auditor'] : null;
  if (needed !== null && !needed.some((role) => roles.includes(role)))
    throw new AgentWardenError(
      'forbidden',
      `This needs the role ${needed.join(' or ')}, and ${caller.person.name} does not have it. An admin can give it.`,
    );
  return caller;
}

export async function findCaller(deps: Deps, { headers }: Pick<Asking, 'headers'>): Promise<PersonCaller | null> {
  const now_ms = deps.now();
  const token = bearerOf(headers);
  if (token?.startsWith('aw_') || (token === null && headers['x-api-key'] !== undefined))
    throw new AgentWardenError(
      'forbidden',
      'An agent key opens only /sdk: what people see and decide is closed to agents.',
    );
  if (token !== null) {
    const read = await verifyUserToken(deps.rings.user, token, now_ms);
    const person = read && (await findPerson(deps.db, read.user_id));
    if (!person?.active || read!.issued_at_ms < wholeSecond(person.active_since)) return null;
    return { person, by: 'token', expires_at_ms: read!.expires_at_ms, session: null };
  }
  const cookie = cookiesOf(headers)[sessionCookieName(deps.settings.publicUrl)];
  if (cookie === undefined || cookie === '') return null;
  const session = hashKey(cookie);
  const found = await findSession(deps.db, session, new Date(now_ms));
  const person = found && (await findPerson(deps.db, found.user_id));
  return person?.active ? { person, by: 'cookie', expires_at_ms: found!.expires_at.getTime(), session } : null;
}

/** Tokens count in seconds; one from before its person was inactive stays ended, as their sessions do. */
const wholeSecond = (at: Date | null): number => (at === null ? 0 : Math.floor(at.getTime() / 1000) * 1000);

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * T48. Browsers that know Sec-Fetch-Site say it plainly; others send Origin. A form of our own pages may say `null`,
 * because the pages send no referrer: then the nonce in the form is what another site cannot know. The JSON routes have no
 * nonce, and some take a request without a body: there `null` is anybody.
 */
export function refuseForeignOrigin(
  deps: Pick<Deps, 'settings'>,
  { headers, method }: Pick<Asking, 'headers' | 'method'>,
  takes_forms = true,
): void {
  if (SAFE.includes(method)) return;
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const own =
    site !== undefined
      ? site === 'same-origin' || site === 'none'
      : origin === undefined ||
        origin === new URL(deps.settings.publicUrl).origin ||
        sameHost(origin, headers.host) ||
        (origin === 'null' && form && takes_forms);
  if (!own)
    throw new AgentWardenError(
      'forbidden',
      'The request came from a page of another site, so it was not carried out. Open our own page and try there.',
    );
}

function sameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

function requireOperator({ settings }: Deps, { headers, peer }: Asking): null {
  const token = settings.metricsToken;
  // Behind a proxy on the same machine everybody comes from loopback: a forwarded request needs the token.
  const local = LOOPBACK.test(peer) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
  if (local || (token !== undefined && hashKey(bearerOf(headers) ?? '') === hashKey(token))) return null;
  throw new AgentWardenError(
    'unauthenticated',
    'Metrics are for this machine, or for whoever has METRICS_TOKEN as bearer token.',
  );
}
