/** Which approvals a person may see: admins and auditors all, others those that they may review, voted on or requested. */
import type { Person } from '../db/people';
import { peopleWhoDelegateTo } from '../db/delegations';
import { isOwnApproval, type Audience, type StoredApproval } from '../db/approvals';
import type { Selector } from '../domain/approval';
import { notFound, openedApproval } from './approvals';
import type { Deps } from './deps';

export const seesAll = (person: Person): boolean => person.roles.includes('admin') || person.roles.includes('auditor');

/** The person's roles without those that they gave themself: those grant nothing (T33). */
export const rolesThatCount = ({ roles, self_given_roles }: Pick<Person, 'roles' | 'self_given_roles'>): string[] =>
  roles.filter((role) => !self_given_roles.includes(role));

/** All selectors that name this person. An address that they gave themself is left out (T33). */
export function selectorsNaming(
  person: Pick<Person, 'id' | 'emails' | 'roles' | 'self_given_roles' | 'self_given_emails'>,
): Selector[] {
  return [
    ...rolesThatCount(person).map((role) => `role:${role}`),
    `user:${person.id}`,
    ...person.emails.filter((email) => !person.self_given_emails.includes(email)).map((email) => `user:${email}`),
  ];
}

export const identitiesOf = (person: Pick<Person, 'id' | 'emails'>): string[] => [person.id, ...person.emails];

/** The person with everything that names them, and with the selectors of people whose delegate they are now. */
export async function principalOf(deps: Deps, person: Person) {
  const delegators = await peopleWhoDelegateTo(deps.db, person.id, new Date(deps.now()));
  return {
    person: person.id,
    selectors: [...new Set([person, ...delegators].flatMap(selectorsNaming))],
    identities: identitiesOf(person),
  };
}

export async function audienceOf(deps: Deps, person: Person): Promise<Audience> {
  return seesAll(person) ? { all: true } : { all: false, ...(await principalOf(deps, person)) };
}

export async function maySee(deps: Deps, person: Person, approval_id: string): Promise<boolean> {
  const audience = await audienceOf(deps, person);
  return audience.all || isOwnApproval(deps.db, approval_id, audience);
}

/** Throws the same `not_found` for an approval that does not exist and for one that the person may not see. */
export async function visibleApproval(deps: Deps, person: Person, id: string): Promise<StoredApproval> {
  const found = await openedApproval(deps, id);
  if (found === null || !(await maySee(deps, person, id))) throw notFound(id);
  return found;
}
