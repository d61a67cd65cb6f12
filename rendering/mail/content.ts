/** What a mail says, before it becomes HTML and text: both are made from one `MailContent`, so they cannot differ. */
import { excerpt, cut, type Excerpt } from '../excerpt';
import { levelLine, voteLines, when } from '../status-text';
import { LABELS, RISK_WORDS, WARNING_WORDS, words } from '../texts';
import type { Contents } from '../context';
import type { ApprovalView } from '../view';

/** Null when nothing in a part deserves a warning. */
export type WarningList = { title: string; lines: string[] } | null;

export interface MailContent {
  preheader: string;
  /** Ours, above everything: why this mail comes, when it is no plain request. */
  lead: string | null;
  /** A person's words about the outcome, visible. */
  quote: string | null;
  agent: string;
  wants: string;
  action: string;
  risk: ApprovalView['risk'];
  /** `High risk. Expires in 3 h (…)`, or the risk alone. */
  facts: string;
  /** Heads the context. */
  runs: string;
  warnings: WarningList;
  context: Excerpt;
  digest: string;
  who: { label: string; value: string }[];
  levels: { line: string; votes: { line: string; comment: string | null }[] }[];
  says: { warnings: WarningList; excerpt: Excerpt } | null;
  /** The one link, what its button says, and the sentences around it. */
  decision: { label: string; link: string; before: string[]; after: string[] };
}

/** The page behind the link has everything; how many bytes the context may take here depends on what else there is to say. */
const CONTEXT_ROOM = { value: 500, per_line: 700, copies: 2 };
const SAYS_ROOM = { bytes: 2_500, value: 200, per_line: 700, copies: 2 };
const WARNINGS_MAX = 6;
const COMMENT_SHOWN_MAX = 160;
const COMMENTS_MAX = 4;
const LINE_MAX = 300;

/** The title counts all, also those that the lines only count. */
function warningList({ warnings }: Contents): WarningList {
  if (warnings.length === 0) return null;
  const lines = warnings
    .slice(0, WARNINGS_MAX)
    .map((warning) => `${cut(warning.where, 60)}: ${WARNING_WORDS[warning.kind]}, ${warning.detail}`);
  const more = warnings.length - lines.length;
  return {
    title: words.warning_title(warnings.length),
    lines: more > 0 ? [...lines, words.more_warnings(more)] : lines,
  };
}

function whoOf(view: ApprovalView): MailContent['who'] {
  return [
    { label: LABELS.asked_by, value: view.agent },
    ...(view.requester === null ? [] : [{ label: LABELS.requester, value: view.requester }]),
    ...(view.on_behalf_of === null ? [] : [{ label: LABELS.on_behalf_of, value: view.on_behalf_of }]),
    { label: LABELS.reason, value: view.reason },
    { label: LABELS.asked_at, value: when(view, view.created_at_ms) },
  ];
}

const shortLine = (text: string): string => (cut(text, LINE_MAX) === text ? text : `${cut(text, LINE_MAX)}…`);

/** A comment as far as a mail has room for it. */
export const quoted = (comment: string): string =>
  cut(comment, COMMENT_SHOWN_MAX) === comment ? comment : `${cut(comment, COMMENT_SHOWN_MAX)}…`;

function levelsOf(view: ApprovalView): MailContent['levels'] {
  return view.levels.map((level) => ({
    line: shortLine(levelLine(level)),
    votes: voteLines(view, level)
      .slice(0, COMMENTS_MAX)
      .map(({ line, comment }) => ({
        line: shortLine(line),
        comment: comment === null ? null : quoted(comment),
      })),
  }));
}

/** The words that depend on why the mail is sent. */
export type Occasion = Pick<MailContent, 'preheader' | 'lead' | 'quote' | 'decision'>;

export function mailContent(view: ApprovalView, occasion: Occasion, context_bytes: number): MailContent {
  const pending = view.status === 'pending';
  return {
    ...occasion,
    agent: view.agent,
    wants: words.wants(view.status),
    action: view.action,
    risk: view.risk,
    facts: `${RISK_WORDS[view.risk]}${pending ? `. ${words.expires(when(view, view.until_ms))}` : ''}`,
    runs: words.runs(view.status),
    warnings: warningList(view.context),
    context: excerpt(view.context, { ...CONTEXT_ROOM, bytes: context_bytes }, words.characters_shown),
    digest: view.digest,
    who: whoOf(view),
    levels: levelsOf(view),
    says:
      view.agent_says === null
        ? null
        : {
            warnings: warningList(view.agent_says),
            excerpt: excerpt(view.agent_says, SAYS_ROOM, words.characters_shown),
          },
  };
}
