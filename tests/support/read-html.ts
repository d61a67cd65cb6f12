/** Reads rendered HTML with a conforming parser, as a browser does. */
import { parse, type DefaultTreeAdapterTypes } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode;
export type Element = DefaultTreeAdapterTypes.Element;

const isElement = (node: Node): node is Element => 'tagName' in node;

export const attribute = (element: Element, name: string): string | null =>
  element.attrs.find((attr) => attr.name === name)?.value ?? null;

export const hasClass = (element: Element, name: string): boolean =>
  (attribute(element, 'class') ?? '').split(/\s+/).includes(name);

/** All descendants, in document order. */
export function elements(parent: { childNodes: Node[] }): Element[] {
  return parent.childNodes.filter(isElement).flatMap((element) => [element, ...elements(element)]);
}

export function textOf(node: Node | { childNodes: Node[] }): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

export const readHtml = (markup: string): Element[] => elements(parse(markup));

/** All elements with this tag or `.class`. */
export const select = (markup: string, selector: string): Element[] =>
  readHtml(markup).filter((element) =>
    selector.startsWith('.') ? hasClass(element, selector.slice(1)) : element.tagName === selector,
  );

const INLINE = new Set(['a', 'b', 'bdi', 'code', 'mark', 'span', 'strong', 'wbr']);

/** Like `textOf`, with a space between block elements. */
function spaced(node: Node): string {
  if ('value' in node) return node.value;
  if (!isElement(node)) return '';
  const inner = node.childNodes.map(spaced).join('');
  return INLINE.has(node.tagName) ? inner : ` ${inner} `;
}

/** The text of the body, with white space collapsed. */
export function bodyText(markup: string): string {
  const body = select(markup, 'body')[0]!;
  return spaced(body).replace(/\s+/g, ' ').trim();
}
