/** The pages around signing in, and the page that only shows a message. */
import { html } from '../html';
import { page, problem } from './page';
import { LABELS, pages, PRODUCT } from '../texts';
import { span } from '../times';

export interface LoginRequest {
  action_url: string;
  error?: string;
  /** Hidden field `return_to`. */
  return_to?: string;
}

/** The form posts `email`. */
export function renderLoginRequestPage(request: LoginRequest): string {
  return page({ title: `${LABELS.sign_in} · ${PRODUCT}` }, [
    html`<h1>${LABELS.sign_in}</h1>`,
    problem(request.error),
    html`<form method="post" action="${request.action_url}">
      ${request.return_to !== undefined && html`<input type="hidden" name="return_to" value="${request.return_to}" />`}
      <p>${pages.login_intro}</p>
      <p>
        <label for="email">${LABELS.email}</label>
        <input type="email" id="email" name="email" autocomplete="email" required maxlength="254" />
      </p>
      <button class="primary">${pages.login_button}</button>
    </form>`,
  ]);
}

export interface LoginSent {
  login_url: string;
  link_lasts_ms: number;
  /** The email went to the outbox, which a signed-out person cannot open. */
  to_outbox: boolean;
}

/** Shown for every address, known or not, so that nobody learns whose addresses are known here. */
export function renderLoginSentPage({ login_url, link_lasts_ms, to_outbox }: LoginSent): string {
  return renderMessagePage({
    title: pages.login_sent_title,
    body: [
      pages.login_sent(span(link_lasts_ms)),
      pages.login_sent_hint,
      ...(to_outbox ? [pages.login_sent_to_outbox] : []),
    ].join('\n'),
    next: { label: pages.login_again, url: login_url },
  });
}

/** The page of a sign-in link: opening it changes nothing, its one button signs in. */
export function renderLoginLinkPage(form: { action_url: string; nonce?: string }): string {
  return page({ title: pages.login_link_title }, [
    html`<h1>${pages.login_link_title}</h1>`,
    html`<form method="post" action="${form.action_url}">
      ${form.nonce !== undefined && html`<input type="hidden" name="nonce" value="${form.nonce}" />`}
      <p>${pages.login_link_intro}</p>
      <button class="primary">${LABELS.sign_in}</button>
    </form>`,
  ]);
}

export interface Message {
  title: string;
  /** Says what happened, whether anything was lost, and what to do. Each line becomes a paragraph. */
  body: string;
  /** HTTP status of an error, shown in small print. */
  status?: number;
  /** A link onwards. */
  next?: { label: string; url: string };
}

export function renderMessagePage(message: Message): string {
  return page({ title: message.title }, [
    html`<h1>${message.title}</h1>`,
    message.body.split('\n').map((line) => html`<p>${line}</p>`),
    message.next !== undefined &&
      html`<p class="after"><a class="button" href="${message.next.url}">${message.next.label}</a></p>`,
    message.status !== undefined && html`<p class="dim">HTTP ${message.status}</p>`,
  ]);
}
