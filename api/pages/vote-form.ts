/** The form in which a page asks for a vote, whoever it asks: its fields, and why it may decide nothing yet. */
import { z } from 'zod';
import { COMMENT_MAX } from '../../domain/approval';
import { CHOICES, type Choice } from '../../rendering/pages/review';
import { refusals } from '../../rendering/texts';
import { oneOf } from '../http/schemas';

/** More than a comment may have, so that one that is too long comes back to who typed it. */
export const Words = z.string().max(10_000).optional();
export const Nonce = z.string().max(300).optional();
export const VOTE_FORM = { decision: oneOf(CHOICES), comment: Words, nonce: Nonce, step: oneOf(['confirm']) };

export interface SentVote {
  decision?: Choice | undefined;
  comment?: string | undefined;
  step?: 'confirm' | undefined;
}

export type ReadVote = { decision: Choice; comment: string } | { refusal: { status: number; error: string } };

/** `isOurs`: whether the nonce is one that we gave for this step. What was typed is kept in any case. */
export function readVote(
  { decision, comment, step }: SentVote,
  isOurs: (step: 'review' | `confirm ${Choice}`) => boolean,
  not_ours: string,
): ReadVote {
  const refuse = (status: number, error: string): ReadVote => ({ refusal: { status, error } });
  const words = typed(comment);
  if (decision === undefined) return refuse(400, refusals.no_button);
  if (!isOurs(step === 'confirm' ? `confirm ${decision}` : 'review')) return refuse(403, not_ours);
  if (words.length > COMMENT_MAX) return refuse(400, `${tooLong('comment', words)} ${refusals.nothing_decided}`);
  return { decision, comment: words };
}

/** Browsers send line ends as two characters, and Postgres keeps no NUL. */
export const typed = (words: string | undefined): string => (words ?? '').replaceAll('\r\n', '\n').replaceAll('\0', '');

export const orNull = (words: string): string | null => (words.trim() === '' ? null : words);

export const tooLong = (what: 'comment' | 'reason', { length }: string): string =>
  refusals.too_long(what, length, COMMENT_MAX);
