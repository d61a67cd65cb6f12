/**
 * Alerts on approvals that Postgres shows as pending and whose workflow is gone: terminated by hand, or lost with a
 * Temporal database. Nothing is repaired here, for nobody knows how such an approval should end.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { pendingIds } from '../db/approvals';
import type { Db } from '../db/pool';

export interface OrphanDeps {
  db: Db;
  temporal: Client;
  log: { error(facts: object, message: string): void; warn(facts: object, message: string): void };
}

/** A page a minute: a thousand pending approvals are looked at in twenty minutes, at no cost that anybody notices. */
const EVERY_MS = 60_000;
const PAGE = 50;
/** Younger ones are somebody's present business: who made them would notice. */
const GRACE_MS = 60_000;
/** For one look: without it the client would try for ever, and nothing would be looked at any more. */
const CALL_LIMIT_MS = 5_000;

/** Looks at the pending approvals after this id; answers the last id of the page, or null when there are no more. */
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
    // Between two runs of one approval there is none that runs.
    return status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Until the returned function is called. */
export function watchForOrphans(deps: OrphanDeps): () => void {
  let after: string | null = null;
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    findOrphans(deps, after, Date.now())
      .then(
        (next) => void (after = next),
        (error: unknown) => deps.log.warn({ error: (error as Error).name }, 'could not look for lost approvals'),
      )
      .finally(() => void (looking = false));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
