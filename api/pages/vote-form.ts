/**
 * The one flow of a vote that a page sends: read the form, check its CSRF token, ask for the second step at high risk,
 * cast the vote, show the result. The page of a mailed link and the page of a signed-in person both go through it.
 */
import { report } from '../../application/report';
import { castVote, type VoteResult } from '../../application/vote';
import type { StoredApproval } from '../../application/approvals';
import type { Person } from '../../application/people';
import {
  COMMENT_MAX,
  HIGH_RISKS,
  isEnded,
  type Channel,
  type VoteDecision,
  type VoteRequest,
} from '../../domain/approval';
import { AgentWardenError } from '../../domain/errors';
import { renderConfirmPage, type Choice } from '../../rendering/pages/review';
import { refusals } from '../../rendering/texts';
import type { ApprovalView } from '../../rendering/view';
import { createCsrfToken, isCsrfToken } from '../http/csrf';
import type { HttpDeps } from '../http/deps';
import { PROBLEMS } from '../http/problems';
import { htmlPage, seeOther, type BareAnswer } from '../http/route';

export interface SentVote {
  decision?: Choice | undefined;
  comment?: string | undefined;
  nonce?: string | undefined;
  step?: 'confirm' | undefined;
}

/** The form after a refusal: the error, and the typed text, so that the reviewer loses nothing. */
export interface ShownAgain {
  error?: string;
  comment?: string;
  nonce?: string;
}

/** A page with a vote form. */
export interface VotePage {
  approval: StoredApproval;
  person: Person;
  channel: Channel;
  /** The level that the vote is for; null leaves the choice to the engine. */
  level: string | null;
  /** The address to which the form is posted. */
  action_url: string;
  /** The error text for a form whose CSRF token does not belong to this page. */
  old_page: string;
  /** The text to which the CSRF token of a step is bound. */
  bound(step: Step): string;
  /** The approval as this reviewer sees it. */
  view(): Promise<ApprovalView>;
  /** Shows the same page again. */
  show(status: number, shown: ShownAgain): Promise<BareAnswer>;
  /** Shows the page after the engine refused the vote, with the approval read again. */
  refused(error: AgentWardenError, status: number, shown: ShownAgain): Promise<BareAnswer>;
  /** Builds the vote for the engine. Throws `forbidden` for auditors. */
  request(decision: VoteDecision, comment: string): VoteRequest;
  /** The address for the browser after an accepted vote. */
  votedUrl(decision: VoteDecision, cast: VoteResult): string;
  reportedUrl: string;
}

/** `review` is the first page. At high risk, a second page asks the reviewer to confirm the chosen decision. */
export type Step = 'review' | `confirm ${Choice}`;

export async function decideOnPage(deps: HttpDeps, page: VotePage, sent: SentVote, ip: string): Promise<BareAnswer> {
  const { nonce = '' } = sent;
  const read = readVote(sent, (step) => isCsrfToken(deps.rings.csrf, page.bound(step), nonce), page.old_page);
  if ('refusal' in read)
    return page.show(read.refusal.status, { error: read.refusal.error, comment: typed(sent.comment) });
  const { decision, comment } = read;
  if (decision === 'report') {
    const { person, channel, level } = page;
    await report(deps, page.approval, person, { reason: orNull(comment), channel, ip, level });
    return seeOther(page.reportedUrl);
  }
  if (needsSecondStep(page) && sent.step !== 'confirm' && !isEnded(page.approval.state)) {
    const confirm = createCsrfToken(deps.rings.csrf, page.bound(`confirm ${decision}`));
    const form = { action_url: page.action_url, nonce: confirm, comment, decision };
    return htmlPage(renderConfirmPage(await page.view(), form));
  }
  return castOnPage(deps, page, { decision, comment, nonce });
}

const needsSecondStep = ({ approval }: VotePage): boolean => HIGH_RISKS.includes(approval.snapshot.risk);

async function castOnPage(
  deps: HttpDeps,
  page: VotePage,
  { decision, comment, nonce }: { decision: VoteDecision; comment: string; nonce: string },
): Promise<BareAnswer> {
  try {
    const request = page.request(decision, comment);
    const cast = await castVote(deps, page.approval.snapshot.approval_id, request, `${nonce}\n${decision}`);
    return seeOther(page.votedUrl(decision, cast));
  } catch (error) {
    if (!(error instanceof AgentWardenError)) throw error;
    const unknown = error.code === 'outcome_unknown' || error.code === 'unavailable';
    const said = error.facts.fix === undefined ? error.message : `${error.message} ${error.facts.fix}`;
    // The same token makes a resent form the same vote. The second step has another token, so there it cannot be kept.
    const kept = unknown && !needsSecondStep(page) ? { nonce } : {};
    const answer = await page.refused(error, PROBLEMS[error.code].status, { error: said, comment, ...kept });
    return unknown ? { ...answer, headers: { ...answer.headers, 'Retry-After': '2' } } : answer;
  }
}

type ReadVote = { decision: Choice; comment: string } | { refusal: { status: number; error: string } };

/** `isOurs`: whether the form's token was made for this page and step. */
function readVote({ decision, comment, step }: SentVote, isOurs: (step: Step) => boolean, not_ours: string): ReadVote {
  const refuse = (status: number, error: string): ReadVote => ({ refusal: { status, error } });
  const words = typed(comment);
  if (decision === undefined) return refuse(400, refusals.no_button);
  if (!isOurs(step === 'confirm' ? `confirm ${decision}` : 'review')) return refuse(403, not_ours);
  if (words.length > COMMENT_MAX) return refuse(400, `${tooLong('comment', words)} ${refusals.nothing_decided}`);
  return { decision, comment: words };
}

/** Typed text for storage: browsers send line ends as two characters, and Postgres cannot store NUL. */
export const typed = (words: string | undefined): string => (words ?? '').replaceAll('\r\n', '\n').replaceAll('\0', '');

export const orNull = (words: string): string | null => (words.trim() === '' ? null : words);

export const tooLong = (what: 'comment' | 'reason', { length }: string): string =>
  refusals.too_long(what, length, COMMENT_MAX);
