/** How to reach people: names, addresses, time zones and quiet hours. */
import { sql } from 'kysely';
import { personalRow, type Names, type PersonalChannel, type PersonId } from '../domain/approval';
import type { QuietHours } from '../domain/quiet-hours';
import type { Db } from './pool';

export interface Contact {
  id: PersonId;
  name: string;
  /** IANA name. */
  timezone: string;
  /** The first address for the channel; null if there is none. */
  address: string | null;
  /** Another person named this one as delegate; the delegation need not be in force now. */
  is_delegate: boolean;
}

/** Null if the person does not exist or is inactive: people who left get no messages. */
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

/** Names and primary email addresses, for the actors of audit entries. */
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
