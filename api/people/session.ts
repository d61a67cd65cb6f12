/** Routes for the session: request a login link, read the session, sign out. */
import { z } from 'zod';
import { sendLoginLink, signOut } from '../../application/login';
import { timestamp } from '../../domain/timestamp';
import { sessionCookie } from '../http/cookies';
import { noContent, ok, route } from '../http/route';
import { EXAMPLES, STORY } from '../http/examples';
import { EmailAddress, Instant, ReturnTo, named } from '../http/schemas';
import { presentPerson, UserSchema } from '../http/user-schema';

const LoginLinkRequest = z
  .strictObject({
    email: EmailAddress.describe('Where the link is sent, if it is the address of an active person.'),
    return_to: ReturnTo,
  })
  .meta({ id: 'LoginLinkRequest', description: 'Who wants to sign in.' })
  .register(EXAMPLES, { example: { email: 'ana@acme.example', return_to: `/approvals/${STORY.approval_id}` } });

const Sent = z
  .object({ sent: z.literal(true).describe('Always true: the answer does not tell whether the address is known.') })
  .register(EXAMPLES, { example: { sent: true } });

const Session = z
  .object({
    user: named(UserSchema, 'The person who is signed in, or whose token was sent.'),
    expires_at: Instant.describe('When the session or the token ends, RFC 3339 in UTC.'),
  })
  .register(EXAMPLES, {
    example: { user: EXAMPLES.get(UserSchema)!.example, expires_at: '2026-11-28T04:00:00.000Z' },
  });

export const requestLink = route({
  id: 'request-login-link',
  method: 'post',
  path: '/api/session/link',
  tag: 'session',
  summary: 'Email a one-time sign-in link; the answer is the same for every address',
  access: 'public',
  limit: 'page',
  body: LoginLinkRequest,
  answers: { 202: Sent },
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
  answers: { 200: Session },
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
