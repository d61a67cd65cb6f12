/** Checks the brackets of a condition before it is parsed: deep nesting and unclosed brackets make the parser slow. */

/** Deeper than any condition that people can read. */
const MAX_BRACKETS = 32;
/** Limit for `? :`. Each one nests everything after it. */
const MAX_CHOICES = 64;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
/** Matches a quoted text, also an unclosed one, or a comment. Brackets inside them do not count. */
const SKIPPED =
  /(?:[rR][bB]?|[bB][rR])(?:'''[^]*?'''|"""[^]*?"""|'[^'\n]*'?|"[^"\n]*"?)|'''(?:[^\\]|\\[^])*?'''|"""(?:[^\\]|\\[^])*?"""|'(?:[^'\\\n]|\\[^])*'?|"(?:[^"\\\n]|\\[^])*"?|\/\/[^\n]*/y;

/** Why the condition cannot be parsed; null if it can. Reads each character once. */
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
