/**
 * Makes text of agents and people safe to read. Invisible characters become markers such as ⟦U+202E⟧, and look-alikes get a warning.
 * Nothing is removed and `visible` is reversible, so two different texts never look the same because of invisible characters.
 */
export type WarningKind = 'hidden_characters' | 'mixed_scripts' | 'styled_letters' | 'disguised_link' | 'padding';

/** Why a text deserves a second look. `detail` is visible text: the characters, the word or the host. */
export interface Warning {
  kind: WarningKind;
  detail: string;
}

/**
 * Characters that become markers: controls, format and bidi characters, tags, variation selectors, fillers, private use, unassigned,
 * unusual spaces and blank Braille. Our own opening bracket is one too, so that nobody can imitate a marker. Line feed, tab and the
 * plain space stay.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u27e6]|(?! )\p{Zs}|(?<=\p{M}{4})\p{M}/gu;
/** Inside an emoji sequence a joiner or a variation selector is visible: it shapes the emoji. */
const EMOJI_BEFORE = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|[0-9#*])\ufe0f?$/u;
const EMOJI_AFTER = /^\p{Extended_Pictographic}/u;
const BLANK_LINES = /\n(?:[ \t]*\n){3,}/g;
const BLANK_RUN = /[ \t]{41,}/g;
/** Warnings of one kind per text. A text can hold thousands of look-alikes or links. */
const NAMED_MAX = 10;

/** Splits a visible text: the parts at odd indexes are our markers. */
export const MARKER = /(\u27e6[^\u27e7]*\u27e7)/;

const codePoint = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

function belongsToEmoji(text: string, offset: number, character: string): boolean {
  const before = text.slice(Math.max(0, offset - 4), offset);
  if (character === '\ufe0f') return EMOJI_BEFORE.test(before) && !before.endsWith('\ufe0f');
  return (
    character === '\u200d' &&
    EMOJI_BEFORE.test(before) &&
    !/[0-9#*]\ufe0f?$/.test(before) &&
    EMOJI_AFTER.test(text.slice(offset + 1))
  );
}

const isUnseen = (character: string, offset: number, text: string): boolean =>
  character !== '\n' && character !== '\t' && !belongsToEmoji(text, offset, character);

const countedBlanks = (run: string): string =>
  run.replace(/ +|\t+/g, (same) => `⟦${same.length} ${same.startsWith(' ') ? 'spaces' : 'tabs'}⟧`);

/** Several empty lines in a row become one line that counts them. If they contain blanks, the blanks are counted instead. */
const countedLines = (run: string): string =>
  /[ \t]/.test(run) ? countedBlanks(run) : `\n⟦${run.length} line breaks⟧\n`;

/** Replaces each invisible character and each long run of blanks with a marker. */
export function visible(text: string): string {
  return text
    .replace(UNSEEN, (character, offset: number) =>
      isUnseen(character, offset, text) ? `⟦${codePoint(character)}⟧` : character,
    )
    .replace(BLANK_LINES, countedLines)
    .replace(BLANK_RUN, countedBlanks);
}

/** The same for a single line: line breaks and tabs become markers too. */
export const visibleLine = (text: string): string =>
  visible(text).replace(/[\n\t]/g, (character) => `⟦${codePoint(character)}⟧`);

/** A marker exactly as `visible` and `visibleLine` write it. An agent cannot write one, because its bracket becomes a marker. */
const OWN_MARKER = /(\u27e6(?:U\+[0-9A-F]{4,6}|\d+ (?:spaces|tabs|line breaks))\u27e7)/;

/** Makes a text visible again that was already visible when it was sent: its markers stay, everything else is treated as new. */
export const stillVisible = (text: string, make: (part: string) => string = visible): string =>
  text
    .split(OWN_MARKER)
    .map((part, i) => (i % 2 === 1 ? part : make(part)))
    .join('');

/** `visibleLine`, cut to `max` characters. For names and headers, never for the context. */
export function shortened(text: string, max: number): string {
  const characters = [...visibleLine(text)];
  return characters.length <= max ? characters.join('') : `${characters.slice(0, max - 1).join('')}…`;
}

/** Characters that get a marker but no warning: an unusual space, our own bracket, the line end of another system. */
const isHarmless = (character: string, next: string): boolean =>
  /[\p{Zs}\u27e6]/u.test(character) || (character === '\r' && next === '\n');

function hiddenCharacters(text: string): Warning[] {
  const found = new Set<string>();
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    const harmless = isHarmless(character, text.charAt(index + 1));
    if (!harmless && isUnseen(character, index, text)) found.add(codePoint(character));
  }
  if (found.size === 0) return [];
  const names = [...found];
  const detail = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  return [{ kind: 'hidden_characters', detail }];
}

const SCRIPTS = {
  Latin: /\p{Script=Latin}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Greek: /\p{Script=Greek}/u,
  Armenian: /\p{Script=Armenian}/u,
  Cherokee: /\p{Script=Cherokee}/u,
};
/** Letters of other scripts that look like Latin ones. */
const TWINS = /^[аАВеЕіІјЈкКмМНоОрРсСТуУхХѕЅԁӏԛԝһвнтгпαΑΒΕΖΗΙιΚκΜΝνΟοΡρΤτΥυΧχγσ]+$/u;
/** Greek letters of units, such as µs and kΩ, are no disguise. */
const UNITS = /^[µμΩΔπ]?\p{Script=Latin}{0,3}[µμΩΔπ]?$/u;

const scriptsOf = (word: string): string[] =>
  Object.entries(SCRIPTS).flatMap(([name, pattern]) => (pattern.test(word) ? [name] : []));

/** `аррӏе: Cyrillic а U+0430, …`: the letters that are not Latin. Invisible letters are left out: the word shows their marker. */
function strangers(word: string): string {
  const letters = [...new Set(word)].filter(
    (letter) => /\p{L}/u.test(letter) && !/\p{Script=Latin}/u.test(letter) && visibleLine(letter) === letter,
  );
  const named = letters
    .slice(0, 4)
    .map((letter) => `${scriptsOf(letter)[0] ?? 'other'} ${letter} ${codePoint(letter)}`);
  return `${shortened(word, 60)}: ${named.join(', ')}${letters.length > 4 ? ', …' : ''}`;
}

function mixedScripts(text: string): Warning[] {
  const words = [...new Set(text.match(/[\p{L}\p{M}\p{Nd}_'-]+/gu) ?? [])];
  // Text that is really Russian or Greek contains words that cannot pass for Latin ones.
  const native = (word: string): boolean =>
    /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word) && !/\p{Script=Latin}/u.test(word) && !TWINS.test(word);
  const isNative = words.some(native);
  return words.flatMap((word): Warning[] => {
    const scripts = scriptsOf(word);
    const mixed = scripts.length > 1 && !UNITS.test(word);
    const disguised =
      !isNative && scripts.length === 1 && scripts[0] !== 'Latin' && [...word].length > 1 && TWINS.test(word);
    return mixed || disguised ? [{ kind: 'mixed_scripts', detail: strangers(word) }] : [];
  });
}

function styledLetters(text: string): Warning[] {
  const word = text.match(/[\uff10-\uff5a\u{1d400}-\u{1d7ff}\u{1f130}-\u{1f189}\u2460-\u24ff]+/u);
  return word
    ? [{ kind: 'styled_letters', detail: shortened(`${word[0]} reads like ${word[0].normalize('NFKC')}`, 120) }]
    : [];
}

/** A link in a text, with its real host in ASCII. */
export interface FoundLink {
  /** The link as it was written, before invisible characters become markers. */
  raw: string;
  host: string;
  /** Null: the page offers no way to open it, because it is not http or is disguised. */
  href: string | null;
  disguise: string | null;
}

/** Finds the links in a text. The hosts are those that a browser would open. */
export function links(text: string): FoundLink[] {
  const found: FoundLink[] = [];
  for (const [raw] of text.matchAll(/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"'`]+/gi)) {
    if (!URL.canParse(raw)) continue;
    const url = new URL(raw);
    if (url.host === '') continue;
    const disguise = url.username || url.password ? 'user' : /(^|\.)xn--/.test(url.hostname) ? 'idn' : null;
    const plain = /^https?:$/.test(url.protocol) && disguise === null && !/[^\x21-\x7e]/.test(raw);
    found.push({ raw, host: url.host, href: plain ? url.href : null, disguise });
  }
  return found;
}

function disguisedLinks(text: string): Warning[] {
  return links(text).flatMap((link): Warning[] => {
    if (link.disguise === 'user')
      return [
        { kind: 'disguised_link', detail: `${shortened(link.raw, 60)} really goes to ${shortened(link.host, 100)}` },
      ];
    if (link.disguise === 'idn')
      return [{ kind: 'disguised_link', detail: `${shortened(link.raw, 60)} goes to ${shortened(link.host, 100)}` }];
    return [];
  });
}

function padding(text: string): Warning[] {
  const runs = [...text.matchAll(BLANK_LINES), ...text.matchAll(BLANK_RUN)].map(([run]) => run.length);
  if (runs.length === 0) return [];
  const longest = runs.reduce((most, length) => Math.max(most, length), 0);
  return [{ kind: 'padding', detail: `${longest} blanks in a row` }];
}

/** The first warnings, and how many more there are. */
function named(warnings: Warning[]): Warning[] {
  const more = warnings.length - NAMED_MAX;
  if (more <= 0) return warnings;
  return [...warnings.slice(0, NAMED_MAX), { kind: warnings[0]!.kind, detail: `and ${more} more` }];
}

/** All warnings about a text. */
export const warningsAbout = (text: string): Warning[] => [
  ...hiddenCharacters(text),
  ...named(mixedScripts(text)),
  ...styledLetters(text),
  ...named(disguisedLinks(text)),
  ...padding(text),
];
