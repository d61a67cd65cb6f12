/** What a reviewer's link opens: read from its cookie, loaded whole, and only for as long as it is good for something. */
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

/** How long after the end a link still tells the outcome. */
const SHOWN_AFTER_END_MS = 30 * 24 * 3_600_000;
const COOKIE = 'aw_link';

export interface OpenLink {
  link_id: string;
  grant: LinkGrant;
  approval: StoredApproval;
  person: Person;
  view: ApprovalView;
}

/** Null for every link that is not good: forged, unknown, too old, of somebody who left. Nobody learns which. */
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

/** The same link with the approval as it is now; as it was, where that cannot be read. */
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

/** The link of the clean address, from its cookie. Throws `unauthenticated` without one; null when it is no longer good. */
export async function linkOf(
  deps: HttpDeps,
  link_id: string,
  { headers, ip }: { headers: { cookie?: string }; ip: string },
): Promise<OpenLink | null> {
  const token = cookiesOf(headers)[COOKIE];
  if (token === undefined || linkId(token) !== link_id)
    throw new AgentWardenError('unauthenticated', refusals.link_not_opened);
  const link = await openLink(deps, token);
  // Whoever makes up a token can name its clean address too: that is as much a guess as following it (T5).
  if (link === null) deps.limiter.take('refused', ip);
  return link;
}

/** One and the same for unknown, forged and old links (T5). */
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
