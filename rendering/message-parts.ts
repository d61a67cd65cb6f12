/** The parts that emails, Slack messages and pages share: why the message comes, who decides, who asked, and the warnings. */
import type { Delivery } from '../domain/approval';
import type { Contents } from './context';
import { cut } from './excerpt';
import { outcomeSentence, when } from './status-text';
import { LABELS, mails, WARNING_WORDS, words } from './texts';
import type { ApprovalView } from './view';

/** Why a message comes. Null: it is the first request. */
export function leadOf(view: ApprovalView, kind: Delivery['kind']): string | null {
  switch (kind) {
    case 'request':
      return null;
    case 'escalation':
      return words.escalated;
    case 'reminder':
      return words.reminder(when(view, view.until_ms));
    case 'outcome':
      return `${outcomeSentence(view)} ${words.told(view.agent)}`;
    case 'alert':
      return `${mails.alert_why} ${mails.alert_todo}`;
  }
}

export const youDecide = ({ reviewer }: ApprovalView): string =>
  words.you(reviewer.name, reviewer.address, reviewer.stands_in_for);

export interface LabelledFact {
  label: string;
  value: string;
}

/** Who asked, for whom, why a person must decide, and when. */
export const requestFacts = (view: ApprovalView): LabelledFact[] => [
  { label: LABELS.asked_by, value: view.agent },
  ...(view.requester === null ? [] : [{ label: LABELS.requester, value: view.requester }]),
  ...(view.on_behalf_of === null ? [] : [{ label: LABELS.on_behalf_of, value: view.on_behalf_of }]),
  { label: LABELS.reason, value: view.reason },
  { label: LABELS.asked_at, value: when(view, view.created_at_ms) },
];

/** Null: nothing deserves a warning. */
export type WarningList = { title: string; lines: string[] } | null;

const WARNINGS_MAX = 6;
const WHERE_MAX = 60;

/** Lists the first warnings and counts the rest. The title counts all of them. */
export function warningList({ warnings }: Contents): WarningList {
  if (warnings.length === 0) return null;
  const lines = warnings
    .slice(0, WARNINGS_MAX)
    .map((warning) => `${cut(warning.where, WHERE_MAX)}: ${WARNING_WORDS[warning.kind]}, ${warning.detail}`);
  const more = warnings.length - lines.length;
  return {
    title: words.warning_title(warnings.length),
    lines: more > 0 ? [...lines, words.more_warnings(more)] : lines,
  };
}
