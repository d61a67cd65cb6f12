/**
 * Writes what the workflow accepted: the approval's row and votes, its deliveries, the grant and the audit, in one
 * transaction and only in the order of the workflow's own history.
 */
import { createHash } from 'node:crypto';
import { sql, type Compilable } from 'kysely';
import type { Command, ApprovalState, ApprovalEvent, Delivery, Snapshot } from '../../domain/approval';
import { auditEntries } from '../audit/approval-entries';
import { appendAudit } from '../audit';
import { peopleOf } from '../contacts';
import { inTransaction, type Db } from '../pool';
import { approvalWrite, grantWrite, isSuspended, sendsWrite, votesWrite } from './rows';
import { webhookDeliveries } from './webhooks';

export interface RecordInput {
  approval_id: string;
  event: Command;
  happenings: ApprovalEvent[];
  sends: Delivery[];
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
    if (input.state.version !== (row?.version ?? 0) + 1)
      return recordedBefore(trx, input, { id, sha256 }, row?.version);
    const snapshot = row ? row.snapshot : input.snapshot;
    if (!snapshot) throw new ProjectionConflict(`the first event of ${input.approval_id} came without its snapshot`);
    return write(trx, { ...input, snapshot, id, sha256 });
  });
}

/** An event that was recorded raised its approval's version, so only one whose version does not follow can be there. */
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
    sendsWrite(trx, { ...accepted, suspended }),
    state.status === 'approved' ? grantWrite(trx, snapshot, state) : null,
    deliveries.length > 0 ? trx.insertInto('deliveries').values(deliveries) : null,
    trx
      .insertInto('approval_events')
      .values({ id, approval_id, version: state.version, sha256, result: JSON.stringify(recorded) }),
  ]);
  // Last, because it locks the head of the chain, for which every other writer waits.
  const kept = { sha256: sha256.toString('hex'), result: { ...recorded } };
  await appendAudit(trx, auditEntries({ event_id: id, event, happenings, state, snapshot, people, recorded: kept }));
  return recorded;
}

/** One round trip for all of them, whose order does not matter: Postgres looks at references when the statement ends. */
async function writeAndNotify(trx: Db, approval_id: string, writes: (Compilable | null)[]): Promise<void> {
  const parts = writes
    .filter((write) => write !== null)
    .map((write, index) => sql`${sql.ref(`write_${index}`)} as (${write})`);
  await sql`with ${sql.join(parts)} select pg_notify('approval', ${approval_id})`.execute(trx);
}
