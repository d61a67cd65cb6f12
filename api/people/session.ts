/** Signing in by a mailed one-time link, and the session that follows. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  createLoginLink,
  createSession,
  deleteLoginLink,
  deleteSession,
  findLoginLink,
  hasLoginLink,
  useLoginLink,
} from '../../db/login';
import { findPerson, normalEmail } from '../../db/people';
import { hashKey } from '../../encryption/agent-key';
import { renderLoginLinkPage, renderLoginRequestPage, renderMessagePage } from '../../rendering/pages/login';
import { timestamp } from '../../domain/timestamp';
import { sessionCookie } from '../http/cookies';
import { checkOrigin } from '../http/csrf';
import type { Deps } from '../../application/deps';
import { htmlPage, noContent, ok, route, seeOther, type Answer } from '../http/route';
import { presentPerson, UserSchema } from '../http/user-schema';
import { EmailAddress, Instant, text } from '../http/schemas';

export const LOGIN_LINK_MS = 15 * 60_000;
const SESSION_MS = 12 * 3_600_000;

/** More than Node.js takes as an address: whoever was sent here to sign in must never be refused for where they came from. */
const ReturnTo = text(20_000).optional();
const MAX_PATH_CHARACTERS = 2000;

export const requestLink = route({
  id: 'request-login-link',
  method: 'post',
  path: '/api/session/link',
  tag: 'session',
  summary: 'Have a one-time login link mailed; the answer is the same for every address',
  access: 'public',
  limit: 'page',
  body: z.strictObject({ email: EmailAddress, return_to: ReturnTo }).meta({ id: 'LoginLinkRequest' }),
  answers: { 202: z.object({ sent: z.literal(true) }) },
  handler(deps, { body, ip, request_id }) {
    sendLink(deps, { email: body.email, return_to: body.return_to, ip, request_id });
    return { status: 202, json: { sent: true } };
  },
});

interface LinkWish {
  email: string;
  return_to: string | undefined;
  ip: string;
  request_id: string;
}

/** Not awaited: how long it takes would tell whether the address is known. */
function sendLink(deps: Deps, wish: LinkWish): void {
  mailLink(deps, wish).catch((error: unknown) =>
    deps.log.warn({ request_id: wish.request_id, code: (error as { code?: unknown }).code }, 'login link not sent'),
  );
}

/**
 * A stranger may ask in an owner's name, from any number of sources, and must neither fill the mailbox nor keep the owner
 * out: where a mailed link still works, that is the answer, and only a few more go out; where none works, one goes out
 * within a minute in any case.
 */
async function mailLink(deps: Deps, { email, return_to, ip }: LinkWish): Promise<void> {
  const address = normalEmail(email);
  const person = await findPerson(deps.db, address);
  if (!person?.active) return;
  deps.limiter.take('login_by_ip', ip);
  const now_ms = deps.now();
  const has = await hasLoginLink(deps.db, person.id, new Date(now_ms));
  deps.limiter.take(has ? 'login_again' : 'login_first', address);
  const token = randomBytes(32).toString('base64url');
  const hash = hashKey(token);
  await createLoginLink(deps.db, {
    hash,
    user_id: person.id,
    return_to: ownPath(deps, return_to),
    expires_at: new Date(now_ms + LOGIN_LINK_MS),
  });
  try {
    await deps.mailLogin({ address, name: person.name }, `${deps.settings.publicUrl}/login/${token}`, LOGIN_LINK_MS);
  } catch (error) {
    await deleteLoginLink(deps.db, hash);
    throw error;
  }
}

/** A path of ours, or nothing: a login must not be a way to send people elsewhere. */
export function ownPath({ settings }: Pick<Deps, 'settings'>, return_to: string | null | undefined): string | null {
  if (!return_to?.startsWith('/') || return_to.length > MAX_PATH_CHARACTERS) return null;
  if (!URL.canParse(return_to, settings.publicUrl)) return null;
  const url = new URL(return_to, settings.publicUrl);
  return url.origin === new URL(settings.publicUrl).origin && !url.pathname.startsWith('//')
    ? url.pathname + url.search
    : null;
}

export const loginPage = route({
  id: 'login-page',
  method: 'get',
  path: '/login',
  tag: 'pages',
  summary: 'Asks for the address that a login link goes to',
  access: 'public',
  limit: 'page',
  page: true,
  query: z.object({ return_to: ReturnTo, sent: text(1).optional() }),
  answers: { 200: 'The form' },
  handler(deps, { query }) {
    const return_to = ownPath(deps, query.return_to) ?? undefined;
    return htmlPage(
      renderLoginRequestPage({
        action_url: '/login',
        sent: query.sent === '1',
        to_outbox: deps.settings.outboxDir !== undefined && deps.settings.mail.smtpUrl === undefined,
        ...(return_to === undefined ? {} : { return_to }),
      }),
    );
  },
});

