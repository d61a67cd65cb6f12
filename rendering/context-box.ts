/**
 * Renders the exact context as HTML. The page contains all of it. At low and medium risk a long context is folded behind "Show all", and
 * the style sheet hides Approve until everything is unfolded. At high and critical risk nothing is folded.
 */
import type { Risk } from '../domain/approval';
import { countOf, type Contents, type Field } from './context';
import { html, type HtmlValue, type Markup } from './html';
import { MARKER } from './spoofing';
import { WARNING_WORDS, words } from './texts';

/** About one screen of a phone. More lines are folded if the risk allows it. */
const LINES_MAX = 16;
const CHARACTERS_PER_LINE = 36;
/** A longer text is folded after its first characters. */
const LONG_TEXT = { fold_above: 1_200, show: 300 };
const WARNINGS_MAX = 12;
/** On a phone, longer keys and values get a line each, as wide as the box. */
const BESIDE_MAX = { value: 60, key: 24 };

/** Highlights the markers. `text` is already made visible, so every ⟦…⟧ in it is ours. */
export const marked = (text: string): HtmlValue =>
  text.split(MARKER).map((part, index) => (index % 2 === 1 ? html`<mark>${part}</mark>` : part));

const fold = (summary: string, inner: HtmlValue): Markup =>
  html`<details class="fold">
    <summary>
      <span class="closed">${summary} <b>${words.show_all}</b></span
      ><span class="opened">${words.all_shown}</span>
    </summary>
    ${inner}
  </details>`;

/** The nearest offset before `wanted` that splits neither a marker nor a surrogate pair. */
function cutAt(text: string, wanted: number): number {
  const open = text.lastIndexOf('⟦', wanted - 1);
  const at = open >= 0 && text.indexOf('⟧', open) >= wanted ? open : wanted;
  return /[\ud800-\udbff]/.test(text[at - 1] ?? '') ? at - 1 : at;
}

function textValue(text: string, folds: boolean): Markup {
  if (!folds || text.length <= LONG_TEXT.fold_above) return html`<span class="value">${marked(text)}</span>`;
  const cut = cutAt(text, LONG_TEXT.show);
  const rest = html`<span class="value">${marked(text.slice(cut))}</span>`;
  return html`<span class="value">${marked(text.slice(0, cut))}</span
    >${fold(words.characters_shown(cut, text.length), rest)}`;
}

/** Lets a key break after the characters that join words. */
export const keyText = (key: string): HtmlValue =>
  key.split(/(?<=[_./-])(?=.)/).map((part, index) => [index > 0 && html`<wbr />`, marked(part)]);

/** Only plain http(s) links can be opened. For other links the page shows the host. */
const hostLine = (link: Field['links'][number]): Markup =>
  link.href === null
    ? html`<span class="host">${words.goes_to(link.host)}</span>`
    : html`<span class="host"
        ><a href="${link.href}" target="_blank" rel="noopener noreferrer nofollow">${words.opens(link.host)}</a></span
      >`;

function row(field: Field, folds: boolean): Markup {
  if (field.fields.length > 0) {
    const inner = field.fields.map((one) => row(one, folds));
    return html`<div class="f in">
      <dt>${keyText(field.key)} <span class="size">· ${field.value}</span></dt>
      <dd><dl>${inner}</dl></dd>
    </div>`;
  }
  const hint = field.hint === null ? null : html`<span class="hint">${field.hint}</span>`;
  const long = field.value.length > BESIDE_MAX.value || field.value.includes('\n') || field.key.length > BESIDE_MAX.key;
  return html`<div class="${long ? 'f long' : 'f'}">
    <dt>${keyText(field.key)}</dt>
    <dd class="v">${hint}${textValue(field.value, folds)}${field.links.map(hostLine)}</dd>
  </div>`;
}

function linesOfField(field: Field): number {
  if (field.fields.length > 0) return 1 + field.fields.reduce((sum, one) => sum + linesOfField(one), 0);
  const length = Math.min(field.value.length, LONG_TEXT.show);
  return (
    Math.max(1, Math.ceil(length / CHARACTERS_PER_LINE), field.value.slice(0, length).split('\n').length) +
    field.links.length
  );
}

/** How many fields to show before the fold. All of them if the fold would hide only a few lines. */
function fitting(fields: readonly Field[]): number {
  let lines = 0;
  const index = fields.findIndex((field) => (lines += linesOfField(field)) > LINES_MAX);
  const fits = Math.max(1, index);
  const rest = fields.slice(fits).reduce((sum, field) => sum + linesOfField(field), 0);
  return index < 0 || rest <= 4 ? fields.length : fits;
}

function rows(contents: Contents, folds: boolean): Markup {
  const fits = folds ? fitting(contents.fields) : contents.fields.length;
  const [first, rest] = [contents.fields.slice(0, fits), contents.fields.slice(fits)];
  const list = (fields: readonly Field[]): Markup => html`<dl>${fields.map((field) => row(field, folds))}</dl>`;
  if (rest.length === 0) return list(first);
  return html`${list(first)}${fold(words.fields_shown(countOf(first), contents.count), list(rest))}`;
}

const foldsAt = (risk: Risk): boolean => risk === 'low' || risk === 'medium';

/** The warnings above the box. Null: there are none. */
export function warningBox(contents: Contents): Markup | null {
  const { warnings } = contents;
  if (warnings.length === 0) return null;
  const more = warnings.length - WARNINGS_MAX;
  return html`<div class="note warn" role="note">
    <p><strong>${words.warning_title(warnings.length)}</strong></p>
    <ul>
      ${warnings.slice(0, WARNINGS_MAX).map(
        (warning) =>
          html`<li>
            <code>${marked(warning.where)}</code>: ${WARNING_WORDS[warning.kind]},
            <code>${marked(warning.detail)}</code>
          </li>`,
      )}
      ${more > 0 && html`<li>${words.more_warnings(more)}</li>`}
    </ul>
  </div>`;
}

export const contextBox = (contents: Contents, risk: Risk): Markup =>
  html`<div class="box">
    ${contents.fields.length === 0 ? html`<p class="dim">${words.no_context}</p>` : rows(contents, foldsAt(risk))}
  </div>`;

/** The agent's own words: quieter and labelled, so that nobody takes them for ours. */
export const saysBox = (contents: Contents, risk: Risk): Markup =>
  html`<div class="box says">
    <p>${words.says_note}</p>
    ${rows(contents, foldsAt(risk))}
  </div>`;
