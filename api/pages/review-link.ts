/** `/r/…`: the pages of a reviewer without an account. A GET shows, only a POST with the page's nonce decides (T1 to T8). */
import { z } from 'zod';
import { HIGH_RISKS, isEnded, isInForce, type VoteDecision } from '../../domain/approval';
import { AgentWardenError } from '../../domain/errors';
import { linkId } from '../../encryption/link-token';
import {
  CHOICES,
  renderConfirmPage,
  renderOutcomePage,
  renderResultPage,
  renderReviewPage,
  type Choice,
} from '../../rendering/pages/review';
import { refusals } from '../../rendering/texts';
import { findCaller } from '../http/authentication';
import type { Deps } from '../../application/deps';
import { linkCookie, linkOf, noSuchLink, openLink, reopened, type OpenLink } from './link-token';
import { checkOrigin, createCsrfToken, isCsrfToken } from '../http/csrf';
import { PROBLEMS } from '../http/problems';
import { report, reportsOf } from '../../application/report';
import { htmlPage, route, seeOther, type Answer } from '../http/route';
import { orNull, readVote, typed, VOTE_FORM } from './vote-form';
import { castVote } from '../../application/vote';
import { refuseAuditors } from '../people/votes';
import { oneOf } from '../http/schemas';

export const followLink = route({
  id: 'follow-link',
  method: 'get',
  path: '/r/{token}',
  tag: 'pages',
  summary: 'A reviewer’s link; changes nothing, goes on to the clean address',
  access: 'public',
  limit: 'page',
  page: true,
  params: z.object({ token: z.string().min(1).max(2000) }),
  answers: { 303: 'To the page, with a cookie of its path', 404: 'No such link' },
  async handler(deps, { params: { token }, ip }) {
    deps.limiter.peek('refused', ip);
    if ((await openLink(deps, token)) === null) {
      deps.limiter.take('refused', ip);
      return noSuchLink();
    }
    const link_id = linkId(token);
    return seeOther(`/r/v/${link_id}`, { 'Set-Cookie': linkCookie(deps.settings.publicUrl, token, link_id) });
  },
});

const LinkParams = z.object({ link_id: z.string().min(1).max(100) });

export const reviewPage = route({
  id: 'review-page',
  method: 'get',
  path: '/r/v/{link_id}',
  tag: 'pages',
  summary: 'What will run, and the form; or what came of it',
  access: 'public',
  limit: 'page',
  page: true,
  params: LinkParams,
  query: z.object({
    done: oneOf(CHOICES),
    change: oneOf(['1']),
  }),
  answers: { 200: 'The page', 401: 'The link was not opened in this browser', 404: 'No such link' },
  async handler(deps, { params, query, headers, ip }) {
    const link = await linkOf(deps, params.link_id, { headers, ip });
    if (link === null) return noSuchLink();
    return (await resultOf(deps, link, query.done)) ?? present(deps, link, query.change === '1', headers);
  },
});

const urlOf = (link: OpenLink): string => `/r/v/${link.link_id}`;
const isOpen = ({ approval: { state }, grant }: OpenLink): boolean =>
  !isEnded(state) && state.levels.some((level) => level.name === grant.level && level.status === 'open');

async function resultOf(deps: Deps, link: OpenLink, done: Choice | undefined): Promise<Answer | null> {
  if (done === undefined) return null;
  const change_url = isOpen(link) ? { change_url: `${urlOf(link)}?change=1` } : {};
  if (done === 'report') {
    const own = (await reportsOf(deps, link.grant.approval_id)).find(({ by }) => by === link.person.id);
    return own ? htmlPage(renderResultPage(link.view, { decision: 'report', at_ms: own.at_ms, ...change_url })) : null;
  }
  return voted(link, done);
}

/** The reader's vote that stands at the link's level. */
const ownVote = ({ approval, person, grant }: OpenLink) =>
  approval.state.votes.find((vote) => vote.voter === person.id && vote.level === grant.level && isInForce(vote));

function voted(link: OpenLink, decision?: VoteDecision): Answer | null {
  const own = ownVote(link);
  if (own === undefined || (decision !== undefined && own.decision !== decision)) return null;
  const change_url = isOpen(link) ? { change_url: `${urlOf(link)}?change=1` } : {};
  return htmlPage(renderResultPage(link.view, { decision: own.decision, at_ms: own.at_ms, ...change_url }));
}

async function present(deps: Deps, link: OpenLink, change: boolean, headers: { cookie?: string }): Promise<Answer> {
  if (!isOpen(link)) return htmlPage(renderOutcomePage(link.view));
  return (
    (change ? null : voted(link)) ??
    reviewForm(deps, link, 200, { signed_in_as: await otherSession(deps, link, headers) })
  );
}

