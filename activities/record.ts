/** The activity `record`: writes an accepted command to Postgres, and alerts if Postgres already holds something different. */
import { ApplicationFailure } from '@temporalio/activity';
import type { Db } from '../db/pool';
import { ProjectionConflict, recordEvent, type RecordInput, type Recorded } from '../db/projection/record';

export interface RecordDeps {
  db: Db;
  log: { error(facts: object, message: string): void };
}

/** Only an operator can repair the row. The approval waits until then and goes on by itself afterwards. */
const CONFLICT_RETRY = '1 minute';

export async function recordOrAlert({ db, log }: RecordDeps, input: RecordInput): Promise<Recorded> {
  try {
    return await recordEvent(db, input);
  } catch (error) {
    if (!(error instanceof ProjectionConflict)) throw error;
    log.error(
      {
        alert: 'projection_conflict',
        approval_id: input.approval_id,
        version: input.state.version,
        why: error.message,
      },
      'Postgres already holds different data for this command: nothing was written',
    );
    throw ApplicationFailure.create({
      type: 'projection_conflict',
      message: error.message,
      nextRetryDelay: CONFLICT_RETRY,
    });
  }
}
