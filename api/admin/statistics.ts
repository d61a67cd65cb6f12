/** Figures for owners. */
import { z } from 'zod';
import { invalidRequest } from '../../domain/errors';
import { GROUPINGS, series, topActions, totals } from '../../application/statistics';
import { ok, route } from '../http/route';
import { When } from '../http/schemas';

const DAY_MS = 24 * 3_600_000;
const DEFAULT_DAYS = 30;

const figures = {
  approval_rate: z.number().nullable(),
  average_response_seconds: z.number().nullable(),
  median_response_seconds: z.number().nullable(),
  p95_response_seconds: z.number().nullable(),
  pending: z.int(),
  approved: z.int(),
  denied: z.int(),
  expired: z.int(),
  cancelled: z.int(),
};

export const approvalMetrics = route({
  id: 'approval-metrics',
  method: 'get',
  path: '/api/metrics/approvals',
  tag: 'metrics',
  summary: 'Approval rate, response times and counts of a period; 30 days when none is given',
  access: 'auditor',
  query: z.strictObject({ from: When.optional(), to: When.optional(), group_by: z.enum(GROUPINGS).default('day') }),
  answers: {
    200: z.object({
      ...figures,
      top_actions: z.array(z.object({ action: z.string(), count: z.int() })),
      series: z.array(z.object({ key: z.string(), ...figures })),
    }),
  },
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
