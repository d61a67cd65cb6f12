/** Writes an accepted event into Postgres, and raises the alarm when Postgres holds something else. */
import { ApplicationFailure } from '@temporalio/activity';
import type { Db } from '../db/pool';
import { ProjectionConflict, recordEvent, type RecordInput, type Recorded } from '../db/projection/record';

export interface RecordDeps {
  db: Db;
  log: { error(facts: object, message: string): void };
}

/** An operator has to look; until then the approval waits, and a repaired row lets it go on. */
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
      'Postgres and the workflow tell different stories: nothing was written',
    );
    throw ApplicationFailure.create({
      type: 'projection_conflict',
      message: error.message,
      nextRetryDelay: CONFLICT_RETRY,
    });
  }
}
