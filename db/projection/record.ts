/**
 * Writes an accepted command to Postgres in one transaction: the approval, its votes, its deliveries, the grant and the
 * audit entries. Commands of an approval are written only in the order in which its workflow accepted them.
 */
import { createHash } from 'node:crypto';
import { sql, type Compilable } from 'kysely';
import type { Command, ApprovalState, ApprovalEvent, Delivery, Snapshot } from '../../domain/approval';
import { auditEntries } from '../audit/approval-entries';
import { appendAudit } from '../audit';
import { peopleOf } from '../contacts';
import { inTransaction, type Db } from '../pool';
import { approvalWrite, grantWrite, isSuspended, deliveriesWrite, votesWrite } from './rows';
import { webhookDeliveries } from './webhooks';

/** The input of the activity `record`. The names are in histories, and the hash below covers the JSON: neither may change. */
export interface RecordInput {
  approval_id: string;
  event: Command;
  happenings: ApprovalEvent[];
  sends: Delivery[];
  /** After the command. Its version is the number of the command. */
  state: ApprovalState;
  /** With the first command only. Later it is read from the approval's row. */
  snapshot?: Snapshot;
}

export interface Recorded {
  /** Ids of the webhook deliveries to start. */
  webhooks: string[];
  /** Only at the opening: the agent was suspended meanwhile, so no requests may be sent. */
  suspended: boolean;
}

/** The input contradicts what was recorded before. Nothing is written, and an operator must look into it. */
export class ProjectionConflict extends Error {
  override readonly name = 'ProjectionConflict';
}

/** Follows from approval and version, so that recording a command again finds the first row. */
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
    if (input.state.version !== (row?.version ?? 0) + 1)
      return recordedBefore(trx, input, { id, sha256 }, row?.version);
    const snapshot = row ? row.snapshot : input.snapshot;
    if (!snapshot) throw new ProjectionConflict(`the first event of ${input.approval_id} came without its snapshot`);
    return write(trx, { ...input, snapshot, id, sha256 });
  });
}

/** Handles a version that does not follow the row's: either the command was recorded before, or one is missing. */
async function recordedBefore(
  trx: Db,
  { approval_id, state }: RecordInput,
  { id, sha256 }: { id: string; sha256: Buffer },
  version = 0,
): Promise<Recorded> {
  const before = await trx
    .selectFrom('approval_events')
    .select(['sha256', 'result'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!before) throw new ProjectionConflict(`version ${state.version} of ${approval_id} does not follow ${version}`);
  if (!before.sha256.equals(sha256)) throw new ProjectionConflict(`event ${id} was recorded before with other content`);
  return before.result as unknown as Recorded;
}

type Accepted = RecordInput & { snapshot: Snapshot; id: string; sha256: Buffer };

async function write(trx: Db, accepted: Accepted): Promise<Recorded> {
  const { approval_id, event, happenings, state, snapshot, id, sha256 } = accepted;
  const suspended = event.type === 'opened' && (await isSuspended(trx, snapshot.agent.id));
  const deliveries = await webhookDeliveries(trx, accepted);
  const recorded: Recorded = { webhooks: deliveries.map((delivery) => delivery.id), suspended };
  const people = await peopleOf(
    trx,
    happenings.map(({ actor }) => actor.id),
  );
  await writeAndNotify(trx, approval_id, [
    approvalWrite(trx, snapshot, state),
    votesWrite(trx, approval_id, state),
    deliveriesWrite(trx, { ...accepted, suspended }),
    state.status === 'approved' ? grantWrite(trx, snapshot, state) : null,
    deliveries.length > 0 ? trx.insertInto('deliveries').values(deliveries) : null,
    trx
      .insertInto('approval_events')
      .values({ id, approval_id, version: state.version, sha256, result: JSON.stringify(recorded) }),
  ]);
  // Last, because all other appends wait from here until the commit.
  const kept = { sha256: sha256.toString('hex'), result: { ...recorded } };
  await appendAudit(
    trx,
    auditEntries({ event_id: id, command: event, events: happenings, state, snapshot, people, recorded: kept }),
  );
  return recorded;
}

/** One round trip for all writes. Their order does not matter: Postgres checks foreign keys at the end of the statement. */
async function writeAndNotify(trx: Db, approval_id: string, writes: (Compilable | null)[]): Promise<void> {
  const parts = writes
    .filter((write) => write !== null)
    .map((write, index) => sql`${sql.ref(`write_${index}`)} as (${write})`);
  await sql`with ${sql.join(parts)} select pg_notify('approval', ${approval_id})`.execute(trx);
}
