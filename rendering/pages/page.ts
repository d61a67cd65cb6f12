/** The frame of every page: one inline style sheet, no script, nothing loaded from other hosts. */
import { html, styleElement, type HtmlValue, type Markup } from '../html';
import { visible } from '../spoofing';
import { PRODUCT, words } from '../texts';
import { STYLE } from '../style';

export interface PageOptions {
  title: string;
  /** Name of the person who decides or is signed in, shown at the top. */
  you?: string;
  /** Target of the brand's link. Absent on the pages behind a reviewer's link, which lead nowhere else. */
  home?: string;
  /** Keeps room for the fixed bar with the decision buttons. */
  decides?: boolean;
}

const SHEET = styleElement(STYLE);

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

/** A highlighted sentence of ours. Screen readers announce errors. */
export const notice = (kind: 'info' | 'warn' | 'error', text: HtmlValue): Markup =>
  kind === 'error'
    ? html`<div class="note error" role="alert">${text}</div>`
    : html`<div class="note ${kind}">${text}</div>`;

/** Why the last attempt was refused. It may quote the input. `form` links to the form, which may be several screens below. */
export const problem = (error: string | undefined, form?: string): HtmlValue =>
  error !== undefined &&
  notice(
    'error',
    html`<p>${visible(error)}</p>
      ${form !== undefined && html`<p><a class="button" href="${form}">${words.to_decision}</a></p>`}`,
  );
