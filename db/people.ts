/** People, with their addresses and roles. An address is stored in one spelling and belongs to one person only. */
import { sql } from 'kysely';
import { ADDRESS_FIELDS, type AddressField, type IdentityKind } from '../domain/approval';
import { AgentWardenError } from '../domain/errors';
import { newId } from './ids';
import { pageOf, readCursor, type Page, type PageRequest } from './paging';
import { inTransaction, type Db } from './pool';

/** Has a list for each kind of address: `emails`, `phones` (E.164), `slack_ids`. The first is the primary one. */
export interface Person extends Record<AddressField, string[]> {
  id: string;
  name: string;
  roles: string[];
  /** The roles that the person gave to themself. They are shown, but do not make the person eligible to vote. */
  self_given_roles: string[];
  /** The addresses that the person gave to themself. A policy that names such an address does not name this person. */
  self_given_emails: string[];
  /** IANA name. */
  timezone: string;
  /** `email`, `sms`, `slack`, in the order in which they are tried. */
  channels: string[];
  quiet_hours: { from: string; to: string } | null;
  /** `until` in RFC 3339; `delegate` is a user id. */
  away: { until: string; delegate?: string | null } | null;
  active: boolean;
  /** When the person last became active again; null if they were never inactive. */
  active_since: Date | null;
}

/** The fields that can be set. An absent field keeps its value, or gets its default in a new person. */
export type PersonChanges = Partial<Omit<Person, 'id' | 'self_given_roles' | 'self_given_emails' | 'active_since'>>;
export type NewPerson = PersonChanges & { name: string; id?: string };

/** The stored spelling of an email address: lower case, without outer blanks. */
export const normalEmail = (email: string): string => email.trim().toLowerCase();

const addresses = (Object.entries(ADDRESS_FIELDS) as [AddressField, IdentityKind][]).map(([field, kind]) =>
  sql<string[]>`array(select value from identities where user_id = users.id and kind = ${kind} order by position)`.as(
    field,
  ),
);

function select(db: Db) {
  return db
    .selectFrom('users')
    .select(addresses)
    .select([
      'id',
      'name',
      'timezone',
      'channels',
      'quiet_hours',
      'away',
      'active',
      'active_since',
      sql<string[]>`array(select role from user_roles where user_id = users.id order by role)`.as('roles'),
      sql<
        string[]
      >`array(select role from user_roles where user_id = users.id and granted_by = user_id order by role)`.as(
        'self_given_roles',
      ),
      sql<
        string[]
      >`array(select value from identities where user_id = users.id and kind = 'email' and given_by = user_id order by position)`.as(
        'self_given_emails',
      ),
    ]);
}

/** Active or not. */
export async function findPersonById(db: Db, id: string): Promise<Person | null> {
  return (await select(db).where('id', '=', id).executeTakeFirst()) ?? null;
}

/** By email address or id, active or not. */
export async function findPerson(db: Db, identity: string): Promise<Person | null> {
  if (!identity.includes('@')) return findPersonById(db, identity);
  const query = select(db).where('id', '=', (eb) =>
    eb
      .selectFrom('identities')
      .select('user_id')
      .where('kind', '=', 'email')
      .where('value', '=', normalEmail(identity)),
  );
  return (await query.executeTakeFirst()) ?? null;
}

/** Throws `not_found`. */
export async function getPerson(db: Db, id: string): Promise<Person> {
  const person = await findPersonById(db, id);
  if (!person) throw new AgentWardenError('not_found', `There is no user ${id}. GET /api/users lists the ids.`);
  return person;
}

export interface PeopleFilters {
  role?: string;
  active?: boolean;
}

/** Sorted by id, which never changes. */
export async function listPeople(db: Db, page: PageRequest, filters: PeopleFilters = {}): Promise<Page<Person>> {
  const after = readCursor(page.cursor, ['string']);
  let query = select(db);
  const { role, active } = filters;
  if (after) query = query.where('id', '>', after[0] as string);
  if (active !== undefined) query = query.where('active', '=', active);
  if (role !== undefined) {
    query = query.where('id', 'in', (eb) => eb.selectFrom('user_roles').select('user_id').where('role', '=', role));
  }
  const rows = await query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (person) => [person.id]);
}

