/**
 * Restores missing approvals and votes from the audit. Grants and deliveries have no other source than their own rows, so
 * they are left alone.
 */
import type { ApprovalState, Snapshot, Vote } from '../../domain/approval';
import type { AuditedStep } from '../audit/approval-entries';
import { auditInOrder } from '../audit';
import { inTransaction, type Db } from '../pool';
import { approvalWrite, votesWrite } from './rows';

export interface Rebuilt {
  approvals: number;
  steps: number;
}

/** Skips steps that are recorded already, so it may run beside a worker and any number of times. */
export async function rebuildProjection(db: Db): Promise<Rebuilt> {
  const seen = new Set<string>();
  let steps = 0;
  for await (const { approval_id, data } of auditInOrder(db, { type_prefix: 'approval.' })) {
    const step = data as unknown as AuditedStep | undefined;
    // Entries of grants hold no step, and neither does the second entry of a command.
    if (!approval_id || !step?.recorded) continue;
    if (await inTransaction(db, (trx) => restoreStep(trx, approval_id, step))) {
      seen.add(approval_id);
      steps += 1;
    }
  }
  return { approvals: seen.size, steps };
}

async function restoreStep(trx: Db, approval_id: string, step: AuditedStep): Promise<boolean> {
  const row = await trx
    .selectFrom('approvals')
    .select(['version', 'snapshot'])
    .where('id', '=', approval_id)
    .forUpdate()
    .executeTakeFirst();
  if (step.version !== (row?.version ?? 0) + 1) return false;
  const snapshot = row?.snapshot ?? snapshotOf(step);
  const state = stateOf(step);
  await approvalWrite(trx, snapshot, state).execute();
  await votesWrite(trx, approval_id, state)?.execute();
  const { sha256, result } = step.recorded;
  await trx
    .insertInto('approval_events')
    .values({
      id: step.event_id,
      approval_id,
      version: step.version,
      sha256: Buffer.from(sha256, 'hex'),
      result: JSON.stringify(result),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  return true;
}

/** Texts that were erased from the audit are empty. */
function snapshotOf({ snapshot, context }: AuditedStep): Snapshot {
  const erased = { display: null, metadata: {}, requester: null, on_behalf_of: null };
  const separation = { ...snapshot!.separation, excluded: snapshot!.separation.excluded ?? [] };
  return { ...erased, ...snapshot!, separation, context: context ?? {} };
}

function stateOf({ state }: AuditedStep): ApprovalState {
  const { cast, ...rest } = state;
  return { ...rest, comment: rest.comment ?? null, votes: cast.map(withTexts) };
}

const withTexts = (vote: Vote): Vote => ({ ...vote, comment: vote.comment ?? null, ip: vote.ip ?? null });
