/** Cancels an agent's pending approvals, a page at a time. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { pendingIds } from '../db/approvals';
import type { Db } from '../db/pool';
import { cancel, type SuspendInput } from '../workflows/messages';

export interface SuspendDeps {
  db: Db;
  temporal: Client;
  log: { error(facts: object, message: string): void };
}

export interface SuspendPage extends SuspendInput {
  /** The last id of the page before. */
  after: string | null;
}

const PAGE = 50;
/** For one cancel; a workflow that does not answer is left to the next try of the page. */
const CALL_LIMIT_MS = 10_000;

/** Answers the last id of the page, or null after the last page. */
export async function cancelPage({ db, temporal, log }: SuspendDeps, page: SuspendPage): Promise<string | null> {
  const { agent_id, after } = page;
  const ids = await pendingIds(db, { after, limit: PAGE, agent_id });
  await Promise.all(ids.map((id) => cancelOne(temporal, log, id, page)));
  return ids.length < PAGE ? null : ids.at(-1)!;
}

async function cancelOne(
  temporal: Client,
  log: SuspendDeps['log'],
  id: string,
  { by, reason }: SuspendPage,
): Promise<void> {
  try {
    await temporal.connection.withDeadline(Date.now() + CALL_LIMIT_MS, () =>
      temporal.workflow.getHandle(id).executeUpdate(cancel, {
        updateId: `suspend:${id}`,
        args: [{ approval_id: id, by, reason_code: 'agent_suspended', reason, ip: null, channel: null }],
      }),
    );
  } catch (error) {
    // It ended in another way meanwhile, which is as good.
    if (error instanceof WorkflowUpdateFailedError) return;
    if (error instanceof WorkflowNotFoundError) {
      log.error({ approval_id: id }, 'a pending approval has no workflow');
      return;
    }
    throw error;
  }
}
