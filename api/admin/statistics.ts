/** Route for figures about approvals in a period. */
import { z } from 'zod';
import { invalidRequest } from '../../domain/errors';
import { GROUPINGS, series, topActions, totals } from '../../application/statistics';
import { ok, route } from '../http/route';
import { EXAMPLES, STORY } from '../http/examples';
import { When } from '../http/schemas';

const DAY_MS = 24 * 3_600_000;
const DEFAULT_DAYS = 30;

const figures = {
  approval_rate: z.number().nullable().describe('approved / (approved + denied), 0 to 1. Null when there are neither.'),
  average_response_seconds: z
    .number()
    .nullable()
    .describe(
      'Mean time from the request to its approval or denial, in seconds. Null when nothing was approved or denied.',
    ),
  median_response_seconds: z
    .number()
    .nullable()
    .describe(
      'Half of the approvals and denials took at most this long, in seconds. Null when nothing was approved or denied.',
    ),
  p95_response_seconds: z
    .number()
    .nullable()
    .describe(
      '95 % of the approvals and denials took at most this long, in seconds. Null when nothing was approved or denied.',
    ),
  pending: z.int().describe('How many are still pending.'),
  approved: z.int().describe('How many were approved.'),
  denied: z.int().describe('How many were denied.'),
  expired: z.int().describe('How many expired.'),
  cancelled: z.int().describe('How many were cancelled.'),
};
const example = {
  approval_rate: 0.9,
  average_response_seconds: 1440.5,
  median_response_seconds: 1200,
  p95_response_seconds: 5400,
  pending: 1,
  approved: 18,
  denied: 2,
  expired: 0,
  cancelled: 1,
};

const Query = z.strictObject({
  from: When.optional().meta({
    description:
      'Only requests from this moment on: RFC 3339, or a date, which begins at 00:00 UTC. Absent: 30 days before `to`.',
    example: '2026-11-01',
  }),
  to: When.optional().meta({
    description: 'Only requests before this moment: RFC 3339, or a date, which begins at 00:00 UTC. Absent: now.',
    example: '2026-12-01',
  }),
  group_by: z.enum(GROUPINGS).default('day').meta({
    description:
      'What each row of `series` is about. `day`, `agent` and `action` group requests; `reviewer`, `level` and `channel` group votes.',
    example: 'day',
  }),
});

const Metrics = z
  .object({
    ...figures,
    top_actions: z
      .array(
        z.object({
          action: z.string().describe('Name of the action.'),
          count: z.int().describe('How many requests of the period were for it.'),
        }),
      )
      .describe('The ten actions with the most requests, most first.'),
    series: z
      .array(
        z.object({
          key: z
            .string()
            .describe(
              'A day (`2026-11-27`, UTC), an agent id, an action, a user id, the name of a level, or a channel.',
            ),
          ...figures,
        }),
      )
      .describe(
        'The same figures for each group, at most 400 groups. For groups of votes, the decision of the vote counts as the outcome.',
      ),
  })
  .register(EXAMPLES, {
    example: {
      ...example,
      top_actions: [{ action: STORY.action, count: 22 }],
      series: [{ key: '2026-11-27', ...example }],
    },
  });

export const approvalMetrics = route({
  id: 'approval-metrics',
  method: 'get',
  path: '/api/metrics/approvals',
  tag: 'metrics',
  summary: 'Approval rate, response times and counts of a period; 30 days when none is given',
  access: 'auditor',
  query: Query,
  answers: { 200: Metrics },
  async handler(deps, { query }) {
    const to = query.to ?? new Date(deps.now() + 1);
    const from = query.from ?? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS);
    if (from > to) throw invalidRequest([{ path: 'from', message: 'is after to' }]);
    const period = { from, to };
    const [all, top_actions, grouped] = await Promise.all([
      totals(deps.db, period),
      topActions(deps.db, period),
      series(deps.db, period, query.group_by),
    ]);
    return ok({ ...all, top_actions, series: grouped });
  },
});
