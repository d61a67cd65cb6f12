import { rebuildProjection } from '../db/projection-rebuild';
import { withDatabase, type CommandContext } from './settings';

/** A large audit takes its time. */
const STATEMENT_LIMIT_MS = 10 * 60_000;

/** As the application's role: it writes what a worker would have written, and nothing that is there already. */
export const rebuild = (context: CommandContext): Promise<string> =>
  withDatabase(
    context,
    async (db) => {
      const { approvals, steps } = await rebuildProjection(db);
      if (steps === 0) return 'Nothing was missing: every step in the audit is in the projection.';
      return `Written from the audit: ${steps} steps of ${approvals} approvals. Grants and deliveries have no other source and were left alone.`;
    },
    { statement_timeout_ms: STATEMENT_LIMIT_MS },
  );
