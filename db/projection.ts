/**
 * Writes what the workflow accepted: the approval's row and votes, its deliveries, the grant and the audit, in one
 * transaction and only in the order of the workflow's own history.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ApprovalEvent, ApprovalState, Happening, Send, Snapshot } from '../domain/approval';
import { matchesPattern } from '../domain/patterns';
import { peopleNamed, presentApproval, WEBHOOK_TYPES, webhookBody, type WebhookType } from '../domain/present';
import { auditEntries } from './approval-audit';
import { appendAudit } from './audit';
import { namesOf, peopleOf } from './contacts';
import { newId } from './ids';
import { inTransaction, type Db } from './pool';

export interface RecordInput {
  approval_id: string;
  event: ApprovalEvent;
  happenings: Happening[];
  sends: Send[];
  /** Right after the event; its version is the event's number. */
  state: ApprovalState;
  /** With the first event only; later ones find it in the row. */
  snapshot?: Snapshot;
}

export interface Recorded {
  /** Deliveries to start, one per endpoint and type. */
  webhooks: string[];
  /** At the opening: the agent was suspended meanwhile, so nobody is to be asked. */
  suspended: boolean;
}

/** Thrown when what should be written contradicts what was: nothing is changed, and an operator must look. */
export class ProjectionConflict extends Error {
  override readonly name = 'ProjectionConflict';
}

/** The same for the same event of the same approval, whoever records it and however often. */
export const eventId = (approval_id: string, version: number): string =>
  `evt_${createHash('sha256').update(`${approval_id}/${version}`).digest('base64url').replace(/[-_]/g, '').slice(0, 22)}`;

