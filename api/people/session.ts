/** The session of a person: ask for a login link, see who is signed in, sign out. */
import { z } from 'zod';
import { sendLoginLink, signOut } from '../../application/login';
import { timestamp } from '../../domain/timestamp';
import { sessionCookie } from '../http/cookies';
import { noContent, ok, route } from '../http/route';
import { EmailAddress, Instant, ReturnTo } from '../http/schemas';
import { presentPerson, UserSchema } from '../http/user-schema';

export const requestLink = route({
  id: 'request-login-link',
  method: 'post',
  path: '/api/session/link',
  tag: 'session',
  summary: 'Email a one-time sign-in link; the answer is the same for every address',
  access: 'public',
  limit: 'page',
  body: z.strictObject({ email: EmailAddress, return_to: ReturnTo }).meta({ id: 'LoginLinkRequest' }),
  answers: { 202: z.object({ sent: z.literal(true) }) },
  handler(deps, { body, ip, request_id }) {
    sendLoginLink(deps, { email: body.email, return_to: body.return_to, ip, request_id });
    return { status: 202, json: { sent: true } } as const;
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
    await signOut(deps, caller.session);
    return { ...noContent(), headers: { 'Set-Cookie': sessionCookie(deps.publicUrl, null, 0) } };
  },
});
