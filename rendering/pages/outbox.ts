/** The page `/outbox`: messages that were not sent, because their channel is not configured. */
import { html, type HtmlValue, type Markup } from '../html';
import { page } from './page';
import { shortened, stillVisible, visibleLine } from '../spoofing';
import { pages, PRODUCT } from '../texts';
import { fromNow, moment } from '../times';

export interface OutboxMessage {
  id: string;
  at_ms: number;
  channel: string;
  to: string;
  subject: string | null;
  text: string;
}

export interface OutboxOptions {
  now_ms: number;
  timezone: string;
  /** Our own address. Only links that begin with it become clickable. */
  public_url: string;
}

/** Makes our own links clickable. They stand alone between blanks and are plain ASCII. */
function withLinks(text: string, public_url: string): HtmlValue {
  const base = public_url.replace(/\/$/, '');
  return text.split(/(\s+)/).map((word) => {
    const ours =
      word.startsWith(`${base}/`) &&
      /^[\x21-\x7e]+$/.test(word) &&
      URL.canParse(word) &&
      new URL(word).origin === new URL(base).origin;
    return ours ? html`<a href="${word}">${word}</a>` : word;
  });
}

function article(message: OutboxMessage, { now_ms, timezone, public_url }: OutboxOptions): Markup {
  const when = `${fromNow(message.at_ms, now_ms)} (${moment(message.at_ms, now_ms, timezone)})`;
  const to = pages.outbox_to(message.channel, shortened(message.to, 120));
  return html`<article class="box message" id="${message.id}">
    <h2>${message.subject === null ? to : stillVisible(message.subject, visibleLine)}</h2>
    <p class="dim">${message.subject !== null && `${to} · `}${when}</p>
    <pre>${withLinks(stillVisible(message.text), public_url)}</pre>
  </article>`;
}

/** The messages are given with the newest first. */
export function renderOutboxPage(messages: readonly OutboxMessage[], options: OutboxOptions): string {
  return page({ title: `${pages.outbox_title} · ${PRODUCT}`, home: '/approvals' }, [
    html`<h1>${pages.outbox_title}</h1>
      <p class="dim">${pages.outbox_intro}</p>`,
    messages.length === 0 ? html`<p>${pages.outbox_empty}</p>` : messages.map((message) => article(message, options)),
  ]);
}
