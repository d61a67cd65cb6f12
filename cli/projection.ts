/** `agentwarden projection rebuild` */
import { rebuildProjection } from '../db/projection/rebuild';
import { withDatabase, type CommandContext } from './settings';

/** Reading a large audit takes longer than the usual statement timeout. */
const STATEMENT_LIMIT_MS = 10 * 60_000;

/** Runs with the application's role. Writes the rows that a worker would have written, and skips those that exist. */
export const rebuild = (context: CommandContext): Promise<string> =>
  withDatabase(
    context,
    async ({ db }) => {
      const { approvals, steps } = await rebuildProjection(db);
      if (steps === 0) return 'Nothing was missing: every step in the audit is in the projection.';
      return `Restored from the audit: ${steps} steps of ${approvals} approvals. Grants and deliveries are not in the audit and stay as they are.`;
    },
    { statement_timeout_ms: STATEMENT_LIMIT_MS },
  );
