/** The HTML part of a mail: tables and inline styles, because many mail clients support nothing else. A media query adds dark colours. */
import { HIGH_RISKS } from '../../domain/approval';
import { keyText, marked } from '../context-box';
import { html, styleElement, type HtmlValue, type Markup } from '../html';
import { inOrder } from '../order';
import { HEADINGS, LABELS, mails, PRODUCT, words } from '../texts';
import { TOKENS } from '../style';
import type { Excerpt } from '../excerpt';
import type { WarningList } from '../message-parts';
import type { MailContent } from './content';

const { light, dark } = TOKENS;
const SANS = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif';
const MONO = 'font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:14px';
const TEXT = `${SANS};font-size:16px;line-height:24px;color:${light.text}`;
const DIM = `${SANS};font-size:15px;line-height:24px;color:${light.dim}`;
const BREAKS = 'overflow-wrap:anywhere;word-break:break-word';

const SHEET = styleElement(`
:root{color-scheme:light dark;supported-color-schemes:light dark}
mark{background:${light['warn-soft']};color:${light.warn}}
@media (max-width:620px){.pad{padding-left:16px!important;padding-right:16px!important}.button{display:block!important}.dim,.mono{font-size:16px!important}}
@media (prefers-color-scheme:dark){
.bg{background:${dark.bg}!important}.card{background:${dark.card}!important;border-color:${dark.line}!important}
.line{border-color:${dark.line}!important}.text{color:${dark.text}!important}.dim{color:${dark.dim}!important}
.loud{color:${dark.warn}!important}.warn{background:${dark['warn-soft']}!important;border-color:${dark['warn-line']}!important;color:${dark.warn}!important}
.soft{background:${dark.soft}!important}.accent{color:${dark.accent}!important}.button{background:${dark.accent}!important;color:${dark.bg}!important}
mark{background:${dark['warn-soft']}!important;color:${dark.warn}!important}}
`);

const heading = (text: string): Markup =>
  html`<h2 class="text" style="${TEXT};font-weight:650;margin:24px 0 8px">${text}</h2>`;
const paragraph = (inner: HtmlValue): Markup =>
  html`<p class="text" style="${TEXT};${BREAKS};margin:0 0 8px">${inner}</p>`;
const quiet = (inner: HtmlValue): Markup => html`<p class="dim" style="${DIM};${BREAKS};margin:0 0 8px">${inner}</p>`;
/** Somebody's comment, with its line breaks. */
const quotation = (text: string): Markup => html`<span style="white-space:pre-line">“${marked(text)}”</span>`;

const table = (tone: string, rows: HtmlValue): Markup =>
  html`<table
    role="presentation"
    width="100%"
    cellpadding="0"
    cellspacing="0"
    class="${tone}"
    style="border:1px solid ${light.line};border-radius:8px;border-collapse:separate;background:${tone === 'soft line' ? light.soft : light.card}"
  >
    ${rows}
  </table>`;

function row(label: HtmlValue, value: HtmlValue, first: boolean): Markup {
  const line = first ? '' : `border-top:1px solid ${light.line};`;
  return html`<tr>
    <td class="dim line" valign="top" width="34%" style="${DIM};${BREAKS};${line}padding:8px 12px">${label}</td>
    <td class="text line" valign="top" style="${TEXT};${BREAKS};${line}padding:8px 12px 8px 0">${value}</td>
  </tr>`;
}

/** Each `<wbr>` in a key costs bytes, so a longer key has none and breaks anywhere. */
const BREAKABLE_MAX = 60;

function fieldRows(lines: Excerpt['lines']): Markup[] {
  return lines.map(({ path, value, hint }, index) => {
    const ours = hint === null ? null : html`<span style="${SANS};font-size:16px;font-weight:600">${hint}</span>&ensp;`;
    return row(
      path.length <= BREAKABLE_MAX ? keyText(path) : marked(path),
      [ours, html`<span class="mono" style="${MONO};white-space:pre-wrap">${marked(value)}</span>`],
      index === 0,
    );
  });
}

const warningBox = (warnings: WarningList): HtmlValue =>
  warnings !== null &&
  html`<div
    class="warn"
    style="${TEXT};${BREAKS};background:${light['warn-soft']};color:${light.warn};border:1px solid ${light['warn-line']};border-radius:8px;padding:12px;margin:0 0 8px"
  >
    <strong>${warnings.title}</strong>${warnings.lines.map((line) => html`<br />• ${marked(line)}`)}
  </div>`;

