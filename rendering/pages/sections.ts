/** The sections of every page about one approval, in the shared order. Only the decision differs between pages. */
import { contextBox, marked, saysBox, warningBox } from '../context-box';
import { html, type HtmlValue, type Markup } from '../html';
import { requestFacts } from '../message-parts';
import { inOrder } from '../order';
import { levelStatus, voteLines, when } from '../status-text';
import { HEADINGS, LABELS, RISK_WORDS, words } from '../texts';
import type { ApprovalView, LevelView } from '../view';
import { notice } from './page';

export const reviewerName = (view: ApprovalView): string => `${view.reviewer.name} (${view.reviewer.address})`;

/** `Approve? deploy.production · devops-bot`: the title of the page, like the subject of the mail. */
export const titleOf = (view: ApprovalView, prefix: string): string => `${prefix} ${view.action} · ${view.agent}`;

const riskBadge = (view: ApprovalView): Markup =>
  html`<span class="badge ${view.risk}">${RISK_WORDS[view.risk]}</span>`;

/** What the agent wants, the risk, and when the request expires. */
function runSection(view: ApprovalView): Markup {
  return html`<h1 class="ask">
      ${marked(view.agent)} ${words.wants(view.status)} <span class="action mono">${view.action}</span>
    </h1>
    <p class="facts">
      ${riskBadge(view)} ${view.status === 'pending' && html`<span>${words.expires(when(view, view.until_ms))}</span>`}
    </p>`;
}

function contextSection(view: ApprovalView): Markup {
  return html`<section aria-labelledby="context">
    <h2 id="context">${words.runs(view.status)}</h2>
    ${warningBox(view.context)} ${contextBox(view.context, view.risk)}
    <p class="digest">${LABELS.digest} <code>${view.digest}</code> ${words.digest_note}</p>
  </section>`;
}

function whoSection(view: ApprovalView): Markup {
  return html`<section aria-labelledby="who">
    <h2 id="who">${HEADINGS.who}</h2>
    <div class="box">
      <dl>
        ${requestFacts(view).map(
          ({ label, value }) =>
            html`<div class="f">
              <dt>${label}</dt>
              <dd>${marked(value)}</dd>
            </div>`,
        )}
      </dl>
    </div>
  </section>`;
}

function levelItem(view: ApprovalView, level: LevelView): Markup {
  const lines = voteLines(view, level);
  return html`<li>
    <p><strong>${marked(words.level(level.name))}</strong> · ${marked(levelStatus(level))}</p>
    ${
      lines.length > 0 &&
      html`<ul class="votes">
        ${lines.map(({ line, comment }) => html`<li>${marked(line)}${comment !== null && html`<q>${marked(comment)}</q>`}</li>`)}
      </ul>`
    }
  </li>`;
}

function statusSection(view: ApprovalView): Markup {
  return html`<section aria-labelledby="status">
    <h2 id="status">${HEADINGS.status}</h2>
    <ol class="levels">
      ${view.levels.map((level) => levelItem(view, level))}
    </ol>
    ${view.delivery_failed && notice('warn', html`<p>${words.delivery_failed}</p>`)}
  </section>`;
}

function saysSection(view: ApprovalView): Markup | null {
  if (view.agent_says === null) return null;
  return html`<section aria-labelledby="says">
    <h2 id="says">${HEADINGS.agent_says}</h2>
    ${warningBox(view.agent_says)} ${saysBox(view.agent_says, view.risk)}
  </section>`;
}

/** Everything that a reviewer must see, with this page's decision in its place. */
export const approvalSections = (view: ApprovalView, decision: HtmlValue): HtmlValue[] =>
  inOrder<HtmlValue>({
    run: runSection(view),
    context: contextSection(view),
    who: whoSection(view),
    status: statusSection(view),
    agent_says: saysSection(view),
    decision,
  });
