/** The forms of `/approvals/:id`: vote, cancel, revoke. */
import type { z } from 'zod';
import type { StoredApproval } from '../../application/approvals';
import { COMMENT_MAX } from '../../domain/approval';
import { AgentWardenError } from '../../domain/errors';
import { refusals } from '../../rendering/texts';
import type { PersonCaller } from '../../application/caller';
import { cancelApproval, mayCancel } from '../../application/cancel';
import type { HttpDeps } from '../http/deps';
import { isCsrfToken } from '../http/csrf';
import { boundTo, showApproval } from './approvals';
import { PROBLEMS } from '../http/problems';
import { revoke } from '../../application/revoke';
import { route, seeOther, type BareAnswer } from '../http/route';
import { viewFor } from '../../application/approval-view';
import { visibleApproval } from '../../application/visibility';
import { LevelQuery, ReasonForm, VoteForm } from './form-fields';
import { decideOnPage, tooLong, typed, type VotePage } from './vote-form';
import { VOTE_PROBLEMS, voteRequest } from '../../application/vote';
import { ApprovalParams } from '../http/schemas';

export const voteForm = route({
  id: 'approval-vote-form',
  method: 'post',
  path: '/approvals/{id}',
  tag: 'pages',
  summary: 'The vote of the signed-in person',
  access: 'page',
  page: true,
  params: ApprovalParams,
  query: LevelQuery,
  body: VoteForm,
  body_kind: 'form',
  answers: {
    200: 'The second step, at high and critical risk',
    303: 'The page with the result',
    404: 'Not there',
    409: 'It was decided already',
  },
  problems: VOTE_PROBLEMS,
  async handler(deps, { caller, params, query, body, ip }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return decideOnPage(deps, votePage(deps, caller, found, body.level ?? query.level, ip), body, ip);
  },
});

/** The page of a signed-in person, as the flow of page votes needs it. */
function votePage(
  deps: HttpDeps,
  caller: PersonCaller,
  found: StoredApproval,
  level: string | undefined,
  ip: string,
): VotePage {
  const { approval_id, digest } = found.snapshot;
  const url = urlOf(approval_id);
  return {
    approval: found,
    person: caller.person,
    channel: 'dashboard',
    level: level ?? null,
    action_url: level === undefined ? url : `${url}?level=${encodeURIComponent(level)}`,
    old_page: refusals.old_page,
    bound: (step) => boundTo(caller, step === 'review' ? approval_id : `${step} ${approval_id}`),
    view: () => viewFor(deps, found, caller.person, { level: level ?? null }),
    show: (status, shown) => showApproval(deps, caller, found, status, shown),
    refused: async (_error, status, shown) =>
      showApproval(deps, caller, await asItIsNow(deps, caller, found), status, shown),
    request: (decision, comment) => ({
      ...voteRequest(caller, { decision, comment, digest, ...(level === undefined ? {} : { level }) }, ip),
      channel: 'dashboard',
    }),
    votedUrl: () => url,
    reportedUrl: url,
  };
}

const urlOf = (approval_id: string): string => `/approvals/${approval_id}`;

/** Reads the approval again; returns the old one when it cannot be read. */
const asItIsNow = (deps: HttpDeps, caller: PersonCaller, found: StoredApproval): Promise<StoredApproval> =>
  visibleApproval(deps, caller.person, found.snapshot.approval_id).catch(() => found);

/** Shows the same page with the reason when the form is refused. */
async function orShowWhy(
  deps: HttpDeps,
  caller: PersonCaller,
  found: StoredApproval,
  work: () => Promise<BareAnswer>,
): Promise<BareAnswer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentWardenError)) throw error;
    const now = await asItIsNow(deps, caller, found);
    return showApproval(deps, caller, now, PROBLEMS[error.code].status, { error: error.message });
  }
}

export const cancelForm = route({
  id: 'approval-cancel-form',
  method: 'post',
  path: '/approvals/{id}/cancel',
  tag: 'pages',
  summary: 'Cancels a pending approval',
  access: 'page',
  page: true,
  params: ApprovalParams,
  body: ReasonForm,
  body_kind: 'form',
  answers: { 303: 'The page with the result', 404: 'Not there', 409: 'It ended already' },
  problems: ['already_decided', 'outcome_unknown'],
  async handler(deps, { caller, params, body, ip }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return orShowWhy(deps, caller, found, async () => {
      const reason = reasonOf(deps, caller, params.id, body);
      if (!mayCancel(caller.person, found.snapshot)) throw new AgentWardenError('forbidden', refusals.may_not_cancel);
      const by = { type: 'user' as const, id: caller.person.id };
      await cancelApproval(deps, params.id, {
        by,
        reason_code: 'user_cancelled',
        reason: reason === '' ? null : reason,
        ip,
        channel: 'dashboard',
      });
      return seeOther(urlOf(params.id));
    });
  },
});

export const revokeForm = route({
  id: 'approval-revoke-form',
  method: 'post',
  path: '/approvals/{id}/revoke',
  tag: 'pages',
  summary: 'Revokes an unused approval',
  access: 'page',
  page: true,
  params: ApprovalParams,
  body: ReasonForm,
  body_kind: 'form',
  answers: { 303: 'The page with the result', 404: 'Not there', 409: 'Too late' },
  problems: ['not_approved', 'already_consumed', 'comment_required'],
  async handler(deps, { caller, params, body, ip }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return orShowWhy(deps, caller, found, async () => {
      const reason = reasonOf(deps, caller, params.id, body);
      if (reason === '') throw new AgentWardenError('comment_required', refusals.no_reason);
      await revoke(deps, found, { person: caller.person, reason, ip, channel: 'dashboard' });
      return seeOther(urlOf(params.id));
    });
  },
});

function reasonOf(
  deps: HttpDeps,
  caller: PersonCaller,
  id: string,
  { reason, nonce = '' }: z.output<typeof ReasonForm>,
): string {
  if (!isCsrfToken(deps.rings.csrf, boundTo(caller, id), nonce))
    throw new AgentWardenError('forbidden', refusals.old_page);
  const words = typed(reason).trim();
  if (words.length > COMMENT_MAX)
    throw new AgentWardenError('invalid_request', `${tooLong('reason', words)} ${refusals.nothing_changed}`);
  return words;
}
