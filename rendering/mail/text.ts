/**
 * The text part of a mail, for people who read or hear mails as plain text. Each line that an agent or a person wrote is indented, so that
 * it cannot pass for ours. Only our own link has a line to itself.
 */
import { inOrder } from '../order';
import { HEADINGS, LABELS, mails, words } from '../texts';
import type { Excerpt } from '../excerpt';
import type { WarningList } from '../message-parts';
import type { MailContent } from './content';

const indented = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);

function excerptLines({ lines, shown, of, whole }: Excerpt): string[] {
  const shownLines = lines.map(({ path, value, hint }) => {
    const raw = indented(value, '  | ');
    return value.includes('\n') ? `  ${path}:\n  | ${raw}` : `  ${path}: ${hint === null ? raw : `${hint} (${raw})`}`;
  });
  return whole ? shownLines : [...shownLines, mails.rest_on_page(shown, of)];
}

const warned = (warnings: WarningList): string[] =>
  warnings === null ? [] : [`${warnings.title}:`, ...warnings.lines.map((line) => `  ! ${line}`)];

function section(heading: string, lines: readonly string[]): string {
  return [`${heading}:`, ...lines].join('\n');
}

function levels(content: MailContent): string[] {
  return content.levels.flatMap(({ line, votes }) => [
    line,
    ...votes.flatMap((vote) => [
      `  ${vote.line}`,
      ...(vote.comment === null ? [] : [`  | ${indented(vote.comment, '  | ')}`]),
    ]),
  ]);
}

/** Ends with a line break. */
export function mailText(content: MailContent): string {
  const { context, says, decision } = content;
  const fields = context.of === 0 ? [`  ${words.no_context}`] : excerptLines(context);
  const sections = inOrder<string | null>({
    run: `${content.agent} ${content.wants} ${content.action}\n${content.facts}.`,
    context: section(content.runs, [...warned(content.warnings), ...fields, `${LABELS.digest} ${content.digest}`]),
    who: section(
      HEADINGS.who,
      content.who.map(({ label, value }) => `  ${label}: ${value}`),
    ),
    status: section(HEADINGS.status, levels(content)),
    agent_says:
      says === null
        ? null
        : section(HEADINGS.agent_says, [words.says_note, ...warned(says.warnings), ...excerptLines(says.excerpt)]),
    decision: [...decision.before, `${decision.label}:`, decision.link, ...decision.after].join('\n'),
  });
  const quote = content.quote === null ? '' : `\n  | ${indented(content.quote, '  | ')}`;
  const top = content.lead === null ? null : `${content.lead}${quote}`;
  return `${[top, ...sections].filter((part) => part !== null).join('\n\n')}\n`;
}
