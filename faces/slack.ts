/** Slack messages: they tell and carry the link; nobody decides in them. */
import type { Send } from '../domain/approval';
import type { ApprovalView } from './view';

export interface SlackMessage {
  /** Fallback for notifications; escaped as mrkdwn. */
  text: string;
  blocks: SlackBlock[];
}

/** The few shapes of Block Kit that are used; the documented limits hold for each. */
export type SlackBlock = { type: string } & Record<string, unknown>;

export const renderSlack = (view: ApprovalView, link: string, kind: Send['kind']): SlackMessage => ({
  text: `${kind} ${view.action} ${link}`,
  blocks: [],
});
