/** Messages and webhooks under way, one row each. Postgres owns them: the workflow only knows their ids and how they ended. */
import type { PersonId } from '../domain/approval';
import type { Db } from './pool';

/** A message to a person or a place, as the workflow asks for it. */
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
  /** How often a carrier was tried, this time included; hours without a worker do not count. */
  attempts: number;
  /** The attempt before left no word of its end: its worker died, and the message may have gone out. */
  maybeSent: boolean;
}

/** Why a message whose attempt left no word of its end, and which nobody needs any more, is not sent again. */
export const OUTCOME_UNKNOWN = 'outcome_unknown';

/** Counts an attempt; makes the row when it is the first of a person's next channel. What has ended stays as it is. */
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

/** Still queued; the error is of the attempt that just failed. */
export async function noteError(db: Db, id: string, error: string): Promise<void> {
  await db.updateTable('deliveries').set({ error }).where('id', '=', id).where('status', '=', 'queued').execute();
}

/** What was already sent about this approval to this target on this channel: null when nothing was, else the provider's name of the first. */
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

/** Whether this person or place got, or may have got, a message about the approval, on any channel. */
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
