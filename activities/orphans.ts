/**
 * Alerts on orphans: approvals that Postgres shows as pending although their workflow is gone, terminated by hand or lost with a Temporal
 * database. It repairs nothing, because only an operator knows how such an approval should end.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { pendingIds } from '../db/approvals';
import type { Db } from '../db/pool';

export interface OrphanDeps {
  db: Db;
  temporal: Client;
  log: { error(facts: object, message: string): void; warn(facts: object, message: string): void };
}

/** One page per minute checks a thousand pending approvals in twenty minutes, at no noticeable cost. */
const EVERY_MS = 60_000;
const PAGE = 50;
/** Younger approvals are skipped: the agent that asked still waits for an answer, and would notice. */
const GRACE_MS = 60_000;
/** For one call. Without a limit the client tries for ever, and the watch would stop. */
const CALL_LIMIT_MS = 5_000;

/** Checks one page of pending approvals after this id. Returns the last id of the page. Null: this was the last page. */
export async function findOrphans(
  { db, temporal, log }: OrphanDeps,
  after: string | null,
  now_ms: number,
): Promise<string | null> {
  const ids = await pendingIds(db, { after, limit: PAGE, before: new Date(now_ms - GRACE_MS) });
  for (const id of ids) {
    if (await isRunning(temporal, id)) continue;
    log.error({ alert: 'approval_without_workflow', approval_id: id }, 'a pending approval has no running workflow');
  }
  return ids.length < PAGE ? null : ids.at(-1)!;
}

async function isRunning(temporal: Client, id: string): Promise<boolean> {
  try {
    const { status } = await temporal.withDeadline(Date.now() + CALL_LIMIT_MS, () =>
      temporal.workflow.getHandle(id).describe(),
    );
    // Continue-as-new: between two runs, a workflow briefly has no run with the status RUNNING.
    return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Returns a function that stops the watch. */
export function watchForOrphans(deps: OrphanDeps): () => void {
  let after: string | null = null;
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    findOrphans(deps, after, Date.now())
      .then(
        (next) => void (after = next),
        (error: unknown) => deps.log.warn({ error: (error as Error).name }, 'could not look for orphans'),
      )
      .finally(() => void (looking = false));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
