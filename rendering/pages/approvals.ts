/** The pages of a signed-in person: one approval, and the list of approvals that wait for them. */
import { COMMENT_MAX, type ApprovalStatus, type JsonObject, type Risk } from '../../domain/approval';
import { brief } from '../context';
import { marked } from '../context-box';
import { html, type HtmlValue, type Markup } from '../html';
import { notice, page, problem } from './page';
import { decisionForm } from './review';
import { approvalSections, reviewerName, titleOf } from './sections';
import { youDecide } from '../message-parts';
import { at, outcomeSentence } from '../status-text';
import { shortened } from '../spoofing';
import { APPROVE, LABELS, pages, results, RISK_WORDS, STATUS_WORDS, words } from '../texts';
import { fromNow, moment } from '../times';
import type { ApprovalView, Reviewer } from '../view';

/** The vote form posts the fields of the review page, and `level` if there are several. Cancel and revoke post `reason` and `nonce`. */
export interface ApprovalForms {
  action_url: string;
  nonce: string;
  /** Names of the open levels at which this person may vote. Empty: no vote form. */
  levels: string[];
  /** Set if the request is pending and this person may cancel it. */
  cancel_url?: string;
  /** Set if the grant is unused and this person may revoke it. */
  revoke_url?: string;
  error?: string;
  comment?: string;
}

function levelChoice(levels: readonly string[]): HtmlValue {
  if (levels.length < 2) return levels.length === 1 && html`<input type="hidden" name="level" value="${levels[0]}" />`;
  return html`<p>
    <label for="level">${LABELS.level}</label>
    <select id="level" name="level">
      ${levels.map((level) => html`<option value="${level}">${shortened(level, 80)}</option>`)}
    </select>
  </p>`;
}

/** The form of an action beside the vote: a reason and a button. */
function sideForm(
  name: 'cancel' | 'revoke',
  { title, hint, url, nonce, required }: { title: string; hint: string; url: string; nonce: string; required: boolean },
): Markup {
  return html`<section aria-labelledby="${name}">
    <h2 id="${name}">${title}</h2>
    <p class="dim">${hint}</p>
    <form method="post" action="${url}">
      <input type="hidden" name="nonce" value="${nonce}" />
      <p>
        <label for="${name}-reason">${required ? LABELS.why_required : LABELS.why}</label>
        <input
          type="text"
          id="${name}-reason"
          name="reason"
          maxlength="${COMMENT_MAX}"
          ${required && html` required`}
        />
      </p>
      <button>${LABELS[name]}</button>
    </form>
  </section>`;
}

function decision(view: ApprovalView, forms: ApprovalForms): HtmlValue {
  const votes = view.status === 'pending' && forms.levels.length > 0;
  const { nonce, cancel_url, revoke_url } = forms;
  return [
    votes && decisionForm(view, forms, levelChoice(forms.levels)),
    view.status === 'pending' && !votes && notice('info', html`<p>${pages.not_yours}</p>`),
    view.status === 'pending' &&
      cancel_url !== undefined &&
      sideForm('cancel', {
        title: pages.cancel_title,
        hint: pages.cancel_hint,
        url: cancel_url,
        nonce,
        required: false,
      }),
    view.status === 'approved' &&
      revoke_url !== undefined &&
      sideForm('revoke', {
        title: pages.revoke_title,
        hint: pages.revoke_hint,
        url: revoke_url,
        nonce,
        required: true,
      }),
  ];
}

function statusNotice(view: ApprovalView): HtmlValue {
  const own = view.own_vote;
  if (view.status === 'pending' && own === null) return null;
  const comment = view.comment !== null && html`<p class="quote">${marked(view.comment)}</p>`;
  return html`<div class="note result ${view.status}" role="status">
    ${
      view.status !== 'pending' &&
      html`<p><strong>${outcomeSentence(view)}</strong></p>
        ${comment}`
    }
    ${own !== null && html`<p>${results[own.decision](at(view, own.at_ms))}</p>`}
    ${view.status === 'pending' && html`<p>${words.change_hint}</p>`}
  </div>`;
}

/** The same sections in the same order as the review page. */
export function renderApprovalPage(view: ApprovalView, forms: ApprovalForms): string {
  const decides = view.status === 'pending' && forms.levels.length > 0;
  const title = titleOf(view, view.status === 'pending' ? APPROVE : `${STATUS_WORDS[view.status]}:`);
  return page({ title, you: decides ? youDecide(view) : reviewerName(view), home: '/approvals', decides }, [
    problem(forms.error, decides ? '#decision' : undefined),
    statusNotice(view),
    ...approvalSections(view, decision(view, forms)),
    !decides && html`<p class="after"><a class="button" href="/approvals">${pages.list_back}</a></p>`,
  ]);
}

export interface ListedApproval {
  url: string;
  agent: string;
  action: string;
  context: JsonObject;
  risk: Risk;
  status: ApprovalStatus;
  created_at_ms: number;
  until_ms: number;
  /** The level at which the reviewer is asked. Null: they are not. */
  level: string | null;
}

export interface ListOptions {
  reviewer: Reviewer;
  now_ms: number;
  /** Address of the next page. Null: this is the last one. */
  next: string | null;
  /** The sign-out form, which posts `nonce`. Absent: no button. */
  sign_out?: { action_url: string; nonce: string };
}

function listRow(item: ListedApproval, { reviewer, now_ms }: ListOptions): Markup {
  const until = `${fromNow(item.until_ms, now_ms)} (${moment(item.until_ms, now_ms, reviewer.timezone)})`;
  const told = brief(item.context, { timezone: reviewer.timezone, now_ms });
  const asked = `${LABELS.asked_at.toLowerCase()} ${fromNow(item.created_at_ms, now_ms)}`;
  return html`<li>
    <a href="${item.url}">
      <span>${marked(shortened(item.agent, 80))} ${words.wants(item.status)}</span>
      <span class="mono">${shortened(item.action, 128)}</span>
      ${told !== '' && html`<span class="value">${told}</span>`}
      <span class="facts"
        ><span class="badge ${item.risk}">${RISK_WORDS[item.risk]}</span>
        ${item.status === 'pending' ? words.expires(until) : STATUS_WORDS[item.status]}</span
      >
      <span class="dim">${asked}${item.level !== null && ` · ${words.level(shortened(item.level, 80))}`}</span>
    </a>
  </li>`;
}

/** The approvals that wait for the signed-in person, in the given order. */
export function renderApprovalList(items: readonly ListedApproval[], options: ListOptions): string {
  const { reviewer, next, sign_out } = options;
  const you = words.signed_in(shortened(reviewer.name, 80), shortened(reviewer.address, 120));
  return page({ title: pages.list_title, you, home: '/approvals' }, [
    html`<h1>${pages.list_title}</h1>`,
    items.length === 0
      ? html`<p class="dim">${pages.list_empty}</p>`
      : html`<ul class="rows">
          ${items.map((item) => listRow(item, options))}
        </ul>`,
    next !== null && html`<p class="after"><a class="button" href="${next}" rel="next">${LABELS.older}</a></p>`,
    sign_out !== undefined &&
      html`<form class="after" method="post" action="${sign_out.action_url}">
        <input type="hidden" name="nonce" value="${sign_out.nonce}" /><button class="plain">${LABELS.sign_out}</button>
      </form>`,
  ]);
}
