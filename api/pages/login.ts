/** The sign-in pages: request a link, open the link, press its button. */
import { z } from 'zod';
import { isLoginLink, LOGIN_LINK_MS, ownPath, sendLoginLink, SESSION_MS, signIn } from '../../application/login';
import {
  renderLoginLinkPage,
  renderLoginRequestPage,
  renderLoginSentPage,
  renderMessagePage,
} from '../../rendering/pages/login';
import { pages } from '../../rendering/texts';
import { sessionCookie } from '../http/cookies';
import { checkOrigin } from '../http/csrf';
import { htmlPage, route, seeOther, type BareAnswer } from '../http/route';
import { EXAMPLES } from '../http/examples';
import { EmailAddress, ReturnTo, text } from '../http/schemas';

export const loginPage = route({
  id: 'login-page',
  method: 'get',
  path: '/login',
  tag: 'pages',
  summary: 'Asks for the address to send a sign-in link to',
  access: 'public',
  limit: 'page',
  page: true,
  query: z.object({
    return_to: ReturnTo,
    sent: text(1).optional().meta({ description: '`1`: the page says that a link was sent.', example: '1' }),
  }),
  answers: { 200: 'The form' },
  handler(deps, { query }) {
    const { outboxDir, mail } = deps.settings;
    const to_outbox = outboxDir !== undefined && mail.smtpUrl === undefined;
    if (query.sent === '1')
      return htmlPage(renderLoginSentPage({ login_url: '/login', link_lasts_ms: LOGIN_LINK_MS, to_outbox }));
    const return_to = ownPath(deps.publicUrl, query.return_to) ?? undefined;
    return htmlPage(
      renderLoginRequestPage({ action_url: '/login', ...(return_to === undefined ? {} : { return_to }) }),
    );
  },
});

const LoginForm = z
  .object({ email: text(300).describe('The email address that was typed.'), return_to: ReturnTo })
  .register(EXAMPLES, { example: { email: 'ana@acme.example', return_to: '/approvals' } });

export const loginForm = route({
  id: 'login-form',
  method: 'post',
  path: '/login',
  tag: 'pages',
  summary: 'The form of the login page',
  access: 'public',
  limit: 'page',
  page: true,
  body: LoginForm,
  body_kind: 'form',
  answers: { 303: 'The email is on its way if the address is known', 400: 'Not an address' },
  problems: ['forbidden'],
  handler(deps, { body, ip, request_id, headers }) {
    checkOrigin(deps.publicUrl, { headers, method: 'POST' }, { formsToo: true });
    const email = EmailAddress.safeParse(body.email.trim());
    if (!email.success)
      return htmlPage(renderLoginRequestPage({ action_url: '/login', error: pages.login_bad_address }), 400);
    sendLoginLink(deps, { email: email.data, return_to: body.return_to, ip, request_id });
    return seeOther('/login?sent=1');
  },
});

const TokenParams = z.object({
  token: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'The secret of the login link, from the email.', example: 'c2lnbi1pbi10b2tlbg' }),
});
const SignInForm = z.object({}).register(EXAMPLES, { example: {} });

const deadLink = (): BareAnswer =>
  htmlPage(
    renderMessagePage({
      title: pages.login_dead_link_title,
      body: pages.login_dead_link,
      status: 404,
      next: { label: pages.login_new_link, url: '/login' },
    }),
    404,
  );

export const linkPage = route({
  id: 'login-link-page',
  method: 'get',
  path: '/login/{token}',
  tag: 'pages',
  summary: 'The page of a sign-in link; opening it signs nobody in',
  access: 'public',
  limit: 'page',
  page: true,
  params: TokenParams,
  answers: { 200: 'The button', 404: 'The link does not work' },
  problems: ['unavailable'],
  async handler(deps, { params, ip }) {
    deps.limiter.peek('refused', ip);
    if (await isLoginLink(deps, params.token))
      return htmlPage(renderLoginLinkPage({ action_url: `/login/${encodeURIComponent(params.token)}` }));
    deps.limiter.take('refused', ip);
    return deadLink();
  },
});

export const signInForm = route({
  id: 'sign-in',
  method: 'post',
  path: '/login/{token}',
  tag: 'pages',
  summary: 'Signs in, once',
  access: 'public',
  limit: 'page',
  page: true,
  params: TokenParams,
  body: SignInForm,
  body_kind: 'form',
  body_optional: true,
  answers: { 303: 'Signed in; the session is in the cookie', 404: 'The link does not work' },
  problems: ['forbidden', 'unavailable'],
  async handler(deps, { params, headers, ip }) {
    checkOrigin(deps.publicUrl, { headers, method: 'POST' }, { formsToo: true });
    deps.limiter.peek('refused', ip);
    const session = await signIn(deps, params.token, ip);
    if (session === null) {
      deps.limiter.take('refused', ip);
      return deadLink();
    }
    return seeOther(session.return_to ?? '/approvals', {
      'Set-Cookie': sessionCookie(deps.publicUrl, session.secret, SESSION_MS / 1000),
    });
  },
});
