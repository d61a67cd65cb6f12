import fc from 'fast-check';
import type { JsonObject } from '../domain/approval';
import { elements, hasClass, select, textOf } from '../tests/support/read-html';
import { contentsOf, linesOf } from './context';
import { contextBox, saysBox, warningBox } from './context-box';

const FROM = { timezone: 'Europe/London', now_ms: Date.UTC(2026, 9, 23) };
const LONG = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`key${String(i).padStart(2, '0')}`, i]));

/** The raw values as shown, one per row, head and unfolded tail together. */
const values = (markup: string): string[] =>
  select(markup, '.v').map((cell) =>
    elements(cell)
      .filter((element) => hasClass(element, 'value'))
      .map(textOf)
      .join(''),
  );

const box = (context: JsonObject, risk: 'low' | 'high' = 'low'): string =>
  contextBox(contentsOf(context, FROM), risk).toString();
const folds = (markup: string): number =>
  select(markup, 'details').filter((element) => hasClass(element, 'fold')).length;

describe('the context as HTML', () => {
  it('holds every value, verbatim and in order, at any risk and any size', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ minLength: 1_300, maxLength: 3_000 }),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(text, fc.jsonValue({ maxDepth: 3 })), { maxKeys: 25 }),
        fc.constantFrom('low' as const, 'high' as const),
        (raw, risk) => {
          const context = raw as JsonObject;
          expect(values(box(context, risk))).toEqual(
            linesOf(contentsOf(context, FROM).fields).map(({ value }) => value),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('folds a long context at low risk and says how much it shows', () => {
    const markup = box(LONG);
    expect(folds(markup)).toBe(1);
    expect(textOf(select(markup, '.closed')[0]!)).toBe('16 of 30 fields shown. Show all');
  });

  it('folds a long text by itself and says how many characters it shows', () => {
    const markup = box({ diff: 'x'.repeat(5_000), repo: 'acme' });
    expect(textOf(select(markup, '.closed')[0]!)).toBe('300 of 5,000 characters shown. Show all');
    expect(folds(markup)).toBe(1);
  });

  it('never folds at high or critical risk', () => {
    for (const risk of ['high', 'critical'] as const) {
      expect(folds(contextBox(contentsOf({ ...LONG, diff: 'x'.repeat(50_000) }, FROM), risk).toString())).toBe(0);
    }
  });

  it('does not fold away a handful of rows', () => {
    expect(folds(box(Object.fromEntries(Object.entries(LONG).slice(0, 19))))).toBe(0);
  });

  it('says so when there is no context at all', () => {
    expect(box({})).toContain('The agent gave no context');
  });

  it('offers plain links under their real host and only names disguised ones', () => {
    const markup = box({
      pr: 'https://github.com/acme/x',
      trap: 'https://github.com@evil.example/',
      script: 'javascript:alert(1)',
    });
    const anchors = select(markup, 'a');
    expect(anchors.map(textOf)).toEqual(['Opens github.com']);
    expect(anchors[0]!.attrs).toContainEqual({ name: 'rel', value: 'noopener noreferrer nofollow' });
    expect(select(markup, '.host').map(textOf)).toEqual(['Opens github.com', 'Goes to evil.example']);
  });

  it('makes the markers stand out', () => {
    expect(select(box({ 'a\u200b': 'b\u202e' }), 'mark').map(textOf)).toEqual(['⟦U+200B⟧', '⟦U+202E⟧']);
  });
});

describe('the boxes around it', () => {
  it('warn about each thing, the first dozen by name', () => {
    const many: JsonObject = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, 'x\u200b']));
    const markup = warningBox(contentsOf(many, FROM))!.toString();
    expect(select(markup, 'li')).toHaveLength(13);
    expect(markup).toContain('and 8 more');
    expect(warningBox(contentsOf({ a: 'fine' }, FROM))).toBeNull();
  });

  it('label the agent’s own words as such', () => {
    const markup = saysBox(contentsOf({ summary: 'All good' }, FROM), 'high').toString();
    expect(markup).toContain('Written by the agent. Nobody checked it');
    expect(values(markup)).toEqual(['All good']);
  });
});
