/** Opens a reviewer's link: reads its token from the cookie, and loads its approval and person while the link is valid. */
import { stringifySetCookie } from 'cookie';
import { openedApproval, waitForApproval, type StoredApproval } from '../../application/approvals';
import { findPersonById, type Person } from '../../application/people';
import { linkId, readLinkToken, type LinkGrant } from '../../encryption/link-token';
import { AgentWardenError } from '../../domain/errors';
import { renderMessagePage } from '../../rendering/pages/login';
import { LABELS, refusals } from '../../rendering/texts';
import type { ApprovalView } from '../../rendering/view';
import { cookiesOf, isHttps } from '../http/cookies';
import type { HttpDeps } from '../http/deps';
import { htmlPage, type BareAnswer } from '../http/route';
import { viewFor } from '../../application/approval-view';

/** How long after the end a link still shows the outcome. */
const SHOWN_AFTER_END_MS = 30 * 24 * 3_600_000;
const COOKIE = 'aw_link';

export interface OpenLink {
  link_id: string;
  grant: LinkGrant;
  approval: StoredApproval;
  person: Person;
  view: ApprovalView;
}

/** Null for every invalid link: forged, unknown, too old, or of an inactive person. The answer does not show which (T5). */
export async function openLink(deps: HttpDeps, token: string): Promise<OpenLink | null> {
  const grant = readLinkToken(deps.rings.link, token);
  if (grant === null) return null;
  const [approval, person] = await Promise.all([
    openedApproval(deps, grant.approval_id),
    findPersonById(deps.db, grant.person),
  ]);
  if (approval === null || !person?.active || approval.snapshot.digest !== grant.digest) return null;
  const { decided_at_ms } = approval.state;
  if (decided_at_ms !== null && deps.now() > decided_at_ms + SHOWN_AFTER_END_MS) return null;
  return {
    link_id: linkId(token),
    grant,
    approval,
    person,
    view: await viewFor(deps, approval, person, { level: grant.level, channel: grant.channel }),
  };
}

/** The link with its approval read again; unchanged when it cannot be read. */
export async function reopened(deps: HttpDeps, link: OpenLink): Promise<OpenLink> {
  const approval = await waitForApproval(deps, link.grant.approval_id, 0).catch(() => null);
  if (approval === null) return link;
  return { ...link, approval, view: await viewFor(deps, approval, link.person, link.grant) };
}

export const linkCookie = (publicUrl: string, token: string, link_id: string): string =>
  stringifySetCookie({
    name: COOKIE,
    value: token,
    path: `/r/v/${link_id}`,
    maxAge: SHOWN_AFTER_END_MS / 1000,
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps(publicUrl),
  });

/** The link whose token is in the cookie; null when it is no longer valid. Throws `unauthenticated` without the cookie. */
export async function linkOf(
  deps: HttpDeps,
  link_id: string,
  { headers, ip }: { headers: { cookie?: string }; ip: string },
): Promise<OpenLink | null> {
  const token = cookiesOf(headers)[COOKIE];
  if (token === undefined || linkId(token) !== link_id)
    throw new AgentWardenError('unauthenticated', refusals.link_not_opened);
  const link = await openLink(deps, token);
  // A made-up token can be sent as a cookie too, so this counts as a guess as well (T5).
  if (link === null) deps.limiter.take('refused', ip);
  return link;
}

/** The same page for unknown, forged and old links (T5). */
export const noSuchLink = (): BareAnswer =>
  htmlPage(
    renderMessagePage({
      title: refusals.no_such_link_title,
      body: refusals.no_such_link,
      status: 404,
      next: { label: LABELS.sign_in, url: '/login' },
    }),
    404,
  );
