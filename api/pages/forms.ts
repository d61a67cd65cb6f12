/** The forms of `/approvals/:id`: vote, cancel, revoke. */
import { z } from 'zod';
import type { StoredApproval } from '../../db/approvals';
import { COMMENT_MAX, HIGH_RISKS, isEnded } from '../../domain/approval';
import { AgentWardenError } from '../../domain/errors';
import { renderConfirmPage } from '../../rendering/pages/review';
import { refusals } from '../../rendering/texts';
import type { PersonCaller } from '../../application/caller';
import { mayCancel } from '../people/approvals';
import { cancelApproval } from '../../application/cancel';
import type { Deps } from '../../application/deps';
import { isCsrfToken, createCsrfToken } from '../http/csrf';
import { boundTo, showApproval } from './approvals';
import { PROBLEMS } from '../http/problems';
import { report } from '../../application/report';
import { revoke } from '../../application/revoke';
import { htmlPage, route, seeOther, type Answer } from '../http/route';
import { viewFor } from '../../application/approval-view';
import { visibleApproval } from '../../application/visibility';
import { Nonce, orNull, readVote, tooLong, typed, VOTE_FORM, Words } from './vote-form';
import { castVote } from '../../application/vote';
import { voteRequest } from '../people/votes';
import { IdParams, atMost } from '../http/schemas';

const VoteForm = z.object({ ...VOTE_FORM, level: atMost(120) });
type Sent = z.output<typeof VoteForm>;

export const voteForm = route({
  id: 'approval-vote-form',
  method: 'post',
  path: '/approvals/{id}',
  tag: 'pages',
  summary: 'The vote of the signed-in person',
  access: 'page',
  page: true,
  params: IdParams,
  query: z.object({ level: atMost(120) }),
  body: VoteForm,
  body_kind: 'form',
  answers: {
    200: 'The second step, at high and critical risk',
    303: 'The page with the result',
    404: 'Not there',
    409: 'It was decided already',
  },
  async handler(deps, { caller, params, query, body, ip }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return decide(deps, caller, found, { ...body, level: body.level ?? query.level }, ip);
  },
});

async function decide(
  deps: Deps,
  caller: PersonCaller,
  found: StoredApproval,
  sent: Sent,
  ip: string,
): Promise<Answer> {
  const { snapshot } = found;
  const { level, nonce = '' } = sent;
  const url = `/approvals/${snapshot.approval_id}`;
  const bound = (step: string): string =>
    boundTo(caller, step === 'review' ? snapshot.approval_id : `${step} ${snapshot.approval_id}`);
  const read = readVote(sent, (step) => isCsrfToken(deps.rings.csrf, bound(step), nonce), refusals.old_page);
  if ('refusal' in read) {
    const { status, error } = read.refusal;
    return showApproval(deps, caller, found, status, { error, comment: typed(sent.comment) });
  }
  const { decision, comment } = read;
  if (decision === 'report') {
    await report(deps, found, caller.person, {
      reason: orNull(comment),
      channel: 'dashboard',
      ip,
      level: level ?? null,
    });
    return seeOther(url);
  }
  if (HIGH_RISKS.includes(snapshot.risk) && sent.step !== 'confirm' && !isEnded(found.state)) {
    const action_url = level === undefined ? url : `${url}?level=${encodeURIComponent(level)}`;
    const again = createCsrfToken(deps.rings.csrf, bound(`confirm ${decision}`));
    return htmlPage(
      renderConfirmPage(await viewFor(deps, found, caller.person, { level: level ?? null }), {
        action_url,
        nonce: again,
        comment,
        decision,
      }),
    );
  }
  return orShowWhy(deps, caller, found, { comment }, async () => {
    const wish = { decision, comment, digest: snapshot.digest, ...(level === undefined ? {} : { level }) };
    await castVote(
      deps,
      snapshot.approval_id,
      { ...voteRequest(caller, wish, ip), channel: 'dashboard' },
      `${nonce}\n${decision}`,
    );
    return seeOther(url);
  });
}

/** A refusal is told on the same page, with what was typed; nothing is lost. */
async function orShowWhy(
  deps: Deps,
  caller: PersonCaller,
  found: StoredApproval,
  shown: { comment?: string },
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgentWardenError)) throw error;
    const now = await visibleApproval(deps, caller.person, found.snapshot.approval_id).catch(() => found);
    return showApproval(deps, caller, now, PROBLEMS[error.code].status, { error: error.message, ...shown });
  }
}

const ReasonForm = z.object({ reason: Words, nonce: Nonce });

export const cancelForm = route({
  id: 'approval-cancel-form',
  method: 'post',
  path: '/approvals/{id}/cancel',
  tag: 'pages',
  summary: 'Cancels a pending approval',
  access: 'page',
  page: true,
  params: IdParams,
  body: ReasonForm,
  body_kind: 'form',
  answers: { 303: 'The page with the result', 404: 'Not there', 409: 'It ended already' },
  async handler(deps, { caller, params, body, ip }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return orShowWhy(deps, caller, found, {}, async () => {
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
      return seeOther(`/approvals/${params.id}`);
    });
  },
});

export const revokeForm = route({
  id: 'approval-revoke-form',
  method: 'post',
  path: '/approvals/{id}/revoke',
  tag: 'pages',
  summary: 'Takes an unused approval back',
  access: 'page',
  page: true,
  params: IdParams,
  body: ReasonForm,
  body_kind: 'form',
  answers: { 303: 'The page with the result', 404: 'Not there', 409: 'Too late' },
  async handler(deps, { caller, params, body, ip }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return orShowWhy(deps, caller, found, {}, async () => {
      const reason = reasonOf(deps, caller, params.id, body);
      if (reason === '') throw new AgentWardenError('comment_required', refusals.no_reason);
      await revoke(deps, found, { person: caller.person, reason, ip, channel: 'dashboard' });
      return seeOther(`/approvals/${params.id}`);
    });
  },
});

function reasonOf(
  deps: Deps,
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
