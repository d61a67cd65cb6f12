/** People: who may see and decide. */
import { z } from 'zod';
import { createPerson, findPersonById, getPerson, listPeople, updatePerson } from '../../db/people';
import { AgentWardenError } from '../../domain/errors';
import { invalid } from '../http/body';
import { changing } from '../../application/audited-change';
import type { HttpDeps } from '../http/deps';
import { created, ok, route } from '../http/route';
import { NewUser, UserChanges, UserSchema, presentPerson } from '../http/user-schema';
import { Flag, IdParams, PageQuery, listOf, text } from '../http/schemas';

export const list = route({
  id: 'list-users',
  method: 'get',
  path: '/api/users',
  tag: 'users',
  summary: 'People',
  access: 'auditor',
  query: z.strictObject({ ...PageQuery, role: text(64).optional(), active: Flag.optional() }),
  answers: { 200: listOf(UserSchema) },
  async handler(deps, { query: { limit, cursor, ...filters } }) {
    const page = await listPeople(deps.db, { limit, cursor }, filters);
    return ok({ ...page, items: page.items.map(presentPerson) });
  },
});

export const get = route({
  id: 'get-user',
  method: 'get',
  path: '/api/users/{id}',
  tag: 'users',
  summary: 'One person; oneself, or for admins and auditors anybody',
  access: 'person',
  params: IdParams,
  answers: { 200: UserSchema },
  async handler(deps, { caller: { person }, params: { id } }) {
    const reads = person.id === id || person.roles.includes('admin') || person.roles.includes('auditor');
    if (!reads) throw new AgentWardenError('forbidden', 'Only admins and auditors see other people’s addresses.');
    return ok(presentPerson(await getPerson(deps.db, id)));
  },
});

type Changes = z.output<typeof UserChanges>;

/** T33: a seat that one gives to oneself is as little worth as a role; what the person set before may stay, not last longer. */
async function refuseOwnSeat(deps: HttpDeps, until: string, caller: string, self: string | null): Promise<void> {
  const before = self === null ? null : ((await findPersonById(deps.db, self))?.away ?? null);
  if (before?.delegate === caller && Date.parse(until) <= Date.parse(before.until)) return;
  throw new AgentWardenError(
    'forbidden',
    'Nobody makes themself the delegate of somebody else. The person sets it, or another admin does.',
  );
}

async function refuseBadDelegate(
  deps: HttpDeps,
  { away }: Changes,
  self: string | null,
  caller: string,
): Promise<void> {
  const delegate = away?.delegate;
  if (delegate === null || delegate === undefined) return;
  if (away && delegate === caller && caller !== self) await refuseOwnSeat(deps, away.until, caller, self);
  if (delegate === self) throw invalid([{ path: 'away.delegate', message: 'is the person themself' }]);
  if ((await findPersonById(deps.db, delegate)) === null)
    throw invalid([{ path: 'away.delegate', message: 'is not the id of a person' }]);
}

export const create = route({
  id: 'create-user',
  method: 'post',
  path: '/api/users',
  tag: 'users',
  summary: 'Make a person',
  access: 'admin',
  body: NewUser,
  answers: { 201: UserSchema },
  async handler(deps, { caller, body, ip }) {
    await refuseBadDelegate(deps, body, null, caller.person.id);
    const person = await changing(deps, caller, ip, async (trx) => {
      const result = await createPerson(trx, body, caller.person.id);
      return { result, note: { type: 'user.created', data: { user_id: result.id, roles: result.roles } } };
    });
    return created(presentPerson(person), `/api/users/${person.id}`);
  },
});

/** What people may set about themselves; addresses and roles decide who may approve what, so they are for admins. */
const OWN_FIELDS = ['name', 'timezone', 'channels', 'quiet_hours', 'away'];

export const patch = route({
  id: 'change-user',
  method: 'patch',
  path: '/api/users/{id}',
  tag: 'users',
  summary: 'Change a person; inactive ends their sessions, tokens and links at once',
  access: 'person',
  params: IdParams,
  body: UserChanges,
  answers: { 200: UserSchema },
  async handler(deps, { caller, params: { id }, body, ip }) {
    const changed = Object.keys(body);
    const allowed =
      caller.person.roles.includes('admin') ||
      (caller.person.id === id && changed.every((field) => OWN_FIELDS.includes(field)));
    if (!allowed)
      throw new AgentWardenError(
        'forbidden',
        `Without the role admin one may change only one's own ${OWN_FIELDS.join(', ')}.`,
      );
    await refuseBadDelegate(deps, body, id, caller.person.id);
    const person = await changing(deps, caller, ip, async (trx) => {
      const result = await updatePerson(trx, id, body, caller.person.id);
      return {
        result,
        note: { type: 'user.updated', data: { user_id: id, changed, roles: result.roles, active: result.active } },
      };
    });
    return ok(presentPerson(person));
  },
});
