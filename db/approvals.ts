/** Reads approvals, one or a page of a list. `projection/` writes them. */
import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { ApprovalState, ApprovalStatus, PersonId, Selector, Snapshot } from '../domain/approval';
import type { DeliveryFacts, GrantFacts } from '../domain/approval-json';
import { grantsOf } from './grants';
import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import type { Db } from './pool';
import type { DB } from './schema.generated';

export interface StoredApproval {
  snapshot: Snapshot;
  state: ApprovalState;
}

const COLUMNS = ['snapshot', 'state'] as const;
const stored = (row: { snapshot: unknown; state: unknown }): StoredApproval => ({
  snapshot: row.snapshot as Snapshot,
  state: row.state as ApprovalState,
});

export async function findApproval(db: Db, id: string): Promise<StoredApproval | null> {
  const row = await db.selectFrom('approvals').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  return row ? stored(row) : null;
}

/** The audit entry of the check that opened this approval. It is there before the approval's own row. */
export async function checkOf(db: Db, approval_id: string): Promise<{ id: string; agent_id: string | null } | null> {
  const row = await db
    .selectFrom('audit')
    .select(['id', 'agent_id'])
    .where('approval_id', '=', approval_id)
    .where('type', '=', 'check')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** A bound on memory; an approval has far fewer deliveries. */
const DELIVERIES_MAX = 500;

/** The parts of an approval that Postgres owns and the workflow does not know. */
export interface OwnedParts {
  deliveries: DeliveryFacts[];
  grant: GrantFacts | null;
}

export async function ownedPartsOf(db: Db, approval_ids: string[]): Promise<Map<string, OwnedParts>> {
  const found = new Map<string, OwnedParts>(approval_ids.map((id) => [id, { deliveries: [], grant: null }]));
  if (approval_ids.length === 0) return found;
  const [deliveries, grants] = await Promise.all([
    db
      .selectFrom('deliveries')
      .select([
        'id',
        'approval_id',
        'person',
        'channel',
        'webhook_id',
        'kind',
        'status',
        'attempts',
        'error',
        'created_at',
        'finished_at',
      ])
      .where('approval_id', 'in', approval_ids)
      .orderBy('created_at')
      .orderBy('id')
      .limit(DELIVERIES_MAX * approval_ids.length)
      .execute(),
    grantsOf(db, approval_ids),
  ]);
  for (const { approval_id, created_at, finished_at, webhook_id, channel, ...delivery } of deliveries) {
    const at_ms = (finished_at ?? created_at).getTime();
    found
      .get(approval_id!)!
      .deliveries.push({ ...delivery, channel: webhook_id === null ? channel : `webhook:${webhook_id}`, at_ms });
  }
  for (const [approval_id, grant] of grants) found.get(approval_id)!.grant = grant;
  return found;
}

/** The approvals that the caller may see. */
export type Audience =
  | { all: true }
  /** Approvals with a level that names one of these selectors, and approvals that the person voted on or requested. */
  | { all: false; person: PersonId; selectors: Selector[]; identities: string[] };

/** Filters of the list. Each is a query parameter of the API and has one of `CONDITIONS`. */
export interface ListFilters {
  status?: ApprovalStatus;
  agent_id?: string;
  action?: string;
  level?: string;
  q?: string;
  from?: Date;
  to?: Date;
}

export interface ApprovalFilters extends ListFilters {
  audience: Audience;
  /** Only pending approvals with an open level for these selectors; not those that the person requested or voted on. */
  waiting_for?: { person: PersonId; selectors: Selector[]; identities: string[] };
}

/** Newest first. */
export async function listApprovals(
  db: Db,
  filters: ApprovalFilters,
  { limit, cursor }: PageRequest,
): Promise<Page<StoredApproval>> {
  const before = readCursor(cursor, ['string', 'string']);
  let query = db.selectFrom('approvals').select(COLUMNS);
  if (before)
    query = query.where(sql<SqlBool>`(created_at, id) < (${before[0] as string}::timestamptz, ${before[1] as string})`);
  query = query.where((where) => where.and(conditionsOf(where, filters)));
  const { audience, waiting_for } = filters;
  if (!audience.all) query = query.where((where) => mayBeSeenBy(where, audience));
  if (waiting_for) query = query.where((where) => waitsFor(where, waiting_for));
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(rows.map(stored), limit, ({ snapshot }) => [
    new Date(snapshot.created_at_ms).toISOString(),
    snapshot.approval_id,
  ]);
}

type Where = ExpressionBuilder<DB, 'approvals'>;

type Condition<Value> = (where: Where, value: Value) => Expression<SqlBool>;

const CONDITIONS: { [Name in keyof ListFilters]-?: Condition<NonNullable<ListFilters[Name]>> } = {
  status: (where, status) => where('status', '=', status),
  agent_id: (where, agent_id) => where('agent_id', '=', agent_id),
  action: (where, action) => where('action', '=', action),
  level: (_, level) => sql<SqlBool>`${level} = any(open_levels)`,
  q: (_, q) => matching(q),
  from: (where, from) => where('created_at', '>=', from),
  to: (where, to) => where('created_at', '<', to),
};

const conditionsOf = (where: Where, filters: ListFilters): Expression<SqlBool>[] =>
  (Object.keys(CONDITIONS) as (keyof ListFilters)[]).flatMap((name) =>
    filters[name] ? [(CONDITIONS[name] as Condition<unknown>)(where, filters[name])] : [],
  );

/** Searches action, agent, requester and context, ignoring case. */
const matching = (q: string) => {
  const like = `%${q.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`(action ilike ${like} or agent_id ilike ${like} or id = ${q} or requester ilike ${like} or on_behalf_of ilike ${like} or (snapshot -> 'context')::text ilike ${like})`;
};

const reviewedBy = (where: Where, person: PersonId, selectors: Selector[]) =>
  where.or([
    sql<SqlBool>`named_selectors && ${selectors}::text[]`,
    where.exists(
      where
        .selectFrom('votes')
        .select('votes.id')
        .whereRef('votes.approval_id', '=', 'approvals.id')
        .where('votes.voter', '=', person),
    ),
  ]);

const mayBeSeenBy = (where: Where, { person, selectors, identities }: Exclude<Audience, { all: true }>) =>
  where.or([
    reviewedBy(where, person, selectors),
    sql<SqlBool>`lower(requester) = any(${identities.map((identity) => identity.toLowerCase())}::text[])`,
    sql<SqlBool>`lower(on_behalf_of) = any(${identities.map((identity) => identity.toLowerCase())}::text[])`,
  ]);

function waitsFor(where: Where, { person, selectors, identities }: NonNullable<ApprovalFilters['waiting_for']>) {
  return where.and([
    where('status', '=', 'pending'),
    sql<SqlBool>`open_selectors && ${selectors}::text[]`,
    sql<SqlBool>`not exists (select from json_array_elements_text(snapshot -> 'separation' -> 'excluded') as excluded where lower(excluded) = any(${identities.map((identity) => identity.toLowerCase())}::text[]))`,
    where.not(
      where.exists(
        where
          .selectFrom('votes')
          .select('votes.id')
          .whereRef('votes.approval_id', '=', 'approvals.id')
          .where('votes.voter', '=', person)
          .where('votes.superseded_by', 'is', null)
          .where(sql<SqlBool>`votes.level = any(approvals.open_levels)`),
      ),
    ),
  ]);
}

/** Whether `audience` may see this approval. */
export async function isOwnApproval(db: Db, id: string, audience: Exclude<Audience, { all: true }>): Promise<boolean> {
  const query = db.selectFrom('approvals').select('id').where('id', '=', id);
  return (await query.where((where) => mayBeSeenBy(where, audience)).executeTakeFirst()) !== undefined;
}

/** Whether a level names the person or the person voted. Having requested the approval is not enough. */
export async function mayReview(
  db: Db,
  id: string,
  { person, selectors }: { person: PersonId; selectors: Selector[] },
): Promise<boolean> {
  const query = db.selectFrom('approvals').select('id').where('id', '=', id);
  return (await query.where((where) => reviewedBy(where, person, selectors)).executeTakeFirst()) !== undefined;
}

/** A page of the ids of pending approvals, in order, from the first one after `after`. */
export async function pendingIds(
  db: Db,
  { after, limit, agent_id, before }: { after: string | null; limit: number; agent_id?: string; before?: Date },
): Promise<string[]> {
  let query = db
    .selectFrom('approvals')
    .select('id')
    .where('status', '=', 'pending')
    .where('id', '>', after ?? '');
  if (agent_id !== undefined) query = query.where('agent_id', '=', agent_id);
  if (before !== undefined) query = query.where('created_at', '<', before);
  return (await query.orderBy('id').limit(limit).execute()).map(({ id }) => id);
}

/** Inactive or deleted agents with pending approvals. Their suspension was interrupted before it ended them all. */
export async function suspendedWithPending(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('approvals')
    .leftJoin('agents', 'agents.id', 'approvals.agent_id')
    .select('approvals.agent_id')
    .distinct()
    .where('approvals.status', '=', 'pending')
    .where((where) =>
      where.or([
        where('agents.id', 'is', null),
        where('agents.status', '=', 'inactive'),
        where('agents.deleted_at', 'is not', null),
      ]),
    )
    .limit(100)
    .execute();
  return rows.map(({ agent_id }) => agent_id);
}
