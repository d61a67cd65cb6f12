/** The schema of a problem, the answer to every request that cannot be served. */
import { z } from 'zod';
import { ERROR_CODES, type Fault } from '../../domain/errors';
import type { Problem } from './problems';

export const FaultSchema = z
  .object({
    path: z
      .string()
      .describe(
        'Where in the input: keys and indices joined by dots, like `levels.0.approve`. Empty: the whole input.',
      ),
    message: z.string().describe('What is wrong there, in words that continue the path.'),
    line: z.int().optional().describe('Line of the policy document, from 1. Only for faults of a policy.'),
  })
  .meta({ id: 'Fault', description: 'One mistake in the input, with its place.' }) satisfies z.ZodType<Fault>;

export const ProblemSchema = z
  .object({
    type: z
      .string()
      .describe(
        '`urn:agentwarden:problem:` and the code. `about:blank` for an unexpected failure of the server (500).',
      ),
    title: z.string().describe('The code in a few words; the same for every problem with this code.'),
    status: z.int().describe('The HTTP status of the answer.'),
    code: z
      .enum(ERROR_CODES)
      .describe('The code for programs. Its meaning never changes. docs/reference/errors.md lists all codes.'),
    detail: z.string().describe('What happened in this case and what to do next, in words for people.'),
    request_id: z.string().describe('Names this request in the logs of the server; also in the header X-Request-Id.'),
    fix: z.string().optional().describe('What to do next. Absent where `detail` already says it.'),
    errors: z
      .array(FaultSchema)
      .optional()
      .describe('Every mistake that was found, at most 50 of a request. Only where the input is at fault.'),
    outcome: z
      .unknown()
      .optional()
      .describe(
        'How the approval ended (`status`, `reason_code`, `decided_by`, `decided_at`), or for `not_approved` its `status` alone.',
      ),
    level: z.string().optional().describe('Name of the level that refused the vote.'),
    levels: z.array(z.string()).optional().describe('Names of the levels to choose from, for `level_required`.'),
    have: z
      .string()
      .optional()
      .describe('How surely the voter is known, for `assurance_required`: an assurance such as `session`.'),
    need: z
      .string()
      .optional()
      .describe('How surely the voter must be known, for `assurance_required`: an assurance such as `sso`.'),
    retry_after_s: z
      .int()
      .optional()
      .describe('Whole seconds to wait before the request is sent again; also in the header Retry-After.'),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong, why, and what to do next (RFC 9457).',
  }) satisfies z.ZodType<Problem>;
