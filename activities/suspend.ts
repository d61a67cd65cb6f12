/** Cancels an agent's pending approvals, a page at a time. */
import { pendingIds } from '../db/approvals';
import type { Db } from '../db/pool';
import { AgentWardenError } from '../domain/errors';
import type { CancelRequest, SuspendInput } from '../workflows/messages';

export interface SuspendDeps {
  db: Db;
  /** Sends the cancel update as the API does, with the same deadline and retries. Null: no workflow runs for this id. */
  cancel(approval_id: string, request: CancelRequest, update_id: string): Promise<unknown>;
}

export interface SuspendPage extends SuspendInput {
  /** The last id of the previous page. */
  after: string | null;
}

const PAGE = 50;

/** Returns the last id of the page. Null: this was the last page. */
export async function cancelPage({ db, cancel }: SuspendDeps, page: SuspendPage): Promise<string | null> {
  const { agent_id, after } = page;
  const ids = await pendingIds(db, { after, limit: PAGE, agent_id });
  await Promise.all(ids.map((id) => cancelOne(cancel, id, page)));
  return ids.length < PAGE ? null : ids.at(-1)!;
}

/** Skips an approval whose workflow is lost: the watch for orphans reports it. */
async function cancelOne(cancel: SuspendDeps['cancel'], id: string, { by, reason }: SuspendPage): Promise<void> {
  try {
    await cancel(id, { by, reason_code: 'agent_suspended', reason, ip: null, channel: null }, `suspend:${id}`);
  } catch (error) {
    // The approval ended before the cancellation arrived, so nothing is left to cancel.
    if (error instanceof AgentWardenError && error.code === 'already_decided') return;
    throw error;
  }
}
