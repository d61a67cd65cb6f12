/**
 * Finds the people who match selectors now. The workflow asks at every event and stores no answer, so that a change of
 * roles takes effect at once. Always two queries, however many selectors: a vote waits for the answer.
 */
import { sql } from 'kysely';
import {
  isPersonalChannel,
  personalRow,
  type Facts,
  type NotifyTarget,
  type PersonId,
  type Selector,
} from '../domain/approval';
import { normalEmail } from './people';
import type { Db } from './pool';

export interface MembershipQuestion {
  selectors: Selector[];
  /** Email addresses or user ids that may not vote. */
  excluded: string[];
  /** People who must be in the answer even beyond `MEMBERS_MAX`: voters, seat holders, the person who votes now. */
  persons: PersonId[];
  /** The instant at which delegations must be in force; now when absent. */
  at_ms?: number;
}

/** People per selector. An approval asks no more of a role, however many members it has. */
export const MEMBERS_MAX = 500;

export async function membership(db: Db, question: MembershipQuestion): Promise<Omit<Facts, 'openings'>> {
  const { selectors, persons, at_ms = Date.now() } = question;
  const found = await matches(db, question);
  const of = (kind: Match['kind']) => found.filter((match) => match.kind === kind);
  const named = new Set([...persons, ...of('role').map(id), ...of('user').map(id), ...of('delegator').map(id)]);
  const people = new Map((await loadPeople(db, [...named])).map((person) => [person.id, person]));
  const active = (person_id: PersonId): boolean => people.get(person_id)?.active === true;

  const members: Facts['members'] = {};
  for (const selector of selectors) {
    const matching = found.filter((match) => match.kind !== 'excluded' && match.selector === selector);
    members[selector] = [...new Set(matching.map(id))].filter(active);
  }
  const delegates: Facts['delegates'] = {};
  for (const person of people.values()) {
    const { delegate } = person;
    const inForce = person.active && person.until !== null && Date.parse(person.until) > at_ms;
    if (inForce && delegate && delegate !== person.id && active(delegate)) delegates[person.id] = delegate;
  }
  return {
    members,
    excluded: [...new Set(of('excluded').map(id))],
    delegates,
    inactive: [...new Set(persons)].filter((person) => !active(person)),
    channels: Object.fromEntries(
      [...people.values()].filter((person) => person.active).map((person) => [person.id, reachable(person)]),
    ),
  };
}

interface Match {
  kind: 'role' | 'user' | 'delegator' | 'excluded';
  selector: Selector | null;
  user_id: PersonId;
}

const id = (match: Match): PersonId => match.user_id;

const after = (prefix: string, selectors: Selector[]): string[] =>
  selectors.filter((selector) => selector.startsWith(prefix)).map((selector) => selector.slice(prefix.length));

/** A role or an address makes a person eligible only if another person (or the system) gave it. It excludes them in any case. */
async function matches(db: Db, { selectors, excluded, persons }: MembershipQuestion): Promise<Match[]> {
  const users = after('user:', selectors).map((written) => ({ written, identity: normalEmail(written) }));
  const { rows } = await sql<Match>`
    with holders as (
      select r.role, r.user_id, row_number() over (partition by r.role order by r.user_id) as number
      from user_roles r join users u on u.id = r.user_id and u.active
      where r.role = any(${after('role:', selectors)}::text[]) and r.granted_by <> r.user_id
    )
    select 'role' as kind, 'role:' || role as selector, user_id from holders
    where number <= ${MEMBERS_MAX} or user_id = any(${persons}::text[])
      or user_id in (select id from users where away ->> 'delegate' = any(${persons}::text[]))
    union all
    select 'user', 'user:' || wanted.written, coalesce(i.user_id, u.id)
    from unnest(${users.map(({ written }) => written)}::text[], ${users.map(({ identity }) => identity)}::text[]) as wanted (written, identity)
    left join identities i on i.kind = 'email' and i.value = wanted.identity and i.given_by is distinct from i.user_id
    left join users u on u.id = wanted.written
    where coalesce(i.user_id, u.id) is not null
    union all
    select 'delegator', null, id from users where away is not null and away ->> 'delegate' = any(${persons}::text[])
    union all
    select 'excluded', null, id from users where id = any(${excluded}::text[])
    union all
    select 'excluded', null, user_id from identities where kind = 'email' and value = any(${excluded.map(normalEmail)}::text[])
    union
    select 'excluded', null, user_id from user_roles where role = 'auditor' -- an auditor who votes would audit their own decision
    order by 1, 2, 3`.execute(db);
  return rows;
}

interface PersonRow {
  id: PersonId;
  active: boolean;
  until: string | null;
  delegate: string | null;
  channels: string[];
  kinds: string[];
}

/** These people and their delegates. */
async function loadPeople(db: Db, ids: PersonId[]): Promise<PersonRow[]> {
  const { rows } = await sql<PersonRow>`
    with asked as (
      select id, away from users where id = any(${ids}::text[])
    ), everyone as (
      select id from asked union select away ->> 'delegate' from asked where away is not null
    )
    select u.id, u.active, u.away ->> 'until' as until, u.away ->> 'delegate' as delegate, u.channels,
      array(select distinct kind from identities where user_id = u.id) as kinds
    from users u join everyone e on e.id = u.id order by u.id`.execute(db);
  return rows;
}

/** Leaves out channels for which the person has no address, so that the first message can arrive. */
function reachable({ channels, kinds }: PersonRow): NotifyTarget[] {
  return channels.filter((channel) => isPersonalChannel(channel) && kinds.includes(personalRow(channel).identity));
}