export async function recordEvent(db: Db, input: RecordInput): Promise<Recorded> {
  const id = eventId(input.approval_id, input.state.version);
  const sha256 = createHash('sha256').update(JSON.stringify(input)).digest();
  return inTransaction(db, async (trx) => {
    const row = await trx
      .selectFrom('approvals')
      .select(['version', 'snapshot'])
      .where('id', '=', input.approval_id)
      .forUpdate()
      .executeTakeFirst();
    const before = await trx
      .selectFrom('approval_events')
      .select(['sha256', 'result'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (before) {
      if (before.sha256.equals(sha256)) return before.result as unknown as Recorded;
      throw new ProjectionConflict(`event ${id} was recorded before with other content`);
    }
    if (input.state.version !== (row?.version ?? 0) + 1) {
      throw new ProjectionConflict(
        `version ${input.state.version} of ${input.approval_id} does not follow ${row?.version ?? 0}`,
      );
    }
    const snapshot = row ? (row.snapshot as unknown as Snapshot) : input.snapshot;
    if (!snapshot) throw new ProjectionConflict(`the first event of ${input.approval_id} came without its snapshot`);
    return write(trx, { ...input, snapshot, id, sha256 });
  });
}

type Accepted = RecordInput & { snapshot: Snapshot; id: string; sha256: Buffer };

async function write(trx: Db, accepted: Accepted): Promise<Recorded> {
  const { approval_id, event, happenings, state, snapshot, id, sha256 } = accepted;
  await writeApproval(trx, snapshot, state);
  await writeVotes(trx, approval_id, state);
  const suspended = event.type === 'opened' && (await isSuspended(trx, snapshot.agent.id));
  await writeSends(trx, accepted, suspended);
  if (state.status === 'approved') await writeGrant(trx, snapshot, state);
  const webhooks = await writeWebhooks(trx, accepted);
  const recorded: Recorded = { webhooks, suspended };
  const people = await peopleOf(
    trx,
    happenings.map(({ actor }) => actor.id),
  );
  await trx
    .insertInto('approval_events')
    .values({ id, approval_id, version: state.version, sha256, result: JSON.stringify(recorded) })
    .execute();
  await sql`select pg_notify('approval', ${approval_id})`.execute(trx);
  // Last, because it locks the head of the chain, for which every other writer waits.
  await appendAudit(trx, auditEntries({ event_id: id, event, happenings, state, snapshot, people }));
  return recorded;
}

const at = (ms: number): Date => new Date(ms);
const atOrNull = (ms: number | null): Date | null => (ms === null ? null : at(ms));

async function writeApproval(trx: Db, snapshot: Snapshot, state: ApprovalState): Promise<void> {
  const open = state.levels.filter((level) => level.status === 'open');
  const changing = {
    version: state.version,
    status: state.status,
    reason_code: state.reason_code,
    decided_at: atOrNull(state.decided_at_ms),
    decided_by: state.decided_by,
    comment: state.comment,
    open_levels: open.map((level) => level.name),
    open_selectors: [...new Set(open.flatMap((level) => level.paths.flatMap((path) => path.approvers)))],
    state: JSON.stringify(state),
  };
  if (state.version > 1) {
    await trx.updateTable('approvals').set(changing).where('id', '=', snapshot.approval_id).execute();
    return;
  }
  await trx
    .insertInto('approvals')
    .values({
      id: snapshot.approval_id,
      agent_id: snapshot.agent.id,
      action: snapshot.action,
      risk: snapshot.risk,
      digest: snapshot.digest,
      requester: snapshot.requester,
      on_behalf_of: snapshot.on_behalf_of,
      created_at: at(snapshot.created_at_ms),
      expires_at: at(snapshot.expires_at_ms),
      snapshot: JSON.stringify(snapshot),
      ...changing,
    })
    .execute();
}

async function writeVotes(trx: Db, approval_id: string, state: ApprovalState): Promise<void> {
  if (state.votes.length === 0) return;
  await trx
    .insertInto('votes')
    .values(
      state.votes.map(
        ({ id, level, voter, seat_of, decision, comment, channel, assurance, ip, at_ms, superseded_by }) => ({
          id,
          approval_id,
          level,
          voter,
          seat_of: seat_of ?? null,
          decision,
          comment,
          channel,
          assurance,
          ip,
          at: at(at_ms),
          superseded_by,
        }),
      ),
    )
    // A vote never changes but for the one that took its place.
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet((row) => ({ superseded_by: row.ref('excluded.superseded_by') }))
        .whereRef('votes.superseded_by', 'is distinct from', 'excluded.superseded_by' as never),
    )
    .execute();
}

/** Locks the agent's row: a suspension either is seen here, or begins after this approval can be seen by it. */
async function isSuspended(trx: Db, agent_id: string): Promise<boolean> {
  const agent = await trx
    .selectFrom('agents')
    .select(['status', 'deleted_at'])
    .where('id', '=', agent_id)
    .forShare()
    .executeTakeFirst();
  return agent === undefined || agent.status !== 'active' || agent.deleted_at !== null;
}

async function writeSends(trx: Db, { approval_id, sends, event }: Accepted, suspended: boolean): Promise<void> {
  if (sends.length === 0) return;
  const held = suspended ? { status: 'failed' as const, error: 'agent_suspended', finished_at: at(event.at_ms) } : {};
  await trx
    .insertInto('deliveries')
    .values(
      sends.map(({ delivery_id, kind, level, person, channel }) => ({
        id: delivery_id,
        approval_id,
        kind,
        level,
        person,
        channel,
        ...held,
      })),
    )
    .execute();
}

async function writeGrant(trx: Db, snapshot: Snapshot, state: ApprovalState): Promise<void> {
  const given_ms = state.decided_at_ms!;
  await trx
    .insertInto('grants')
    .values({
      approval_id: snapshot.approval_id,
      digest: snapshot.digest,
      created_at: at(given_ms),
      expires_at: at(given_ms + snapshot.valid_for_ms),
    })
    // Never a second grant for one approval, and never a used one made new.
    .onConflict((conflict) => conflict.column('approval_id').doNothing())
    .execute();
}

const isWebhookType = (type: string): type is Exclude<WebhookType, 'check.denied'> =>
  (WEBHOOK_TYPES as readonly string[]).includes(type);

async function writeWebhooks(
  trx: Db,
  { approval_id, event, happenings, state, snapshot }: Accepted,
): Promise<string[]> {
  const types = [...new Set<string>(happenings.map((happening) => happening.type))].filter(isWebhookType);
  if (types.length === 0) return [];
  const active = await trx
    .selectFrom('webhooks')
    .select(['id', 'types', 'agents'])
    .where('status', '=', 'active')
    .execute();
  const rows = active
    .filter(({ agents }) => agents.some((pattern) => matchesPattern(pattern, snapshot.agent.id)))
    .flatMap((webhook) =>
      types.filter((type) => webhook.types.includes(type)).map((type) => ({ webhook_id: webhook.id, type })),
    );
  if (rows.length === 0) return [];
  const approval = presentApproval({
    snapshot,
    state,
    names: await namesOf(trx, peopleNamed(state, [])),
    deliveries: [],
    grant:
      state.status === 'approved'
        ? {
            expires_at_ms: state.decided_at_ms! + snapshot.valid_for_ms,
            consumed_at_ms: null,
            use_id: null,
            revoked_at_ms: null,
          }
        : null,
    now_ms: event.at_ms,
    reader: 'agent',
  });
  const deliveries = rows.map(({ webhook_id, type }) => ({
    id: newId('dlv'),
    approval_id,
    kind: type,
    channel: 'webhook',
    webhook_id,
    body: JSON.stringify(webhookBody(type, approval, event.at_ms)),
  }));
  await trx.insertInto('deliveries').values(deliveries).execute();
  return deliveries.map((delivery) => delivery.id);
}
