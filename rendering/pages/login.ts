/** Pages around signing in, and the page that only says something. */
import { html } from '../html';
import { page, problem } from './page';
import { LABELS, pages, PRODUCT } from '../texts';

export interface LoginRequest {
  action_url: string;
  /** The answer is the same for every address, known or not. */
  sent?: boolean;
  /** The mail went to the outbox, which whoever is signed out cannot open. */
  to_outbox?: boolean;
  error?: string;
  /** Hidden field `return_to`. */
  return_to?: string;
}

/** Asks for an `email` and posts it; afterwards says that a mail is on its way. */
export function renderLoginRequestPage(request: LoginRequest): string {
  if (request.sent === true)
    return renderMessagePage({
      title: pages.login_sent_title,
      body: request.to_outbox === true ? `${pages.login_sent}\n${pages.login_sent_nowhere}` : pages.login_sent,
      next: { label: pages.sent_again, url: request.action_url },
    });
  return page({ title: `${pages.login_title} · ${PRODUCT}` }, [
    html`<h1>${pages.login_title}</h1>`,
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

/** The one button behind a login link: opening the link changes nothing. */
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
  /** What happened, whether anything was lost, what to do. Each line is a paragraph. */
  body: string;
  /** HTTP status, shown small for errors. */
  status?: number;
  /** A way on: label and address of our own. */
  next?: { label: string; url: string };
}

/** A page that only says something: not found, open the link again, signed out. */
export function renderMessagePage(message: Message): string {
  return page({ title: message.title }, [
    html`<h1>${message.title}</h1>`,
    message.body.split('\n').map((line) => html`<p>${line}</p>`),
    message.next !== undefined &&
      html`<p class="after"><a class="button" href="${message.next.url}">${message.next.label}</a></p>`,
    message.status !== undefined && html`<p class="dim">HTTP ${message.status}</p>`,
  ]);
}
