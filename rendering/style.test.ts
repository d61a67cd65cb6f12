import { createHash } from 'node:crypto';
import { select, textOf } from '../tests/support/read-html';
import { renderMessagePage } from './pages/login';
import { STYLE, styleSource, TOKENS } from './style';

/** WCAG 2: relative luminance of `#rrggbb`. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe.each(['light', 'dark'] as const)('the %s colours', (scheme) => {
  const colour = TOKENS[scheme];

  it.each([
    ['text', 'bg'],
    ['text', 'card'],
    ['text', 'soft'],
    ['dim', 'bg'],
    ['dim', 'card'],
    ['dim', 'soft'],
    ['accent', 'bg'],
    ['accent', 'card'],
    ['card', 'accent'],
    ['ok', 'card'],
    ['ok-text', 'ok'],
    ['no', 'card'],
    ['no', 'no-soft'],
    ['warn', 'warn-soft'],
    ['card', 'warn'],
  ] as const)('have 4.5:1 for %s on %s', (front, back) => {
    expect(contrast(colour[front], colour[back])).toBeGreaterThanOrEqual(4.5);
  });

  it('have 3:1 for the edge of a field', () => {
    expect(contrast(colour.edge, colour.card)).toBeGreaterThanOrEqual(3);
  });
});

describe('the style sheet', () => {
  it('is in each page exactly as the policy for scripts and styles names it', () => {
    const [inPage] = select(renderMessagePage({ title: 'x', body: 'y' }), 'style').map(textOf);
    expect(inPage).toBe(STYLE);
    expect(styleSource()).toBe(`'sha256-${createHash('sha256').update(inPage!).digest('base64')}'`);
  });

  it('loads nothing, and gives thumbs 48 px', () => {
    expect(STYLE).not.toMatch(/url\(|@import/);
    expect(STYLE).toMatch(/button,\.button\{[^}]*min-height:48px/);
    expect(STYLE).toContain(':focus-visible{outline:3px solid');
    expect(STYLE).toContain('prefers-reduced-motion');
  });

  it('names only tokens that exist', () => {
    const used = new Set([...STYLE.matchAll(/var\(--([a-z-]+)\)/g)].map(([, name]) => name));
    expect([...used].filter((name) => !(name! in TOKENS.light))).toEqual([]);
    expect(Object.keys(TOKENS.dark)).toEqual(Object.keys(TOKENS.light));
  });
});
