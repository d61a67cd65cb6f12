/** Votes as requests give them and as answers show them. */
import { z } from 'zod';
import { VOTE_DECISIONS } from '../../domain/approval';
import { APPROVED } from '../http/approval-example';
import { ApprovalSchema } from '../http/approval-schema';
import { EXAMPLES, STORY } from '../http/examples';
import { ProblemSchema } from '../http/problem-schema';
import { Comment, Digest, named, text } from '../http/schemas';

const MAX_AT_ONCE = 50;

const VOTE_FIELDS = {
  decision: z.enum(VOTE_DECISIONS).describe('`pass` gives the seat up: the level goes on without this person.'),
  comment: Comment.nullish().describe(
    'Words for the other reviewers and the agent, at most 2000 characters. Null or absent: none. A level may require them.',
  ),
  level: text(120)
    .min(1)
    .optional()
    .describe('Name of the level at which the vote counts. Absent: the open level that needs this person.'),
  digest: Digest.meta({
    description: 'Digest of the approval that you read. The vote counts only for this content.',
  }),
};
const example = { decision: 'approve' as const, comment: 'Checked with the customer.', digest: STORY.digest };

export const Vote = z
  .strictObject(VOTE_FIELDS)
  .meta({ id: 'Vote', description: 'The decision of the person who sends it.' })
  .register(EXAMPLES, { example });

export const CastSchema = z
  .object({
    vote: z
      .object({
        id: z.string().describe('Vote id, `vot_…`.'),
        counted: z
          .boolean()
          .describe('False: the same decision of this person had counted before, and `id` is that vote.'),
        replaced: z
          .string()
          .nullable()
          .describe('Id of the earlier vote of this person that the vote replaced. Null when there was none.'),
      })
      .describe('What became of the vote.'),
    approval: named(ApprovalSchema, 'The approval with the vote in it.'),
  })
  .register(EXAMPLES, { example: { vote: { id: STORY.vote_id, counted: true, replaced: null }, approval: APPROVED } });

export const SeveralVotes = z
  .strictObject({
    votes: z
      .array(
        z.strictObject({
          approval_id: text(200).min(1).describe('The approval to vote on, `apr_…`.'),
          ...VOTE_FIELDS,
        }),
      )
      .min(1)
      .max(MAX_AT_ONCE)
      .describe(`1 to ${MAX_AT_ONCE} votes, taken one after the other; each may be refused by itself.`),
  })
  .meta({ id: 'SeveralVotes', description: 'Votes of one person on several approvals of low or medium risk.' })
  .register(EXAMPLES, { example: { votes: [{ approval_id: STORY.approval_id, ...example }] } });

export const ResultSchema = z.object({
  approval_id: z.string().describe('The approval that was voted on, `apr_…`.'),
  status: z.int().describe('The HTTP status that this vote alone would have been answered with.'),
  vote_id: z.string().optional().describe('The vote that counts, `vot_…`. Absent when it was refused.'),
  problem: named(ProblemSchema, 'Why the vote was refused. Absent when it was taken.').optional(),
});

export const ResultsSchema = z
  .object({ results: z.array(ResultSchema).describe('One result for each vote, in the order of the request.') })
  .register(EXAMPLES, {
    example: { results: [{ approval_id: STORY.approval_id, status: 200, vote_id: STORY.vote_id }] },
  });
