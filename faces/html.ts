/**
 * Escaping by default: a value inside html`…` is text unless it is itself the result of html`…`.
 * There is deliberately no way to make markup out of a string at run time.
 */
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** Markup that was written by us. A private field makes it impossible to forge from JSON. */
export class Html {
  readonly #markup: string;

  constructor(strings: TemplateStringsArray, values: readonly HtmlValue[]) {
    this.#markup = strings.reduce((all, part, i) => all + part + (i < values.length ? render(values[i]) : ''), '');
  }

  toString(): string {
    return this.#markup;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(render).join('');
  return escapeHtml(String(value));
}

export const html = (strings: TemplateStringsArray, ...values: HtmlValue[]): Html => new Html(strings, values);
