import fc from 'fast-check';
import { readHtml, select, textOf } from '../tests/support/read-html';
import { html, styleElement } from './html';

describe('the escaping template', () => {
  it('shows any text as that text and as nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // A parser normalises these two by itself; spoofing.ts marks them before they come here.
        fc.pre(!/[\r\0\p{Cs}]/u.test(text));
        const page = html`<body>
          <p title="${text}">${text}</p>
        </body>`.toString();
        const [paragraph] = select(page, 'p');
        expect(textOf(paragraph!)).toBe(text);
        expect(paragraph!.attrs).toEqual([{ name: 'title', value: text }]);
        expect(readHtml(page).map((element) => element.tagName)).toEqual(['html', 'head', 'body', 'p']);
      }),
      { numRuns: 500 },
    );
  });

  it('nests markup, lists and numbers, and leaves out what is absent', () => {
    const items = ['<a>', 2, null, undefined, false as const, html`<b>${'&'}</b>`];
    expect(html`<p>${items}</p>`.toString()).toBe('<p>&lt;a&gt;2<b>&amp;</b></p>');
  });

  it('does not take an object that pretends to be markup', () => {
    const forged = JSON.parse('{"markup":"<b>x</b>","toString":"<i>"}') as never;
    expect(() => html`${forged}`.toString()).toThrow('value.map is not a function');
  });

  it('drops the indentation of the source but not the line break between words', () => {
    const source = Object.assign(['<p>\n    one\n    two\n</p>'], { raw: [] });
    expect(html(source).toString()).toBe('<p>\none\ntwo\n</p>');
  });

  it('refuses a style sheet that could end its element', () => {
    expect(() => styleElement('a{}</style><script>')).toThrow(/must not contain/);
    expect(styleElement('a>b{}').toString()).toBe('<style>a>b{}</style>');
  });
});
