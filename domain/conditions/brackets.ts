/** Deeper than any condition that a person reads; the parser needs more time with each one that it cannot close. */
const MAX_BRACKETS = 32;
/** Each `?` nests all that follows. */
const MAX_CHOICES = 64;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
/** A text with its quotes, one that does not end on its line, or a comment: brackets in them are not brackets. */
const SKIPPED =
  /(?:[rR][bB]?|[bB][rR])(?:'''[^]*?'''|"""[^]*?"""|'[^'\n]*'?|"[^"\n]*"?)|'''(?:[^\\]|\\[^])*?'''|"""(?:[^\\]|\\[^])*?"""|'(?:[^'\\\n]|\\[^])*'?|"(?:[^"\\\n]|\\[^])*"?|\/\/[^\n]*/y;

/** Why the parser should not even try; null when it may. One look at each character. */
export const bracketFault = (source: string): string | null => {
  const open: { sign: string; at: number }[] = [];
  let choices = 0;
  for (let at = 0; at < source.length; at++) {
    const sign = source[at]!;
    if (sign in CLOSING) open.push({ sign, at });
    else if (sign === CLOSING[open.at(-1)?.sign ?? '']) open.pop();
    else if (/[rRbB'"/]/.test(sign)) {
      SKIPPED.lastIndex = at;
      at += Math.max(1, SKIPPED.exec(source)?.[0].length ?? 1) - 1;
    } else if (sign === '?' && ++choices > MAX_CHOICES)
      return `has more than ${MAX_CHOICES} choices (? :); simplify it or split the rule`;
    if (open.length > MAX_BRACKETS)
      return `is nested more than ${MAX_BRACKETS} brackets deep; simplify it or split the rule`;
  }
  const unclosed = open.at(-1);
  return unclosed ? `cannot be read: the ${unclosed.sign} at character ${unclosed.at + 1} is never closed` : null;
};
