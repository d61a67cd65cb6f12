/** How people are reached: their addresses, zones and quiet hours. */
import { sql } from 'kysely';
import { personalRow, type Names, type PersonalChannel, type PersonId } from '../domain/approval';
import type { QuietHours } from '../domain/quiet-hours';
import type { Db } from './pool';

export interface Contact {
  id: PersonId;
  name: string;
  /** IANA. */
  timezone: string;
  /** On the channel that was asked for, the first one; null when there is none. */
  address: string | null;
  /** Somebody who may be away has them vote in their place. */
  is_delegate: boolean;
}

/** Null when there is no such person or the person is inactive: nobody writes to somebody who left. */
export async function contactOf(db: Db, person: PersonId, channel: PersonalChannel): Promise<Contact | null> {
  const row = await db
    .selectFrom('users')
    .leftJoin('identities', (join) =>
      join.onRef('identities.user_id', '=', 'users.id').on('identities.kind', '=', personalRow(channel).identity),
    )
    .select(['users.id', 'users.name', 'users.timezone', 'identities.value'])
    .select(
      sql<boolean>`exists (select 1 from users as other where other.away ->> 'delegate' = users.id)`.as('is_delegate'),
    )
    .where('users.id', '=', person)
    .where('users.active', '=', true)
    .orderBy('identities.position')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  const { value: address, ...contact } = row;
  return { ...contact, address };
}

export async function quietHoursOf(db: Db, persons: PersonId[]): Promise<Record<PersonId, QuietHours>> {
  if (persons.length === 0) return {};
  const rows = await db
    .selectFrom('users')
    .select(['id', 'timezone', 'quiet_hours'])
    .where('id', 'in', persons)
    .where('quiet_hours', 'is not', null)
    .execute();
  return Object.fromEntries(
    rows.map(({ id, timezone, quiet_hours }) => [id, { ...(quiet_hours as Omit<QuietHours, 'timezone'>), timezone }]),
  );
}

export async function namesOf(db: Db, persons: PersonId[]): Promise<Names> {
  if (persons.length === 0) return {};
  const rows = await db
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', 'in', [...new Set(persons)])
    .execute();
  return Object.fromEntries(rows.map(({ id, name }) => [id, name]));
}

/** Name and primary address, as the audit shows who acted. */
export async function peopleOf(
  db: Db,
  ids: string[],
): Promise<Record<PersonId, { name: string; email: string | null }>> {
  const persons = ids.filter((id) => id.startsWith('usr_'));
  if (persons.length === 0) return {};
  const rows = await db
    .selectFrom('users')
    .leftJoin('identities', (join) =>
      join.onRef('identities.user_id', '=', 'users.id').on('identities.kind', '=', 'email'),
    )
    .select(['users.id', 'users.name', 'identities.value'])
    .where('users.id', 'in', persons)
    .orderBy('identities.position', 'desc')
    .execute();
  return Object.fromEntries(rows.map(({ id, name, value }) => [id, { name, email: value }]));
}
