/**
 * Escaping by default: a value inside html`…` is text unless it is itself the result of html`…`.
 * There is deliberately no way to make markup out of a string at run time.
 */
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** Markup that was written by us. The private field makes it impossible to forge from JSON. */
class Markup {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}
export type { Markup };

export type HtmlValue = Markup | string | number | null | undefined | false | readonly HtmlValue[];

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'object') return value.map(render).join('');
  return escapeHtml(String(value));
}

/** The source's indentation is dropped, the line breaks stay, since they may separate words. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Markup {
  const parts = strings.map((part) => part.replace(/\n\s+/g, '\n'));
  return new Markup(parts.map((part, i) => part + render(values[i])).join(''));
}

/** A style sheet of ours as an element; a sheet has no need of the one character that could end the element. */
export function styleElement(sheet: string): Markup {
  if (sheet.includes('<')) throw new TypeError('A style sheet must not contain "<".');
  return new Markup(`<style>${sheet}</style>`);
}
