import { loadConfig } from '../config';
import { createDb } from '../db/pool';
import { rebuildProjection } from '../db/projection-rebuild';
import { settingsOf, type CommandContext } from './settings';

/** A large audit takes its time. */
const STATEMENT_LIMIT_MS = 10 * 60_000;

/** As the application's role: it writes what a worker would have written, and nothing that is there already. */
export async function rebuild(context: CommandContext): Promise<string> {
  const config = loadConfig(settingsOf(context));
  const db = createDb(config.databaseUrl, {
    max: 2,
    application_name: 'agentwarden cli',
    statement_timeout_ms: STATEMENT_LIMIT_MS,
  });
  try {
    const { approvals, steps } = await rebuildProjection(db);
    if (steps === 0) return 'Nothing was missing: every step in the audit is in the projection.';
    return `Written from the audit: ${steps} steps of ${approvals} approvals. Grants and deliveries have no other source and were left alone.`;
  } finally {
    await db.destroy();
  }
}
