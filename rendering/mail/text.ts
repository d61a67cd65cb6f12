/**
 * The text part: a face of its own, for those who read or hear mails as text. Whatever others wrote is indented, each of its lines, so that
 * only we speak at the margin, and the link is the only line that is a link alone.
 */
import { inOrder } from '../order';
import { HEADINGS, LABELS, mails, words } from '../texts';
import type { Excerpt } from '../excerpt';
import type { Letter, WarningList } from './content';

const indented = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);

function excerptLines({ lines, shown, of, whole }: Excerpt): string[] {
  const shownLines = lines.map(({ path, value, reading }) => {
    const raw = indented(value, '  | ');
    return value.includes('\n')
      ? `  ${path}:\n  | ${raw}`
      : `  ${path}: ${reading === null ? raw : `${reading} (${raw})`}`;
  });
  return whole ? shownLines : [...shownLines, mails.rest_on_page(shown, of)];
}

const warned = (warnings: WarningList): string[] =>
  warnings === null ? [] : [`${warnings.title}:`, ...warnings.lines.map((line) => `  ! ${line}`)];

function section(heading: string, lines: readonly string[]): string {
  return [`${heading}:`, ...lines].join('\n');
}

function standing(letter: Letter): string[] {
  return letter.standing.flatMap(({ line, votes }) => [
    line,
    ...votes.flatMap((vote) => [
      `  ${vote.line}`,
      ...(vote.comment === null ? [] : [`  | ${indented(vote.comment, '  | ')}`]),
    ]),
  ]);
}

/** The whole text part, ending in a line break. */
export function mailText(letter: Letter): string {
  const { context, says, decision } = letter;
  const fields = context.of === 0 ? [`  ${words.no_context}`] : excerptLines(context);
  const sections = inOrder<string | null>({
    run: `${letter.agent} ${letter.wants} ${letter.action}\n${letter.facts}.`,
    context: section(letter.runs, [...warned(letter.warnings), ...fields, `${LABELS.digest} ${letter.digest}`]),
    who: section(
      HEADINGS.who,
      letter.who.map(({ label, value }) => `  ${label}: ${value}`),
    ),
    standing: section(HEADINGS.standing, standing(letter)),
    agent_says:
      says === null
        ? null
        : section(HEADINGS.agent_says, [words.says_note, ...warned(says.warnings), ...excerptLines(says.excerpt)]),
    decision: [...decision.before, `${decision.label}:`, decision.link, ...decision.after].join('\n'),
  });
  const quote = letter.quote === null ? '' : `\n  | ${indented(letter.quote, '  | ')}`;
  const top = letter.lead === null ? null : `${letter.lead}${quote}`;
  return `${[top, ...sections].filter((part) => part !== null).join('\n\n')}\n`;
}
