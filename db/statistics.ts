/** Statistics over the approvals of a period, computed from the projection. Nothing is stored for them. */
import { sql, type RawBuilder } from 'kysely';
import type { Db } from './pool';

export const GROUPINGS = ['day', 'agent', 'action', 'reviewer', 'level', 'channel'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Figures {
  /** approved / (approved + denied); null if there are none. */
  approval_rate: number | null;
  /** From the request to the decision; null if people decided nothing. */
  average_response_seconds: number | null;
  median_response_seconds: number | null;
  p95_response_seconds: number | null;
  pending: number;
  approved: number;
  denied: number;
  expired: number;
  cancelled: number;
}

export interface Period {
  /** Inclusive. A request belongs to the period in which it was created. */
  from: Date;
  /** Exclusive. */
  to: Date;
}

const decided = sql`status in ('approved', 'denied')`;
const seconds = sql`extract(epoch from decided_at - created_at)`;

/** For rows with `status`, `created_at` and `decided_at`. */
const figures = sql`
  count(*) filter (where status = 'pending')::int as pending,
  count(*) filter (where status = 'approved')::int as approved,
  count(*) filter (where status = 'denied')::int as denied,
  count(*) filter (where status = 'expired')::int as expired,
  count(*) filter (where status = 'cancelled')::int as cancelled,
  (count(*) filter (where status = 'approved'))::float / nullif(count(*) filter (where ${decided}), 0) as approval_rate,
  (avg(${seconds}) filter (where ${decided}))::float as average_response_seconds,
  (percentile_cont(0.5) within group (order by ${seconds}) filter (where ${decided}))::float as median_response_seconds,
  (percentile_cont(0.95) within group (order by ${seconds}) filter (where ${decided}))::float as p95_response_seconds`;

const inPeriod = ({ from, to }: Period) => sql`created_at >= ${from} and created_at < ${to}`;

export async function totals(db: Db, period: Period): Promise<Figures> {
  const { rows } = await sql<Figures>`select ${figures} from approvals where ${inPeriod(period)}`.execute(db);
  return rows[0]!;
}

const TOP = 10;

export async function topActions(db: Db, period: Period): Promise<{ action: string; count: number }[]> {
  const { rows } = await sql<{ action: string; count: number }>`
    select action, count(*)::int as count from approvals where ${inPeriod(period)}
    group by action order by count desc, action limit ${TOP}`.execute(db);
  return rows;
}

/** Groupings that count requests. */
const REQUEST_KEYS: Partial<Record<Grouping, RawBuilder<unknown>>> = {
  day: sql`to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')`,
  agent: sql`agent_id`,
  action: sql`action`,
};
/** Groupings that count votes in force: the vote stands for the outcome, and its time for that of the decision. */
const VOTE_KEYS: Partial<Record<Grouping, RawBuilder<unknown>>> = {
  reviewer: sql`voter`,
  level: sql`level`,
  channel: sql`channel`,
};

const SERIES_MAX = 400;

export async function series(db: Db, period: Period, grouping: Grouping): Promise<(Figures & { key: string })[]> {
  const ofRequests = REQUEST_KEYS[grouping];
  const source = ofRequests
    ? sql`select ${ofRequests} as key, status, created_at, decided_at from approvals where ${inPeriod(period)}`
    : sql`select ${VOTE_KEYS[grouping]!} as key,
        case votes.decision when 'approve' then 'approved' when 'deny' then 'denied' else 'cancelled' end as status,
        approvals.created_at, votes.at as decided_at
      from votes join approvals on approvals.id = votes.approval_id
      where approvals.created_at >= ${period.from} and approvals.created_at < ${period.to}
        and votes.superseded_by is null and votes.decision <> 'pass'`;
  const { rows } = await sql<Figures & { key: string }>`
    select key, ${figures} from (${source}) as rows group by key order by key limit ${SERIES_MAX}`.execute(db);
  return rows;
}
