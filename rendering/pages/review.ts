/** The pages behind a reviewer's link: review, confirmation, result and outcome. They work without JavaScript. */
import { COMMENT_MAX, type VoteDecision } from '../../domain/approval';
import { marked } from '../context-box';
import { html, type HtmlValue, type Markup } from '../html';
import { notice, page, problem } from './page';
import { approvalSections, reviewerName, titleOf } from './sections';
import { youDecide } from '../message-parts';
import { shortened } from '../spoofing';
import { at, consequence, outcomeSentence, when } from '../status-text';
import { APPROVE, comments, confirms, HEADINGS, LABELS, results, RISK_WORDS, STATUS_WORDS, words } from '../texts';
import type { ApprovalView } from '../view';

/** The buttons of the form: the three votes, and the report of a suspicious request. */
export const CHOICES = ['approve', 'deny', 'pass', 'report'] as const;
export type Choice = (typeof CHOICES)[number];

/** The form posts, urlencoded: `decision` (the pressed button), `comment` and `nonce`. The confirmation adds `step=confirm`. */
export interface ReviewForm {
  /** Name of the person whom the link was sent to. Absent on the page of a signed-in person. */
  link_for?: string;
  action_url: string;
  nonce: string;
  /** Why the last attempt was refused. */
  error?: string;
  /** The comment of the last attempt. */
  comment?: string;
  /** Name of somebody else who is signed in with the same browser. */
  signed_in_as?: string;
}

/**
 * The label says which decision requires a comment. One field serves both buttons, so it cannot be marked as required; the server
 * refuses a decision without its comment.
 */
function commentLabel(view: ApprovalView): string {
  const { on_approve, on_deny } = view.comment_rule;
  if (on_approve === 'required') return on_deny === 'required' ? comments.both : comments.approve;
  return on_deny === 'required' ? comments.deny : comments.optional;
}

/** Browsers drop the first line break of a text area. An extra one keeps the comment as it was typed. */
function commentField(view: ApprovalView, typed = ''): Markup {
  const text = `\n${typed}`;
  return html`<p>
    <label for="comment">${commentLabel(view)}</label>
    <textarea id="comment" name="comment" maxlength="${COMMENT_MAX}" rows="3">${text}</textarea>
  </p>`;
}

/** The comment, the two buttons within reach of the thumb, then Not me and Report this. */
export function decisionForm(view: ApprovalView, form: ReviewForm, extra: HtmlValue = null): Markup {
  return html`<section aria-labelledby="decision">
    <h2 id="decision">${HEADINGS.decision}</h2>
    <form method="post" action="${form.action_url}">
      <input type="hidden" name="nonce" value="${form.nonce}" />
      ${extra} ${commentField(view, form.comment)}
      <div class="bar">
        <button class="deny" name="decision" value="deny">${LABELS.deny}</button>
        <p class="gate">${words.open_first}</p>
        <button class="approve" name="decision" value="approve">${LABELS.approve}</button>
      </div>
      <div class="more">
        <button class="plain" name="decision" value="pass">${LABELS.not_me}</button>
        <button class="plain" name="decision" value="report">${LABELS.report}</button>
      </div>
      <p class="dim">
        ${form.link_for !== undefined && `${words.link_for(form.link_for)} `}${words.not_me_hint} ${words.again_hint}
      </p>
    </form>
  </section>`;
}

export function renderReviewPage(view: ApprovalView, form: ReviewForm): string {
  const other =
    form.signed_in_as !== undefined &&
    notice('warn', html`<p>${words.signed_in_as(shortened(form.signed_in_as, 120), view.reviewer.name)}</p>`);
  return page({ title: titleOf(view, APPROVE), you: youDecide(view), decides: true }, [
    problem(form.error, '#decision'),
    other,
    ...approvalSections(view, decisionForm(view, { ...form, link_for: view.reviewer.name })),
  ]);
}

