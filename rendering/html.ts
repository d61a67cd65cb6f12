/**
 * HTML templates that escape by default. A value inside html`…` is text unless it is itself the result of html`…`.
 * No function turns a string into markup at run time, so text of an agent can never become markup.
 */
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** Markup from our own templates. Its private field cannot be forged from JSON. */
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

/** Drops the indentation of the source. Line breaks stay, because they may separate words. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Markup {
  const parts = strings.map((part) => part.replace(/\n\s+/g, '\n'));
  return new Markup(parts.map((part, i) => part + render(values[i])).join(''));
}

/** Only for our own style sheets. Without `<` a sheet cannot end its element. */
export function styleElement(sheet: string): Markup {
  if (sheet.includes('<')) throw new TypeError('A style sheet must not contain "<".');
  return new Markup(`<style>${sheet}</style>`);
}
