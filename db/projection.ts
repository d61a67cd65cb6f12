/**
 * Writes what the workflow accepted: the approval's row and votes, its deliveries, the grant and the audit, in one
 * transaction and only in the order of the workflow's own history.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { ApprovalEvent, ApprovalState, Happening, Send, Snapshot } from '../domain/approval';
import { auditEntries } from './approval-audit';
import { appendAudit } from './audit';
import { peopleOf } from './contacts';
import { inTransaction, type Db } from './pool';
import { isSuspended, writeApproval, writeGrant, writeSends, writeVotes } from './projection-rows';
import { writeWebhooks } from './projection-webhooks';

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
    const snapshot = row ? row.snapshot : input.snapshot;
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
  await writeSends(trx, { ...accepted, suspended });
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
  const kept = { sha256: sha256.toString('hex'), result: { ...recorded } };
  await appendAudit(trx, auditEntries({ event_id: id, event, happenings, state, snapshot, people, recorded: kept }));
  return recorded;
}
