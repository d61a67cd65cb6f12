/**
 * Patterns over dotted names. `*` stands for any characters within one segment; at the end of the pattern it also stands
 * for all segments that follow. `stripe.refund.*` matches `stripe.refund.large.eu`, but not `stripe.refund`.
 */

const ACTION_PATTERN = /^[A-Za-z0-9_*-]+(\.[A-Za-z0-9_*-]+)*$/;
const AGENT_PATTERN = /^[^\s\p{C}](?:[^\p{C}]*[^\s\p{C}])?$/u;
const MAX_LENGTH = 128;

/** Takes at most pattern × text steps, so a hostile name cannot make it slow. */
const matchSegment = (pattern: string, text: string): boolean => {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let t = 0; t < text.length;) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
};

export const matchesPattern = (pattern: string, name: string): boolean => {
  const patterns = pattern.split('.');
  const segments = name.split('.');
  if (segments.length < patterns.length) return false;
  if (segments.length > patterns.length && !pattern.endsWith('*')) return false;
  return patterns.every((segment, i) => matchSegment(segment, segments[i]!));
};

/** Whether one of the patterns matches the agent's id or name. */
export const matchesAgent = (patterns: readonly string[], { id, name }: { id: string; name: string }): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, id) || matchesPattern(pattern, name));

/** Whether some text matches both segments. Both can contain `*`. */
const segmentsMeet = (a: string, b: string): boolean => {
  const row = (i: number, below: boolean[]): boolean[] => {
    const cells: boolean[] = [];
    for (let j = b.length; j >= 0; j--) {
      if (i === a.length) cells[j] = j === b.length || (b[j] === '*' && cells[j + 1]!);
      else if (j === b.length) cells[j] = a[i] === '*' && below[j]!;
      else if (a[i] === '*' || b[j] === '*') cells[j] = below[j]! || cells[j + 1]!;
      else cells[j] = a[i] === b[j] && below[j + 1]!;
    }
    return cells;
  };
  let cells: boolean[] = [];
  for (let i = a.length; i >= 0; i--) cells = row(i, cells);
  return cells[0]!;
};

/** Whether some name matches both patterns. */
export const patternsMeet = (a: string, b: string): boolean => {
  const [short, long] = a.split('.').length <= b.split('.').length ? [a, b] : [b, a];
  const shorter = short.split('.');
  const longer = long.split('.');
  if (shorter.length < longer.length && !short.endsWith('*')) return false;
  return shorter.every((segment, i) => segmentsMeet(segment, longer[i]!));
};

const literalPrefix = (pattern: string): number => (pattern.includes('*') ? pattern.indexOf('*') : Infinity);
const literalLength = (pattern: string): number => pattern.replaceAll('*', '').length;

/** Sorts the most specific pattern first: exact names, then by the length of the literal prefix, then by the number of literal characters. */
export const bySpecificity = (a: string, b: string): number => {
  const [prefixA, prefixB] = [literalPrefix(a), literalPrefix(b)];
  if (prefixA !== prefixB) return prefixB > prefixA ? 1 : -1;
  return literalLength(b) - literalLength(a);
};

/** The fault of an action pattern, for its author; null if it is valid. */
export const actionPatternFault = (pattern: string): string | null => {
  if (pattern.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters; shorten it`;
  if (ACTION_PATTERN.test(pattern)) return null;
  return 'is not an action pattern: write dotted segments of letters, digits, "_", "-" and "*", like stripe.refund.*';
};

/** The fault of a pattern for agent ids or names, for its author; null if it is valid. */
export const agentPatternFault = (pattern: string): string | null => {
  if (pattern.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters; shorten it`;
  return AGENT_PATTERN.test(pattern)
    ? null
    : 'is not an agent pattern: write an agent id or name, with "*" for any characters';
};
