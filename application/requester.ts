/** The person behind a request, as conditions see them. */
import { findPerson } from '../db/people';
import type { CheckRequest } from '../domain/evaluate';
import type { Deps } from './deps';
import { rolesThatCount } from './visibility';

/** Null: not named, not known, or no longer active. A role that they gave to themself is no reason to allow anything (T33). */
export async function requesterOf(
  { db }: Pick<Deps, 'db'>,
  identity: string | null,
): Promise<CheckRequest['requester']> {
  const person = identity === null ? null : await findPerson(db, identity);
  return person?.active ? { id: person.id, email: person.emails[0] ?? '', roles: rolesThatCount(person) } : null;
}
