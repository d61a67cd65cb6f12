/** The frame of every plain page: one style sheet, no script, nothing from elsewhere. */
import { html, styleElement, type HtmlValue, type Markup } from '../html';
import { visible } from '../spoofing';
import { PRODUCT, words } from '../texts';
import { STYLE } from '../style';

export interface PageOptions {
  title: string;
  /** Who decides or is signed in; always visible at the top. */
  you?: string;
  /** Where the brand leads; absent on the pages of a link, which lead nowhere else. */
  home?: string;
  /** The page has the fixed bar of decisions, and needs room for it. */
  decides?: boolean;
}

const SHEET = styleElement(STYLE);

/** A whole document. */
export function page(options: PageOptions, body: HtmlValue): string {
  const brand = html`<span aria-hidden="true">◆</span>${PRODUCT}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="format-detection" content="telephone=no, date=no, email=no, address=no" />
        <title>${options.title}</title>
        ${SHEET}
      </head>
      <body>
        <header class="top">
          <div class="wrap">
            ${options.home === undefined ? html`<span class="brand">${brand}</span>` : html`<a class="brand" href="${options.home}">${brand}</a>`}${options.you === undefined ? null : html`<span class="you">${options.you}</span>`}
          </div>
        </header>
        <main class="wrap${options.decides === true ? ' decide' : ''}">${body}</main>
      </body>
    </html> `.toString();
}

/** A sentence of ours that stands out; errors are announced. */
export const notice = (kind: 'info' | 'warn' | 'error', text: HtmlValue): Markup =>
  kind === 'error'
    ? html`<div class="note error" role="alert">${text}</div>`
    : html`<div class="note ${kind}">${text}</div>`;

/** Why the last try was refused; it may quote what was sent. `form` leads to where one tries again, which may be screens below. */
export const problem = (error: string | undefined, form?: string): HtmlValue =>
  error !== undefined &&
  notice(
    'error',
    html`<p>${visible(error)}</p>
      ${form !== undefined && html`<p><a class="button" href="${form}">${words.to_decision}</a></p>`}`,
  );
