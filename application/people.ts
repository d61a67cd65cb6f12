/** Creates and changes people. Roles, addresses and delegations that people give themselves never let them vote. */
import * as people from '../db/people';
import type { NewPerson, Person, PersonChanges } from '../db/people';
import { AgentWardenError, invalidRequest } from '../domain/errors';
import { auditedChange, authorId, type Author } from './audited-change';
import type { Deps } from './deps';

export { findPerson, findPersonById, getPerson, listPeople, type Person } from '../db/people';

type ChangeDeps = Pick<Deps, 'db' | 'now'>;

export async function createPerson(deps: ChangeDeps, author: Author, person: NewPerson): Promise<Person> {
  await refuseBadDelegate(deps, author, person, null);
  return auditedChange(deps, author, async (trx) => {
    const result = await people.createPerson(trx, person, authorId(author));
    return { result, note: { type: 'user.created', data: { user_id: result.id, roles: result.roles } } };
  });
}

/** The caller must have checked that the author may change these fields. */
export async function updatePerson(
  deps: ChangeDeps,
  author: Author,
  id: string,
  changes: PersonChanges,
): Promise<Person> {
  await refuseBadDelegate(deps, author, changes, id);
  return auditedChange(deps, author, async (trx) => {
    const result = await people.updatePerson(trx, id, changes, authorId(author));
    const { roles, active } = result;
    const data = { user_id: id, changed: Object.keys(changes), roles, active };
    return { result, note: { type: 'user.updated', data } };
  });
}

async function refuseBadDelegate(
  deps: ChangeDeps,
  author: Author,
  { away }: PersonChanges,
  person: string | null,
): Promise<void> {
  const delegate = away?.delegate;
  if (delegate === null || delegate === undefined) return;
  const self = authorId(author);
  if (away && delegate === self && self !== person) await refuseOwnSeat(deps, away.until, self, person);
  if (delegate === person) throw invalidRequest([{ path: 'away.delegate', message: 'is the person themself' }]);
  if ((await people.findPersonById(deps.db, delegate)) === null)
    throw invalidRequest([{ path: 'away.delegate', message: 'is not the id of a person' }]);
}

/**
 * Refuses an author who makes themself the delegate of somebody else (T33): that seat would be as little worth as a role
 * that they gave themself. A delegation that the person set before may be repeated, and not prolonged.
 */
async function refuseOwnSeat(deps: ChangeDeps, until: string, author: string, person: string | null): Promise<void> {
  const before = person === null ? null : ((await people.findPersonById(deps.db, person))?.away ?? null);
  if (before?.delegate === author && Date.parse(until) <= Date.parse(before.until)) return;
  throw new AgentWardenError(
    'forbidden',
    'You cannot make yourself the delegate of somebody else. That person or another admin sets it.',
  );
}