export const loginForm = route({
  id: 'login-form',
  method: 'post',
  path: '/login',
  tag: 'pages',
  summary: 'The form of the login page',
  access: 'public',
  limit: 'page',
  page: true,
  body: z.object({ email: text(300), return_to: ReturnTo }),
  body_kind: 'form',
  answers: { 303: 'A mail is on its way, if the address is known', 400: 'Not an address' },
  handler(deps, { body, ip, request_id, headers }) {
    checkOrigin(deps.settings.publicUrl, { headers, method: 'POST' }, { formsToo: true });
    const email = EmailAddress.safeParse(body.email.trim());
    if (!email.success)
      return htmlPage(
        renderLoginRequestPage({
          action_url: '/login',
          error: 'This is not an e-mail address. Nothing was sent; correct it and try again.',
        }),
        400,
      );
    sendLink(deps, { email: email.data, return_to: body.return_to, ip, request_id });
    return seeOther('/login?sent=1');
  },
});

const TokenParams = z.object({ token: z.string().min(1).max(200) });

const deadLink = (): Answer =>
  htmlPage(
    renderMessagePage({
      title: 'This login link does not work',
      body: 'It was used already, is older than its time, or was never ours. Nothing happened.',
      status: 404,
      next: { label: 'Ask for a new link', url: '/login' },
    }),
    404,
  );

export const linkPage = route({
  id: 'login-link-page',
  method: 'get',
  path: '/login/{token}',
  tag: 'pages',
  summary: 'One button; opening the link signs nobody in',
  access: 'public',
  limit: 'page',
  page: true,
  params: TokenParams,
  answers: { 200: 'The button', 404: 'The link does not work' },
  async handler(deps, { params, ip }) {
    deps.limiter.peek('refused', ip);
    if ((await findLoginLink(deps.db, hashKey(params.token), new Date(deps.now()))) !== null)
      return htmlPage(renderLoginLinkPage({ action_url: `/login/${encodeURIComponent(params.token)}` }));
    deps.limiter.take('refused', ip);
    return deadLink();
  },
});

export const signIn = route({
  id: 'sign-in',
  method: 'post',
  path: '/login/{token}',
  tag: 'pages',
  summary: 'Signs in, once',
  access: 'public',
  limit: 'page',
  page: true,
  params: TokenParams,
  body: z.object({}),
  body_kind: 'form',
  body_optional: true,
  answers: { 303: 'Signed in; the session is in the cookie', 404: 'The link does not work' },
  async handler(deps, { params, headers, ip }) {
    checkOrigin(deps.settings.publicUrl, { headers, method: 'POST' }, { formsToo: true });
    deps.limiter.peek('refused', ip);
    const now_ms = deps.now();
    const used = await useLoginLink(deps.db, hashKey(params.token), new Date(now_ms));
    if (used === null) {
      deps.limiter.take('refused', ip);
      return deadLink();
    }
    const cookie = randomBytes(32).toString('base64url');
    await createSession(deps.db, {
      hash: hashKey(cookie),
      user_id: used.user_id,
      expires_at: new Date(now_ms + SESSION_MS),
    });
    await deps.audit.append({
      type: 'session.started',
      actor: { type: 'user', id: used.user_id },
      channel: 'dashboard',
      ip,
    });
    return seeOther(ownPath(deps, used.return_to) ?? '/approvals', {
      'Set-Cookie': sessionCookie(deps.settings.publicUrl, cookie, SESSION_MS / 1000),
    });
  },
});

export const getSession = route({
  id: 'get-session',
  method: 'get',
  path: '/api/session',
  tag: 'session',
  summary: 'Who is signed in, and until when',
  access: 'person',
  answers: { 200: z.object({ user: UserSchema, expires_at: Instant }) },
  handler: (_deps, { caller }) =>
    ok({ user: presentPerson(caller.person), expires_at: timestamp(caller.expires_at_ms) }),
});

export const endSession = route({
  id: 'end-session',
  method: 'delete',
  path: '/api/session',
  tag: 'session',
  summary: 'Sign out',
  access: 'person',
  answers: { 204: 'Signed out' },
  async handler(deps, { caller }) {
    if (caller.session !== null) await deleteSession(deps.db, caller.session);
    return { ...noContent(), headers: { 'Set-Cookie': sessionCookie(deps.settings.publicUrl, null, 0) } };
  },
});