/**
 * The second step at high and critical risk: the same facts, and one button that confirms the choice. That button is on the opposite
 * side of the button that led here. So a double tap goes back and never decides (T3).
 */
export function renderConfirmPage(view: ApprovalView, form: ReviewForm & { decision: Choice }): string {
  const { title, button } = confirms[form.decision];
  const tone = form.decision === 'approve' || form.decision === 'deny' ? form.decision : 'neutral';
  const back = html`<a class="button" href="${form.action_url}">${LABELS.back}</a>`;
  const confirm = html`<button class="${tone}" name="decision" value="${form.decision}">${button}</button>`;
  const decision = html`<section aria-labelledby="decision">
    <h2 id="decision">${title}</h2>
    <form method="post" action="${form.action_url}">
      <input type="hidden" name="nonce" value="${form.nonce}" />
      <input type="hidden" name="step" value="confirm" />
      ${commentField(view, form.comment)}
      <div class="bar">${form.decision === 'approve' ? [confirm, back] : [back, confirm]}</div>
    </form>
  </section>`;
  return page({ title: titleOf(view, title), you: youDecide(view), decides: true }, [
    problem(form.error),
    notice('warn', html`<p><strong>${title}</strong> ${confirms.intro(RISK_WORDS[view.risk])}</p>`),
    ...approvalSections(view, decision),
  ]);
}

export interface Result {
  decision: VoteDecision | 'report';
  /** When the vote was counted. A repeated vote keeps the time of the first. */
  at_ms: number;
  /** The review page, while the vote can still be changed. */
  change_url?: string;
}

/** The redirect after a vote leads here: what was counted, the status, and what the reviewer can still do. */
export function renderResultPage(view: ApprovalView, result: Result): string {
  const said = results[result.decision](at(view, result.at_ms));
  const open = view.status === 'pending' && result.change_url !== undefined;
  // A report is no vote, so a reviewer who only reported has nothing to change.
  const voted = result.decision !== 'report' || view.own_vote !== null;
  const decision = html`<p class="dim">${words.closing}</p>`;
  const top = html`<div class="note result ${view.status}" role="status">
    <p><strong>${said}</strong></p>
    ${result.decision !== 'report' && html`<p>${consequence(view)}</p>`}
    ${open && voted && html`<p>${words.change_hint}</p>`}
    ${open && html`<p><a class="button" href="${result.change_url}">${voted ? LABELS.change : LABELS.decide}</a></p>`}
  </div>`;
  return page({ title: titleOf(view, `${results.titles[result.decision]}:`), you: reviewerName(view) }, [
    top,
    ...approvalSections(view, decision),
  ]);
}

/** The status in one sentence: the outcome, or the result of the link's level, or when the request expires. */
function nowSentence(view: ApprovalView): string {
  if (view.status !== 'pending') return outcomeSentence(view);
  const decided = view.level !== null && view.level.status !== 'open';
  return decided ? consequence(view) : words.expires(when(view, view.until_ms));
}

/** The page of a link after its level has closed. `late`: the reviewer has just sent a decision, and it came too late. */
export function renderOutcomePage(view: ApprovalView, { late = false }: { late?: boolean } = {}): string {
  const own = view.own_vote;
  const top = html`<div class="note result ${view.status}" role="status">
    ${late && html`<p><strong>${words.too_late}</strong></p>`}
    <p><strong>${nowSentence(view)}</strong></p>
    ${view.comment !== null && html`<p class="quote">${marked(view.comment)}</p>`}
    ${own !== null && html`<p>${results[own.decision](at(view, own.at_ms))}</p>`}
    ${view.status !== 'pending' && html`<p>${words.told(view.agent)}</p>`}
  </div>`;
  return page({ title: titleOf(view, `${STATUS_WORDS[view.status]}:`), you: reviewerName(view) }, [
    top,
    ...approvalSections(view, html`<p class="dim">${words.closing}</p>`),
  ]);
}
