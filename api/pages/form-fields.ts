/** The fields of the forms that pages post. */
import { z } from 'zod';
import { CHOICES } from '../../rendering/pages/review';
import { EXAMPLES } from '../http/examples';
import { atMost, oneOf } from '../http/schemas';

/** Longer than a comment may be, so that the page can show a comment that is too long again instead of losing it. */
const Words = z.string().max(10_000).optional();

const Nonce = z.string().max(300).optional().describe('The CSRF token of the page that shows the form.');
const NONCE = 'mSg0bZ0vZ2h3cXk';

const VOTE_FORM = {
  decision: oneOf(CHOICES).describe('The button that was pressed. `report`: the request is suspicious.'),
  comment: Words.describe('The words of the reviewer. More than 2000 characters come back for correction.'),
  nonce: Nonce,
  step: oneOf(['confirm']).describe('`confirm`: the second step, at high and critical risk.'),
};

/** The form of a mailed link, which is for one level. */
export const LinkForm = z
  .object(VOTE_FORM)
  .register(EXAMPLES, { example: { decision: 'approve', comment: 'Checked with the customer.', nonce: NONCE } });

export const LevelQuery = z.object({
  level: atMost(120).meta({
    description: 'Name of the level that the vote is for. Absent: the form or the engine chooses.',
    example: 'team',
  }),
});

/** The form of a signed-in person, who may choose between levels. */
export const VoteForm = z
  .object({
    ...VOTE_FORM,
    level: atMost(120).describe('Name of the level that the vote is for. Absent: the engine chooses.'),
  })
  .register(EXAMPLES, {
    example: { decision: 'approve', comment: 'Checked with the customer.', nonce: NONCE, level: 'team' },
  });

export const ReasonForm = z
  .object({ reason: Words.describe('Why. More than 2000 characters come back for correction.'), nonce: Nonce })
  .register(EXAMPLES, { example: { reason: 'The customer found the parcel.', nonce: NONCE } });

export const SignOutForm = z.object({ nonce: Nonce }).register(EXAMPLES, { example: { nonce: NONCE } });
