/** Cancels an agent's pending approvals after the agent was switched off or deleted. */
import { suspendedWithPending } from '../db/approvals';
import { SYSTEM_ACTORS, type Actor } from '../domain/approval';
import type { Deps } from './deps';

/**
 * Starts the workflow that cancels the agent's pending approvals. The agent's row is already written, and the row
 * alone stops checks and consumption. If Temporal is unavailable, the change still succeeds, and
 * `cancelForSuspendedAgents` starts the workflow later.
 */
export async function cancelForAgent(deps: Deps, agent_id: string, { type, id }: Actor): Promise<void> {
  await deps.engine
    .suspend({ agent_id, by: { type, id }, reason: null })
    .catch((error: unknown) =>
      deps.log.error({ agent_id, err: error }, 'pending approvals of a suspended agent were not cancelled'),
    );
}

/** Background job: starts every cancellation whose start was lost. Any number of processes may run it at once. */
export async function cancelForSuspendedAgents(deps: Deps): Promise<void> {
  for (const agent_id of await suspendedWithPending(deps.db))
    await deps.engine.suspend({ agent_id, by: SYSTEM_ACTORS.suspension, reason: null });
}
