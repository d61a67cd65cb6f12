/** Deliveries, one row each. Postgres owns them: the workflow only knows their ids and how they ended. */
import type { PersonId } from '../domain/approval';
import type { Db } from './pool';

/** A message to a person or to a shared channel, as the workflow requests it. */
export interface Delivery {
  id: string;
  approval_id: string;
  kind: string;
  level: string | null;
  person: PersonId | null;
  channel: string;
}

export interface Attempt {
  status: 'queued' | 'sent' | 'failed';
  /** How often a worker tried to send, this time included. */
  attempts: number;
  /** The previous attempt did not report how it ended. Its worker died, and the message may have been sent. */
  maybeSent: boolean;
}

/** The error of a delivery that may have been sent and is not needed any more, so it is not tried again. */
export const OUTCOME_UNKNOWN = 'outcome_unknown';

/** Counts an attempt. Inserts the row if it does not exist, for the next channel of a person. The status stays as it is. */
export async function beginAttempt(db: Db, delivery: Delivery): Promise<Attempt> {
  const row = await db
    .insertInto('deliveries')
    .values({ ...delivery, attempts: 1 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((row) => ({ attempts: row('deliveries.attempts', '+', 1) })),
    )
    .returning(['status', 'attempts', 'error'])
    .executeTakeFirstOrThrow();
  const { status, attempts, error } = row;
  return { status, attempts, maybeSent: attempts > 1 && error === null };
}

export async function markSent(db: Db, id: string, provider_ref: string | null): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ status: 'sent', error: null, provider_ref, finished_at: new Date() })
    .where('id', '=', id)
    .execute();
}

export async function markFailed(db: Db, id: string, error: string): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ status: 'failed', error, finished_at: new Date() })
    .where('id', '=', id)
    .where('status', '<>', 'sent')
    .execute();
}

/** Notes why an attempt failed. The delivery stays queued. */
export async function noteError(db: Db, id: string, error: string): Promise<void> {
  await db.updateTable('deliveries').set({ error }).where('id', '=', id).where('status', '=', 'queued').execute();
}

/** Provider's id of the first message to this target, used as the thread root; null if none was sent. */
export async function threadOf(
  db: Db,
  { approval_id, person, channel }: Pick<Delivery, 'approval_id' | 'person' | 'channel'>,
): Promise<string | null> {
  const row = await db
    .selectFrom('deliveries')
    .select('provider_ref')
    .where('approval_id', '=', approval_id)
    .where('channel', '=', channel)
    .where('person', person === null ? 'is' : '=', person)
    .where('status', '=', 'sent')
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.provider_ref ?? null;
}

/** Whether this person (on any channel) or shared channel got, or may have got, a message about the approval. */
export async function wasReached(
  db: Db,
  { approval_id, person, channel }: Pick<Delivery, 'approval_id' | 'person' | 'channel'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('deliveries')
    .select('id')
    .where('approval_id', '=', approval_id)
    .where((where) => (person === null ? where('channel', '=', channel) : where('person', '=', person)))
    .where((where) => where.or([where('status', '=', 'sent'), where('error', '=', OUTCOME_UNKNOWN)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
