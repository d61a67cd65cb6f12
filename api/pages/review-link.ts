/** `/r/…`: the pages of a reviewer without an account. A GET only shows; a POST with the page's CSRF token decides (T1 to T8). */
import { z } from 'zod';
import { isEnded, isInForce, type VoteDecision } from '../../domain/approval';
import { linkId } from '../../encryption/link-token';
import {
  CHOICES,
  renderOutcomePage,
  renderResultPage,
  renderReviewPage,
  type Choice,
} from '../../rendering/pages/review';
import { refusals } from '../../rendering/texts';
import { findCaller } from '../http/authentication';
import type { HttpDeps } from '../http/deps';
import { linkCookie, linkOf, noSuchLink, openLink, reopened, type OpenLink } from './link-token';
import { checkOrigin, createCsrfToken } from '../http/csrf';
import { reportsOf } from '../../application/report';
import { htmlPage, route, seeOther, type BareAnswer } from '../http/route';
import { decideOnPage, orNull, type ShownAgain, type VotePage } from './vote-form';
import { refuseAuditors, VOTE_PROBLEMS } from '../../application/vote';
import { oneOf } from '../http/schemas';
import { LinkForm } from './form-fields';

export const followLink = route({
  id: 'follow-link',
  method: 'get',
  path: '/r/{token}',
  tag: 'pages',
  summary: 'A reviewer’s link; changes nothing, redirects to an address without the token',
  access: 'public',
  limit: 'page',
  page: true,
  params: z.object({
    token: z
      .string()
      .min(1)
      .max(2000)
      .meta({ description: 'The secret of the link, from the message.', example: 'bGluaw.c2lnbmF0dXJl' }),
  }),
  answers: { 303: 'To the page, with a cookie of its path', 404: 'No such link' },
  problems: ['unavailable'],
  async handler(deps, { params: { token }, ip }) {
    deps.limiter.peek('refused', ip);
    if ((await openLink(deps, token)) === null) {
      deps.limiter.take('refused', ip);
      return noSuchLink();
    }
    const link_id = linkId(token);
    return seeOther(`/r/v/${link_id}`, { 'Set-Cookie': linkCookie(deps.publicUrl, token, link_id) });
  },
});

const LinkParams = z.object({
  link_id: z
    .string()
    .min(1)
    .max(100)
    .meta({ description: 'Names the link without its secret, which is in a cookie.', example: 'k3Jd8sQmPz0vLr5T' }),
});

export const reviewPage = route({
  id: 'review-page',
  method: 'get',
  path: '/r/v/{link_id}',
  tag: 'pages',
  summary: 'The request with its form, or its outcome',
  access: 'public',
  limit: 'page',
  page: true,
  params: LinkParams,
  query: z.object({
    done: oneOf(CHOICES).meta({
      description: 'The decision that the reader has just sent; the page says that it counted.',
      example: 'approve',
    }),
    change: oneOf(['1']).meta({ description: '`1`: show the form again, to change a vote.', example: '1' }),
  }),
  answers: { 200: 'The page', 401: 'The link was not opened in this browser', 404: 'No such link' },
  problems: ['unauthenticated', 'unavailable'],
  async handler(deps, { params, query, headers, ip }) {
    const link = await linkOf(deps, params.link_id, { headers, ip });
    if (link === null) return noSuchLink();
    return (await resultOf(deps, link, query.done)) ?? present(deps, link, query.change === '1', headers);
  },
});

const urlOf = (link: OpenLink): string => `/r/v/${link.link_id}`;
const isOpen = ({ approval: { state }, grant }: OpenLink): boolean =>
  !isEnded(state) && state.levels.some((level) => level.name === grant.level && level.status === 'open');

async function resultOf(deps: HttpDeps, link: OpenLink, done: Choice | undefined): Promise<BareAnswer | null> {
  if (done === undefined) return null;
  const change_url = isOpen(link) ? { change_url: `${urlOf(link)}?change=1` } : {};
  if (done === 'report') {
    const own = (await reportsOf(deps, link.grant.approval_id)).find(({ by }) => by === link.person.id);
    return own ? htmlPage(renderResultPage(link.view, { decision: 'report', at_ms: own.at_ms, ...change_url })) : null;
  }
  return voted(link, done);
}

/** The reviewer's vote that is in force at the link's level. */
const ownVote = ({ approval, person, grant }: OpenLink) =>
  approval.state.votes.find((vote) => vote.voter === person.id && vote.level === grant.level && isInForce(vote));

