/** Routes for people. */
import { z } from 'zod';
import { authorOf } from '../../application/audited-change';
import { createPerson, getPerson, listPeople, updatePerson } from '../../application/people';
import { AgentWardenError } from '../../domain/errors';
import { created, ok, route } from '../http/route';
import { NewUser, UserChanges, UserSchema, presentPerson } from '../http/user-schema';
import { STORY } from '../http/examples';
import { Flag, PageQuery, idParams, listOf, text } from '../http/schemas';

const UserParams = idParams("The person's user id, `usr_…`.", STORY.ana.id);

export const list = route({
  id: 'list-users',
  method: 'get',
  path: '/api/users',
  tag: 'users',
  summary: 'People',
  access: 'auditor',
  query: z.strictObject({
    ...PageQuery,
    role: text(64).optional().meta({ description: 'Only people with this role.', example: 'support-lead' }),
    active: Flag.optional().meta({
      description: 'Only active people (`true`), or only inactive people (`false`).',
      example: 'true',
    }),
  }),
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
  params: UserParams,
  answers: { 200: UserSchema },
  async handler(deps, { caller: { person }, params: { id } }) {
    const reads = person.id === id || person.roles.includes('admin') || person.roles.includes('auditor');
    if (!reads) throw new AgentWardenError('forbidden', 'Only admins and auditors see other people’s addresses.');
    return ok(presentPerson(await getPerson(deps.db, id)));
  },
});

export const create = route({
  id: 'create-user',
  method: 'post',
  path: '/api/users',
  tag: 'users',
  summary: 'Create a person',
  access: 'admin',
  body: NewUser,
  answers: { 201: UserSchema },
  problems: ['identity_taken'],
  async handler(deps, { caller, body, ip }) {
    const person = await createPerson(deps, authorOf(caller, ip), body);
    return created(presentPerson(person), `/api/users/${person.id}`);
  },
});

/** The fields that people may change of themselves. Addresses and roles decide who may approve, so only admins change them. */
const OWN_FIELDS = ['name', 'timezone', 'channels', 'quiet_hours', 'away'];

export const patch = route({
  id: 'change-user',
  method: 'patch',
  path: '/api/users/{id}',
  tag: 'users',
  summary: 'Change a person; inactive ends their sessions, tokens and links at once',
  access: 'person',
  params: UserParams,
  body: UserChanges,
  answers: { 200: UserSchema },
  problems: ['identity_taken'],
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
    const person = await updatePerson(deps, authorOf(caller, ip), id, body);
    return ok(presentPerson(person));
  },
});
