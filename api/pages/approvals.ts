/** The plain pages `/` and `/approvals`, for a signed-in person. */
import { z } from 'zod';
import { listApprovals, type StoredApproval } from '../../application/approvals';
import { signOut } from '../../application/login';
import { isEnded } from '../../domain/approval';
import { renderApprovalList, renderApprovalPage, type ListedApproval } from '../../rendering/pages/approvals';
import { mayCancel } from '../../application/cancel';
import type { PersonCaller } from '../../application/caller';
import { sessionCookie } from '../http/cookies';
import type { HttpDeps } from '../http/deps';
import { isCsrfToken, createCsrfToken } from '../http/csrf';
import { reportNotice } from '../../application/report';
import { mayRevoke } from '../../application/revoke';
import { htmlPage, route, seeOther, type BareAnswer } from '../http/route';
import { openLevelsFor } from '../../application/voting-rights';
import { reviewerOf, viewFor } from '../../application/approval-view';
import { principalOf, visibleApproval } from '../../application/visibility';
import { ApprovalParams, atMost } from '../http/schemas';
import { SignOutForm } from './form-fields';

/** Binds a form's CSRF token to the session. A bearer token has no session, so its person's id stands in. */
export const boundTo = ({ person, session }: PersonCaller, what: string): string =>
  `session\n${session ?? person.id}\n${what}`;

const SIGN_OUT = '/login/out';

/** Redirects the address that `npm start` prints to the list of approvals. */
export const homePage = route({
  id: 'home-page',
  method: 'get',
  path: '/',
  tag: 'pages',
  summary: 'Redirects to the list of waiting approvals',
  access: 'public',
  page: true,
  answers: { 303: 'To the list' },
  handler: () => Promise.resolve(seeOther('/approvals')),
});

export const listPage = route({
  id: 'approvals-page',
  method: 'get',
  path: '/approvals',
  tag: 'pages',
  summary: 'The approvals that wait for the signed-in person',
  access: 'page',
  page: true,
  query: z.object({
    cursor: atMost(1000).meta({
      description: 'Where the page begins, from the link on the page before.',
      example: 'WyJhcHJfMyJd',
    }),
  }),
  answers: { 200: 'The list', 303: 'To the login page' },
  async handler(deps, { caller, query }) {
    const standing = await principalOf(deps, caller.person);
    const found = await listApprovals(
      deps.db,
      { audience: { all: true }, waiting_for: standing },
      { limit: 50, cursor: query.cursor },
    );
    const rows = found.items.map((item) => listed(item, standing.selectors));
    const next = found.next_cursor === null ? null : `/approvals?cursor=${found.next_cursor}`;
    const sign_out = { action_url: SIGN_OUT, nonce: createCsrfToken(deps.rings.csrf, boundTo(caller, 'sign out')) };
    return htmlPage(
      renderApprovalList(rows, { reviewer: reviewerOf(caller.person), now_ms: deps.now(), next, sign_out }),
    );
  },
});

function listed({ snapshot, state }: StoredApproval, selectors: readonly string[]): ListedApproval {
  const asked = state.levels.find(
    (level) =>
      level.status === 'open' &&
      level.paths.some((path) => path.approvers.some((selector) => selectors.includes(selector))),
  );
  return {
    url: `/approvals/${snapshot.approval_id}`,
    agent: snapshot.agent.name,
    action: snapshot.action,
    context: snapshot.context,
    risk: snapshot.risk,
    status: state.status,
    created_at_ms: snapshot.created_at_ms,
    until_ms: Math.min(snapshot.expires_at_ms, asked?.expires_at_ms ?? Infinity),
    level: asked?.name ?? null,
  };
}

export const approvalPage = route({
  id: 'approval-page',
  method: 'get',
  path: '/approvals/{id}',
  tag: 'pages',
  summary: 'One approval, with the forms that the signed-in person may use',
  access: 'page',
  page: true,
  params: ApprovalParams,
  answers: { 200: 'The page', 303: 'To the login page', 404: 'Not there, or not theirs to see' },
  handler: async (deps, { caller, params }) =>
    showApproval(deps, caller, await visibleApproval(deps, caller.person, params.id), 200),
});

/** The page of an approval. `error` shows it again after a refused form. */
export async function showApproval(
  deps: HttpDeps,
  caller: PersonCaller,
  found: StoredApproval,
  status: number,
  shown: { error?: string; comment?: string; nonce?: string } = {},
): Promise<BareAnswer> {
  const { person } = caller;
  const id = found.snapshot.approval_id;
  const url = `/approvals/${id}`;
  const pending = !isEnded(found.state);
  const levels = pending ? await openLevelsFor(deps, found, person) : [];
  const reported = person.roles.includes('admin') ? await reportNotice(deps, id) : null;
  const error = [shown.error, reported].filter((text): text is string => typeof text === 'string').join(' ');
  const view = await viewFor(deps, found, person, { level: levels[0] ?? null });
  const forms = {
    action_url: url,
    nonce: shown.nonce ?? createCsrfToken(deps.rings.csrf, boundTo(caller, id)),
    levels,
    ...(pending && mayCancel(person, found.snapshot) ? { cancel_url: `${url}/cancel` } : {}),
    ...(found.state.status === 'approved' && (await mayRevoke(deps, person, id))
      ? { revoke_url: `${url}/revoke` }
      : {}),
    ...(error === '' ? {} : { error }),
    ...(shown.comment === undefined ? {} : { comment: shown.comment }),
  };
  return htmlPage(renderApprovalPage(view, forms), status);
}

export const signOutForm = route({
  id: 'sign-out',
  method: 'post',
  path: SIGN_OUT,
  tag: 'pages',
  summary: 'Ends the session',
  access: 'page',
  page: true,
  body: SignOutForm,
  body_kind: 'form',
  answers: { 303: 'To the login page' },
  async handler(deps, { caller, body }) {
    if (!isCsrfToken(deps.rings.csrf, boundTo(caller, 'sign out'), body.nonce ?? '')) return seeOther('/approvals');
    await signOut(deps, caller.session);
    return seeOther('/login', { 'Set-Cookie': sessionCookie(deps.publicUrl, null, 0) });
  },
});
