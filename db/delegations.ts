import { sql } from 'kysely';
import type { Person } from './people';
import type { Db } from './pool';

export type Delegator = Pick<Person, 'id' | 'emails' | 'roles' | 'self_given_roles'>;

/** Active people who are away and have this person vote in their seat. */
export async function peopleWhoDelegateTo(db: Db, person: string, now: Date): Promise<Delegator[]> {
  const { rows } = await sql<Delegator>`
    select id,
      array(select value from identities where user_id = users.id and kind = 'email' order by position) as emails,
      array(select role from user_roles where user_id = users.id) as roles,
      array(select role from user_roles where user_id = users.id and granted_by = user_id) as self_given_roles
    from users
    where active and away ->> 'delegate' = ${person} and (away ->> 'until')::timestamptz > ${now}`.execute(db);
  return rows;
}
