/** Delegations, seen from the delegate. */
import { sql } from 'kysely';
import type { Person } from './people';
import type { Db } from './pool';

export type Delegator = Pick<Person, 'id' | 'emails' | 'roles' | 'self_given_roles' | 'self_given_emails'>;

/** Active people who are away now and whose seat this person takes. */
export async function peopleWhoDelegateTo(db: Db, person: string, now: Date): Promise<Delegator[]> {
  // `until` is parsed here: a value that Postgres cannot parse would fail the whole query.
  const { rows } = await sql<Delegator & { until: string | null }>`
    select id, away ->> 'until' as until,
      array(select value from identities where user_id = users.id and kind = 'email' order by position) as emails,
      array(select role from user_roles where user_id = users.id) as roles,
      array(select role from user_roles where user_id = users.id and granted_by = user_id) as self_given_roles,
      array(select value from identities where user_id = users.id and kind = 'email' and given_by = user_id) as self_given_emails
    from users
    where active and away ->> 'delegate' = ${person} order by id`.execute(db);
  const inForce = rows.filter(({ until }) => until !== null && Date.parse(until) > now.getTime());
  return inForce.map(({ until: _until, ...delegator }) => delegator);
}
