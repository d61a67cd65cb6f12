/** Authentication: from a request's credentials to its caller. They are looked up live, so a revoked key or an ended session is refused at once. */
import type { IncomingHttpHeaders } from 'node:http';
import { sessionOf } from '../../application/login';
import { findPerson } from '../../application/people';
import { AgentWardenError } from '../../domain/errors';
import { hashKey, isAgentKey } from '../../encryption/agent-key';
import { verifyUserToken } from '../../encryption/user-token';
import type { HttpDeps } from './deps';
import type { AgentCaller, PersonCaller } from '../../application/caller';
import { keyInForce, type Key } from '../../application/configuration-cache';
import { cookiesOf, sessionCookieName } from './cookies';
import { checkOrigin } from './csrf';

/** Each kind of access that a route can ask for, and the caller that its handler then gets. */
export interface Callers {
  public: null;
  agent: AgentCaller;
  /** Like `agent`, but looked up in the configuration in memory. Only the check uses it, because its audit entry shows whether that was current. */
  agentCached: AgentCaller;
  person: PersonCaller;
  /** A person with the role admin or auditor. */
  auditor: PersonCaller;
  admin: PersonCaller;
  /** Like `person`, for an HTML page: a visitor without a session is sent to the login page and returns afterwards. */
  page: PersonCaller;
  /** Like `page`, for admins only. */
  adminPage: PersonCaller;
  /** A request from this machine, or with the metrics token. */
  operator: null;
}
export type Access = keyof Callers;

export interface Asking {
  headers: IncomingHttpHeaders;
  ip: string;
  /** The address of the TCP connection, which no header can forge. */
  peer: string;
  method: string;
  url: string;
}

const bearerOf = (headers: IncomingHttpHeaders): string | null =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;

export async function identify(deps: HttpDeps, access: Access, asking: Asking): Promise<Callers[Access]> {
  switch (access) {
    case 'public':
      return null;
    case 'operator':
      return requireOperator(deps, asking);
    case 'agent':
    case 'agentCached':
      return identifyAgent(deps, access, asking);
    default:
      return identifyPerson(deps, access, asking);
  }
}

async function identifyAgent(deps: HttpDeps, access: Access, { headers, ip }: Asking): Promise<AgentCaller> {
  const given = headers['x-api-key'];
  const key = typeof given === 'string' && given !== '' ? given : bearerOf(headers);
  const known = key !== null && isAgentKey(key) ? await findKey(deps, access, hashKey(key)) : null;
  if (known) return { key: known };
  deps.limiter.take('refused', ip);
  throw new AgentWardenError(
    'unauthenticated',
    key === null ? 'No agent key was sent.' : 'The agent key is not known, has expired or was revoked.',
    {
      fix: 'Send a key of this deployment as X-API-Key: aw_… (an admin creates one with POST /api/keys).',
    },
  );
}

async function findKey(deps: HttpDeps, access: Access, hash: string): Promise<Key | null> {
  if (access !== 'agentCached') return deps.configuration.key(hash);
  return keyInForce(await deps.configuration.cached(), hash, deps.now()) ?? deps.configuration.key(hash);
}

async function identifyPerson(deps: HttpDeps, access: Access, asking: Asking): Promise<PersonCaller> {
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
  if (caller.by === 'cookie')
    checkOrigin(deps.publicUrl, asking, { formsToo: access === 'page' || access === 'adminPage' });
  const { roles } = caller.person;
  const needed =
    access === 'admin' || access === 'adminPage' ? ['admin'] : access === 'auditor' ? ['admin', 'auditor'] : null;
  if (needed !== null && !needed.some((role) => roles.includes(role)))
    throw new AgentWardenError(
      'forbidden',
      `This needs the role ${needed.join(' or ')}, and ${caller.person.name} does not have it. An admin can give it.`,
    );
  return caller;
}

export async function findCaller(deps: HttpDeps, { headers }: Pick<Asking, 'headers'>): Promise<PersonCaller | null> {
  const now_ms = deps.now();
  const token = bearerOf(headers);
  if (token?.startsWith('aw_') || (token === null && headers['x-api-key'] !== undefined))
    throw new AgentWardenError(
      'forbidden',
      'An agent key works only under /sdk. The routes for people are closed to agents.',
    );
  if (token !== null) {
    const read = await verifyUserToken(deps.rings.user, token, now_ms);
    const person = read && (await findPerson(deps.db, read.user_id));
    if (!person?.active || read!.issued_at_ms < wholeSecond(person.active_since)) return null;
    return { person, by: 'token', expires_at_ms: read!.expires_at_ms, session: null };
  }
  const cookie = cookiesOf(headers)[sessionCookieName(deps.publicUrl)];
  if (cookie === undefined || cookie === '') return null;
  const session = await sessionOf(deps, cookie);
  return session === null ? null : { ...session, by: 'cookie' };
}

/** Tokens carry whole seconds. A token from before its person was inactive stays invalid, as their sessions do. */
const wholeSecond = (at: Date | null): number => (at === null ? 0 : Math.floor(at.getTime() / 1000) * 1000);

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

function requireOperator({ settings }: HttpDeps, { headers, peer }: Asking): null {
  const token = settings.metricsToken;
  // Behind a proxy on this machine every request comes from loopback, so a forwarded request needs the token.
  const local = LOOPBACK.test(peer) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
  if (local || (token !== undefined && hashKey(bearerOf(headers) ?? '') === hashKey(token))) return null;
  throw new AgentWardenError(
    'unauthenticated',
    'Metrics are served only to this machine, or with METRICS_TOKEN as bearer token.',
  );
}
