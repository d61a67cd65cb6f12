/** Builds the statements that write one accepted command: approval, votes, deliveries, grant. The caller runs them. */
import type { Command, ApprovalState, Delivery, Snapshot } from '../../domain/approval';
import type { Db } from '../pool';

const at = (ms: number): Date => new Date(ms);
const atOrNull = (ms: number | null): Date | null => (ms === null ? null : at(ms));

export function approvalWrite(trx: Db, snapshot: Snapshot, state: ApprovalState) {
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
  if (state.version > 1) return trx.updateTable('approvals').set(changing).where('id', '=', snapshot.approval_id);
  return trx.insertInto('approvals').values({
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
  });
}

export function votesWrite(trx: Db, approval_id: string, state: ApprovalState) {
  if (state.votes.length === 0) return null;
  return (
    trx
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
      // `superseded_by` is the only field of a stored vote that changes.
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((row) => ({ superseded_by: row.ref('excluded.superseded_by') }))
          .whereRef('votes.superseded_by', 'is distinct from', 'excluded.superseded_by' as never),
      )
  );
}

/** Locks the agent's row. A suspension is either seen here, or starts after the commit and then finds this approval. */
export async function isSuspended(trx: Db, agent_id: string): Promise<boolean> {
  const agent = await trx
    .selectFrom('agents')
    .select(['status', 'deleted_at'])
    .where('id', '=', agent_id)
    .forShare()
    .executeTakeFirst();
  return agent === undefined || agent.status !== 'active' || agent.deleted_at !== null;
}

export interface NewDeliveries {
  approval_id: string;
  sends: Delivery[];
  event: Command;
  /** The agent was suspended, so the deliveries fail at once. */
  suspended: boolean;
}

export function deliveriesWrite(trx: Db, { approval_id, sends, event, suspended }: NewDeliveries) {
  if (sends.length === 0) return null;
  const held = suspended ? { status: 'failed' as const, error: 'agent_suspended', finished_at: at(event.at_ms) } : {};
  return trx.insertInto('deliveries').values(
    sends.map(({ delivery_id, kind, level, person, channel }) => ({
      id: delivery_id,
      approval_id,
      kind,
      level,
      person,
      channel,
      ...held,
    })),
  );
}

export function grantWrite(trx: Db, snapshot: Snapshot, state: ApprovalState) {
  const given_ms = state.decided_at_ms!;
  return (
    trx
      .insertInto('grants')
      .values({
        approval_id: snapshot.approval_id,
        digest: snapshot.digest,
        created_at: at(given_ms),
        expires_at: at(given_ms + snapshot.valid_for_ms),
      })
      // An approval gets one grant only, and a consumed grant stays consumed.
      .onConflict((conflict) => conflict.column('approval_id').doNothing())
  );
}