const nonceFor = (deps: Deps, link: OpenLink, step = 'review'): string =>
  createCsrfToken(deps.rings.csrf, bound(link, step));
const bound = (link: OpenLink, step: string): string => `link\n${link.link_id}\n${step}`;

interface Shown {
  error?: string;
  comment?: string;
  nonce?: string;
  signed_in_as?: string | undefined;
}

function reviewForm(
  deps: Deps,
  link: OpenLink,
  status: number,
  { signed_in_as, nonce = nonceFor(deps, link), ...shown }: Shown,
): Answer {
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

/** Somebody else is signed in here: the page says so, because the vote will be the link's. */
async function otherSession(deps: Deps, link: OpenLink, { cookie }: { cookie?: string }): Promise<string | undefined> {
  const caller = await findCaller(deps, { headers: cookie === undefined ? {} : { cookie } });
  return caller === null || caller.person.id === link.person.id ? undefined : caller.person.name;
}

const Form = z.object(VOTE_FORM);
type Sent = z.output<typeof Form>;

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
  body: Form,
  body_kind: 'form',
  answers: {
    200: 'The second step, at high and critical risk',
    303: 'The result',
    401: 'The link was not opened in this browser',
    404: 'No such link',
    409: 'It was decided already',
  },
  async handler(deps, { params, body, headers, ip }) {
    checkOrigin(deps.settings.publicUrl, { headers, method: 'POST' }, { formsToo: true });
    const link = await linkOf(deps, params.link_id, { headers, ip });
    return link === null ? noSuchLink() : decide(deps, link, body, ip);
  },
});

const careful = ({ approval: { snapshot } }: OpenLink): boolean => HIGH_RISKS.includes(snapshot.risk);

async function decide(deps: Deps, link: OpenLink, sent: Sent, ip: string): Promise<Answer> {
  const { nonce = '' } = sent;
  const read = readVote(sent, (step) => isCsrfToken(deps.rings.csrf, bound(link, step), nonce), refusals.old_link_page);
  if ('refusal' in read) {
    const { status, error } = read.refusal;
    return reviewForm(deps, link, status, { error, comment: typed(sent.comment) });
  }
  const { decision, comment } = read;
  if (decision === 'report') return reported(deps, link, comment, ip);
  if (careful(link) && sent.step !== 'confirm' && !isEnded(link.approval.state)) {
    const form = { action_url: urlOf(link), nonce: nonceFor(deps, link, `confirm ${decision}`), comment, decision };
    return htmlPage(renderConfirmPage(link.view, form));
  }
  return vote(deps, link, { decision, comment, nonce }, ip);
}

async function reported(deps: Deps, link: OpenLink, comment: string, ip: string): Promise<Answer> {
  const { channel, level } = link.grant;
  await report(deps, link.approval, link.person, {
    reason: orNull(comment),
    channel,
    ip,
    level,
  });
  return seeOther(`${urlOf(link)}?done=report`);
}

async function vote(
  deps: Deps,
  link: OpenLink,
  { decision, comment, nonce }: { decision: VoteDecision; comment: string; nonce: string },
  ip: string,
): Promise<Answer> {
  const { approval_id, person, level, digest, channel } = link.grant;
  const request = {
    voter: person,
    decision,
    level,
    digest,
    comment: orNull(comment),
    channel,
    assurance: 'link' as const,
    ip,
  };
  try {
    refuseAuditors(link.person.roles);
    const cast = await castVote(deps, approval_id, request, `${nonce}\n${decision}`);
    const stands = cast.approval.state.votes.some((vote) => vote.id === cast.vote.id && isInForce(vote));
    // An old page, sent again after the mind was changed elsewhere: what counts is what stands.
    return seeOther(stands ? `${urlOf(link)}?done=${decision}` : urlOf(link));
  } catch (error) {
    return refused(deps, link, { comment, nonce }, error);
  }
}

/** The same page again, with why and what was typed; at the end the outcome. */
async function refused(
  deps: Deps,
  link: OpenLink,
  { comment, nonce }: { comment: string; nonce: string },
  error: unknown,
): Promise<Answer> {
  if (!(error instanceof AgentWardenError)) throw error;
  const { status } = PROBLEMS[error.code];
  const now = await reopened(deps, link);
  if (error.code === 'already_decided' || error.code === 'level_closed')
    return htmlPage(renderOutcomePage(now.view, { late: true }), status);
  const unknown = error.code === 'outcome_unknown' || error.code === 'unavailable';
  const said = error.facts.fix === undefined ? error.message : `${error.message} ${error.facts.fix}`;
  // Sent again with the same nonce it is the same vote; at the second step the nonce was another one.
  const page = reviewForm(deps, now, status, { error: said, comment, ...(unknown && !careful(link) ? { nonce } : {}) });
  return unknown ? { ...page, headers: { 'Retry-After': '2' } } : page;
}