function excerptBox(excerpt: Excerpt, tone: string): HtmlValue {
  return [
    excerpt.lines.length > 0 && table(tone, fieldRows(excerpt.lines)),
    !excerpt.whole &&
      html`<p class="dim" style="${DIM};margin:8px 0">${mails.rest_on_page(excerpt.shown, excerpt.of)}</p>`,
  ];
}

function badge(content: MailContent): HtmlValue {
  const loud = content.risk !== null && HIGH_RISKS.includes(content.risk);
  return loud ? html`<strong class="loud" style="color:${light.warn}">${content.facts}</strong>` : content.facts;
}

function levels(content: MailContent): HtmlValue {
  return content.levels.map(({ line, votes }) => [
    paragraph(marked(line)),
    votes.map((vote) => quiet([marked(vote.line), vote.comment !== null && [html`<br />`, quotation(vote.comment)]])),
  ]);
}

function decision({ label, link, before, after }: MailContent['decision']): HtmlValue {
  return html`<div style="padding:24px 0 8px">
    ${before.map(paragraph)}
    <a
      class="button"
      href="${link}"
      style="${SANS};display:inline-block;background:${light.accent};color:#ffffff;font-size:17px;font-weight:650;line-height:24px;text-align:center;text-decoration:none;border-radius:8px;padding:14px 40px;margin:8px 0 16px"
      >${label}</a
    >
    ${after.map(quiet)}
  </div>`;
}

function sections(content: MailContent): HtmlValue[] {
  const { context, says } = content;
  return inOrder<HtmlValue>({
    run: html`<h1 class="text" style="${TEXT};${BREAKS};font-size:20px;line-height:28px;font-weight:500;margin:0 0 8px">
        ${marked(content.agent)} ${content.wants}<br /><strong style="${MONO};font-size:22px">${content.action}</strong>
      </h1>
      ${paragraph(badge(content))}`,
    context: [
      heading(content.runs),
      warningBox(content.warnings),
      context.of === 0 ? quiet(words.no_context) : excerptBox(context, 'card'),
      html`<p class="dim" style="${DIM};font-size:13px;word-break:break-all;margin:8px 0 0">
        ${LABELS.digest} ${content.digest}
      </p>`,
    ],
    who: [
      heading(HEADINGS.who),
      table(
        'card',
        content.who.map(({ label, value }, index) => row(label, marked(value), index === 0)),
      ),
    ],
    status: [heading(HEADINGS.status), levels(content)],
    agent_says: says !== null && [
      heading(HEADINGS.agent_says),
      quiet(words.says_note),
      warningBox(says.warnings),
      excerptBox(says.excerpt, 'soft line'),
    ],
    decision: decision(content.decision),
  });
}

const mailFrame = (title: string, preheader: string, body: HtmlValue): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${title}</title>
        ${SHEET}
      </head>
      <body class="bg" style="margin:0;padding:0;background:${light.bg}">
        <div role="main">
          <div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${preheader}</div>
          <table
            role="presentation"
            width="100%"
            cellpadding="0"
            cellspacing="0"
            class="bg"
            style="background:${light.bg}"
          >
            <tr>
              <td align="center" style="padding:16px 0">
                <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px">
                  <tr>
                    <td class="pad text" style="${TEXT};font-weight:650;padding:8px 24px 16px">
                      <span class="accent" style="color:${light.accent}" aria-hidden="true">◆</span> ${PRODUCT}
                    </td>
                  </tr>
                  <tr>
                    <td class="pad" style="padding:0 24px 24px">${body}</td>
                  </tr>
                </table>
              </td>
            </tr>
          </table>
        </div>
      </body>
    </html> `.toString();

export const loginHtml = (body: string, link: string): string =>
  mailFrame(mails.login_title, body, [
    html`<h1 class="text" style="${TEXT};font-size:20px;line-height:28px;font-weight:650;margin:0 0 8px">
      ${mails.login_title}
    </h1>`,
    decision({ label: LABELS.sign_in, link, before: [body], after: [mails.login_ignore] }),
  ]);

export const mailHtml = (subject: string, content: MailContent): string =>
  mailFrame(subject, content.preheader, [
    content.lead !== null &&
      html`<p class="text" style="${TEXT};${BREAKS};font-weight:600;margin:0 0 16px">${marked(content.lead)}</p>`,
    content.quote !== null && quiet(quotation(content.quote)),
    ...sections(content),
  ]);