function voted(link: OpenLink, decision?: VoteDecision): BareAnswer | null {
  const own = ownVote(link);
  if (own === undefined || (decision !== undefined && own.decision !== decision)) return null;
  const change_url = isOpen(link) ? { change_url: `${urlOf(link)}?change=1` } : {};
  return htmlPage(renderResultPage(link.view, { decision: own.decision, at_ms: own.at_ms, ...change_url }));
}

async function present(
  deps: HttpDeps,
  link: OpenLink,
  change: boolean,
  headers: { cookie?: string },
): Promise<BareAnswer> {
  if (!isOpen(link)) return htmlPage(renderOutcomePage(link.view));
  return (
    (change ? null : voted(link)) ??
    reviewForm(deps, link, 200, { signed_in_as: await otherSession(deps, link, headers) })
  );
}

const nonceFor = (deps: HttpDeps, link: OpenLink, step = 'review'): string =>
  createCsrfToken(deps.rings.csrf, bound(link, step));
const bound = (link: OpenLink, step: string): string => `link\n${link.link_id}\n${step}`;

interface Shown extends ShownAgain {
  signed_in_as?: string | undefined;
}

function reviewForm(
  deps: HttpDeps,
  link: OpenLink,
  status: number,
  { signed_in_as, nonce = nonceFor(deps, link), ...shown }: Shown,
): BareAnswer {
  return htmlPage(
    renderReviewPage(link.view, {
      action_url: urlOf(link),
      nonce,
      ...shown,
      ...(signed_in_as === undefined ? {} : { signed_in_as }),
    }),
    status,
  );
}

/** The name of another person who is signed in in this browser. The page shows it, because the vote counts for the person of the link. */
async function otherSession(
  deps: HttpDeps,
  link: OpenLink,
  { cookie }: { cookie?: string },
): Promise<string | undefined> {
  const caller = await findCaller(deps, { headers: cookie === undefined ? {} : { cookie } });
  return caller === null || caller.person.id === link.person.id ? undefined : caller.person.name;
}

export const reviewForms = route({
  id: 'review-form',
  method: 'post',
  path: '/r/v/{link_id}',
  tag: 'pages',
  summary: 'The vote of a reviewer with a link',
  access: 'public',
  limit: 'page',
  page: true,
  params: LinkParams,
  body: LinkForm,
  body_kind: 'form',
  answers: {
    200: 'The second step, at high and critical risk',
    303: 'The result',
    401: 'The link was not opened in this browser',
    404: 'No such link',
    409: 'It was decided already',
  },
  problems: [...VOTE_PROBLEMS, 'unauthenticated', 'forbidden', 'unavailable'],
  async handler(deps, { params, body, headers, ip }) {
    checkOrigin(deps.publicUrl, { headers, method: 'POST' }, { formsToo: true });
    const link = await linkOf(deps, params.link_id, { headers, ip });
    return link === null ? noSuchLink() : decideOnPage(deps, votePage(deps, link, ip), body, ip);
  },
});

/** The page of a link, as the flow of page votes needs it. */
function votePage(deps: HttpDeps, link: OpenLink, ip: string): VotePage {
  const { person, level, digest, channel } = link.grant;
  return {
    approval: link.approval,
    person: link.person,
    channel,
    level,
    action_url: urlOf(link),
    old_page: refusals.old_link_page,
    bound: (step) => bound(link, step),
    view: () => Promise.resolve(link.view),
    show: (status, shown) => Promise.resolve(reviewForm(deps, link, status, shown)),
    async refused({ code }, status, shown) {
      const now = await reopened(deps, link);
      if (code === 'already_decided' || code === 'level_closed')
        return htmlPage(renderOutcomePage(now.view, { late: true }), status);
      return reviewForm(deps, now, status, shown);
    },
    request(decision, comment) {
      refuseAuditors(link.person.roles);
      return { voter: person, decision, level, digest, comment: orNull(comment), channel, assurance: 'link', ip };
    },
    votedUrl(decision, cast) {
      const counts = cast.approval.state.votes.some((vote) => vote.id === cast.vote.id && isInForce(vote));
      // An old page that was sent again, after the person changed their vote elsewhere, shows the vote that counts.
      return counts ? `${urlOf(link)}?done=${decision}` : urlOf(link);
    },
    reportedUrl: `${urlOf(link)}?done=report`,
  };
}