/** `by` is the user id, or `system`, that gives the roles and addresses. Throws `identity_taken`. */
export function createPerson(db: Db, person: NewPerson, by: string): Promise<Person> {
  const { id = newId('usr'), ...changes } = person;
  return inTransaction(db, async (trx) => {
    await trx
      .insertInto('users')
      .values({ id, ...columns(changes), name: person.name })
      .execute();
    await writeParts(trx, id, changes, by);
    return getPerson(trx, id);
  });
}

/**
 * A list replaces the whole old list. A person who becomes inactive loses their sessions and login links; a change of
 * addresses deletes the login links. Throws `not_found`, `identity_taken`.
 */
export function updatePerson(db: Db, id: string, changes: PersonChanges, by: string): Promise<Person> {
  return inTransaction(db, async (trx) => {
    const found = await trx.selectFrom('users').select('active').where('id', '=', id).forUpdate().executeTakeFirst();
    if (!found) return getPerson(trx, id);
    const returns = changes.active === true && !found.active;
    const set = { ...columns(changes), ...(returns ? { active_since: new Date() } : {}) };
    if (Object.keys(set).length > 0) await trx.updateTable('users').set(set).where('id', '=', id).execute();
    await writeParts(trx, id, changes, by);
    if (changes.active === false) await trx.deleteFrom('sessions').where('user_id', '=', id).execute();
    // A link may be on its way to an address that the person no longer has. It must not sign anybody in.
    if (changes.active === false || changes.emails)
      await trx.deleteFrom('login_links').where('user_id', '=', id).execute();
    return getPerson(trx, id);
  });
}

function columns({ name, timezone, channels, quiet_hours, away, active }: PersonChanges) {
  const set = {
    name,
    timezone,
    channels,
    quiet_hours: quiet_hours && JSON.stringify(quiet_hours),
    away: away && JSON.stringify(away),
    active,
  };
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) as Partial<typeof set>;
}

async function writeParts(trx: Db, id: string, changes: PersonChanges, by: string): Promise<void> {
  for (const field of Object.keys(ADDRESS_FIELDS) as AddressField[]) {
    const values = changes[field];
    if (values) await writeAddresses(trx, id, field, values, by);
  }
  if (changes.roles) await writeRoles(trx, id, changes.roles, by);
}

/** An address that stays keeps its `given_by`, as roles do. */
async function writeAddresses(
  trx: Db,
  user_id: string,
  field: AddressField,
  given: string[],
  by: string,
): Promise<void> {
  const kind = ADDRESS_FIELDS[field];
  const values = [...new Set(field === 'emails' ? given.map(normalEmail) : given)];
  const before = await trx
    .deleteFrom('identities')
    .where('user_id', '=', user_id)
    .where('kind', '=', kind)
    .returning(['value', 'given_by'])
    .execute();
  if (values.length === 0) return;
  const givers = new Map(before.map(({ value, given_by }) => [value, given_by]));
  const rows = values.map((value, position) => {
    const given_by = givers.has(value) ? givers.get(value)! : by;
    return { kind, value, user_id, position, given_by };
  });
  const inserted = await trx
    .insertInto('identities')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('value')
    .execute();
  if (inserted.length === rows.length) return;
  const taken = values.findIndex((value) => !inserted.some((row) => row.value === value));
  const message = 'belongs to another person';
  throw new AgentWardenError(
    'identity_taken',
    `${values[taken]} ${message}, and an address identifies one person only. Remove it from that person first.`,
    { errors: [{ path: `${field}.${taken}`, message }] },
  );
}

/** A role that stays keeps its `granted_by`. Otherwise a self-given role would count once another person saves the form. */
async function writeRoles(trx: Db, user_id: string, roles: string[], granted_by: string): Promise<void> {
  let gone = trx.deleteFrom('user_roles').where('user_id', '=', user_id);
  if (roles.length > 0) gone = gone.where('role', 'not in', roles);
  await gone.execute();
  if (roles.length === 0) return;
  await trx
    .insertInto('user_roles')
    .values([...new Set(roles)].map((role) => ({ user_id, role, granted_by })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
