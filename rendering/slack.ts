/**
 * Renders Slack messages. They inform and carry the link; nobody decides in them. Text of agents and people stands only in `plain_text`,
 * in which Slack reads no mentions and no links. In the notification it is escaped. Any input stays within the limits of Block Kit.
 */
import type { Delivery } from '../domain/approval';
import { cut, excerpt, type Excerpt } from './excerpt';
import { inOrder } from './order';
import type { Contents } from './context';
import { leadOf, requestFacts, warningList } from './message-parts';
import { levelLine, voteLines, when } from './status-text';
import { HEADINGS, LABELS, mails, RISK_WORDS, slack, words } from './texts';
import type { ApprovalView } from './view';

export const SLACK_LIMITS = { blocks: 50, text: 3_000, header: 150, button: 75, url: 3_000, fallback: 4_000 } as const;

interface PlainText {
  type: 'plain_text';
  text: string;
  emoji: false;
}

/** The blocks of Block Kit that we use. */
export type SlackBlock =
  | { type: 'header'; text: PlainText }
  | { type: 'section'; text: PlainText }
  | { type: 'context'; elements: PlainText[] }
  | { type: 'divider' }
  | {
      type: 'actions';
      elements: { type: 'button'; text: PlainText; url: string; action_id: string; style?: 'primary' }[];
    };

export interface SlackMessage {
  /** Shown in notifications. Escaped, because Slack reads it as mrkdwn. */
  text: string;
  blocks: SlackBlock[];
}

/** Escapes the three characters that can start a mention or a link. */
export const escapeMrkdwn = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const within = (text: string, max: number): string =>
  cut(text, max) === text && text.length <= max
    ? text
    : `${text.slice(0, cut(text, max - 1).length).slice(0, max - 1)}…`;
const plainText = (text: string, max: number = SLACK_LIMITS.text): PlainText => ({
  type: 'plain_text',
  text: within(text, max) || ' ',
  emoji: false,
});
const section = (lines: readonly string[]): SlackBlock => ({ type: 'section', text: plainText(lines.join('\n')) });
const quiet = (text: string): SlackBlock => ({ type: 'context', elements: [plainText(text, 2_000)] });

/** With the heading and the notes, this stays below the 3,000 characters of a block. */
const CONTEXT_ROOM = { bytes: 2_400, value: 500, per_line: 8, copies: 1 };
const SAYS_ROOM = { bytes: 1_200, value: 300, per_line: 8, copies: 1 };

function fields({ lines, shown, of, whole }: Excerpt): string[] {
  const all = lines.map(
    ({ path, value, hint }) => `${path}: ${hint === null ? value.replaceAll('\n', '\n    ') : `${hint} (${value})`}`,
  );
  return whole ? all : [...all, mails.rest_on_page(shown, of)];
}

function warnings(contents: Contents): SlackBlock[] {
  const list = warningList(contents);
  return list === null ? [] : [section([`⚠ ${list.title}`, ...list.lines.map((line) => `• ${line}`)])];
}

const who = (view: ApprovalView): SlackBlock =>
  section([HEADINGS.who, ...requestFacts(view).map(({ label, value }) => `${label}: ${value}`)]);

function status(view: ApprovalView): SlackBlock {
  const levels = view.levels.flatMap((level) => [
    levelLine(level),
    ...voteLines(view, level)
      .slice(0, 5)
      .map(({ line }) => `    ${cut(line, 200)}`),
  ]);
  return section([HEADINGS.status, ...levels]);
}

function decision(link: string, kind: Delivery['kind']): SlackBlock[] {
  const asks = kind !== 'outcome' && kind !== 'alert';
  const button = {
    type: 'button' as const,
    text: plainText(asks ? LABELS.review : mails.see, SLACK_LIMITS.button),
    url: link,
    action_id: 'review',
    ...(asks ? { style: 'primary' as const } : {}),
  };
  return [{ type: 'actions', elements: [button] }, quiet(asks ? slack.personal : mails.no_decision)];
}

/** The message for a person or a channel; `link` must be at most 3,000 characters. */
export function renderSlack(view: ApprovalView, link: string, kind: Delivery['kind']): SlackMessage {
  const title = mails.subject(view.risk, view.action, view.agent);
  const first = leadOf(view, kind);
  const risk = `${RISK_WORDS[view.risk]}.${view.status === 'pending' ? ` ${words.expires(when(view, view.until_ms))}.` : ''}`;
  const shown = excerpt(view.context, CONTEXT_ROOM, words.characters_shown);
  const blocks = inOrder<SlackBlock[]>({
    run: [
      { type: 'header', text: plainText(title, SLACK_LIMITS.header) },
      section([...(first === null ? [] : [first]), `${view.agent} ${words.wants(view.status)} ${view.action}`, risk]),
    ],
    context: [
      ...warnings(view.context),
      section([words.runs(view.status), ...(view.context.count === 0 ? [words.no_context] : fields(shown))]),
      quiet(`${LABELS.digest} ${view.digest}`),
    ],
    who: [who(view)],
    status: [status(view)],
    agent_says:
      view.agent_says === null
        ? []
        : [
            { type: 'divider' },
            ...warnings(view.agent_says),
            quiet(
              [
                `${HEADINGS.agent_says}: ${words.says_note}`,
                ...fields(excerpt(view.agent_says, SAYS_ROOM, words.characters_shown)),
              ].join('\n'),
            ),
          ],
    decision: decision(link, kind),
  }).flat();
  return { text: within(escapeMrkdwn(first === null ? title : `${title}: ${first}`), SLACK_LIMITS.fallback), blocks };
}
