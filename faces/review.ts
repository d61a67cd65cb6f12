/** The pages of a link: review, confirm, result, outcome. Each is a whole HTML document without JavaScript. */
import type { VoteDecision } from '../domain/approval';
import type { ApprovalView } from './view';

/** The buttons of the form: a vote, or a report of something suspicious. */
export const CHOICES = ['approve', 'deny', 'pass', 'report'] as const;
export type Choice = (typeof CHOICES)[number];

/**
 * The form posts, urlencoded: `decision` (a Choice, from the button), `comment`, `nonce`; the confirm page adds `step=confirm`.
 */
export interface ReviewForm {
  action_url: string;
  nonce: string;
  /** Why the last try was refused; a sentence of ours. */
  error?: string;
  /** What was typed before. */
  comment?: string;
  /** Somebody else's session in the same browser: their name or address. */
  signed_in_as?: string;
}

export const renderReviewPage = (view: ApprovalView, form: ReviewForm): string => `${view.action} ${form.nonce}`;

/** The second step at high and critical risk. */
export const renderConfirmPage = (view: ApprovalView, form: ReviewForm & { decision: Choice }): string =>
  `${view.action} ${form.nonce}`;

export interface Result {
  decision: VoteDecision | 'report';
  /** When the vote counted: of the first one, when this was a repetition. */
  at_ms: number;
  /** Where the review page is, as long as one may still change one's mind. */
  change_url?: string;
}

/** After the POST (303): what counted, where it stands, what one can still do. */
export const renderResultPage = (view: ApprovalView, result: Result): string => `${view.action} ${result.decision}`;

/** A used or ended link: the outcome, who, when. */
export const renderOutcomePage = (view: ApprovalView): string => `${view.action} ${view.status}`;
