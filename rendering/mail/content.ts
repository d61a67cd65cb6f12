/** The content of a mail. The HTML part and the text part are both made from one `MailContent`, so they cannot differ. */
import { excerpt, cut, type Excerpt } from '../excerpt';
import { requestFacts, warningList, type LabelledFact, type WarningList } from '../message-parts';
import { levelLine, voteLines, when } from '../status-text';
import { RISK_WORDS, words } from '../texts';
import type { ApprovalView } from '../view';

export interface MailContent {
  preheader: string;
  /** Why this mail comes, in our words, above everything else. Null: it is the first request. */
  lead: string | null;
  /** The comment of the person who ended the approval, made visible. */
  quote: string | null;
  agent: string;
  wants: string;
  action: string;
  risk: ApprovalView['risk'];
  /** `High risk. Expires in 3 h (…)`, or only the risk. */
  facts: string;
  /** The heading of the context. */
  runs: string;
  warnings: WarningList;
  context: Excerpt;
  digest: string;
  who: LabelledFact[];
  levels: { line: string; votes: { line: string; comment: string | null }[] }[];
  says: { warnings: WarningList; excerpt: Excerpt } | null;
  /** The only link, the label of its button, and the sentences above and below it. */
  decision: { label: string; link: string; before: string[]; after: string[] };
}

/** The page behind the link shows everything. The bytes for the context depend on the length of the rest. */
const CONTEXT_ROOM = { value: 500, per_line: 700, copies: 2 };
const SAYS_ROOM = { bytes: 2_500, value: 200, per_line: 700, copies: 2 };
const COMMENT_SHOWN_MAX = 160;
const COMMENTS_MAX = 4;
const LINE_MAX = 300;

const shortLine = (text: string): string => (cut(text, LINE_MAX) === text ? text : `${cut(text, LINE_MAX)}…`);

/** A comment, cut to the room in a mail. */
export const quoted = (comment: string): string =>
  cut(comment, COMMENT_SHOWN_MAX) === comment ? comment : `${cut(comment, COMMENT_SHOWN_MAX)}…`;

const levelsOf = (view: ApprovalView): MailContent['levels'] =>
  view.levels.map((level) => ({
    line: shortLine(levelLine(level)),
    votes: voteLines(view, level)
      .slice(0, COMMENTS_MAX)
      .map(({ line, comment }) => ({
        line: shortLine(line),
        comment: comment === null ? null : quoted(comment),
      })),
  }));

/** The parts that depend on why the mail is sent. */
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
    who: requestFacts(view),
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
