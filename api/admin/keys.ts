/** Routes for agent keys. A key is shown once, when it is created. */
import { z } from 'zod';
import { authorOf } from '../../application/audited-change';
import { createKey, listKeys, revokeKey, type Key } from '../../application/keys';
import { timestamp } from '../../domain/timestamp';
import { created, noContent, ok, route } from '../http/route';
import { PageQuery, listOf } from '../http/schemas';
import { KeyParams, KeySchema, NewKey, NewKeySchema } from './keys-schema';

const instantOf = (at: Date | null): string | null => (at === null ? null : timestamp(at.getTime()));
const present = ({
  id,
  name,
  prefix,
  agents,
  expires_at,
  created_at,
  created_by,
}: Key): z.output<typeof KeySchema> => ({
  id,
  name,
  prefix,
  agents,
  expires_at: instantOf(expires_at),
  created_at: timestamp(created_at.getTime()),
  created_by,
});

export const list = route({
  id: 'list-keys',
  method: 'get',
  path: '/api/keys',
  tag: 'keys',
  summary: 'Agent keys in force, without the keys themselves',
  access: 'auditor',
  query: z.strictObject(PageQuery),
  answers: { 200: listOf(KeySchema) },
  async handler(deps, { query }) {
    const page = await listKeys(deps.db, query);
    return ok({ ...page, items: page.items.map(present) });
  },
});

export const create = route({
  id: 'create-key',
  method: 'post',
  path: '/api/keys',
  tag: 'keys',
  summary: 'Create an agent key, for all agents or for some of them',
  access: 'admin',
  body: NewKey,
  body_optional: true,
  answers: { 201: NewKeySchema },
  async handler(deps, { caller, body, ip }) {
    const { key, ...made } = await createKey(deps, authorOf(caller, ip), {
      name: body.name ?? '',
      agents: body.agents ?? ['*'],
      expires_at: body.expires_at ? new Date(body.expires_at) : null,
    });
    return created(
      {
        id: made.id,
        name: made.name,
        key,
        prefix: made.prefix,
        agents: made.agents,
        expires_at: instantOf(made.expires_at),
      },
      `/api/keys/${made.id}`,
    );
  },
});

export const revoke = route({
  id: 'revoke-key',
  method: 'delete',
  path: '/api/keys/{id}',
  tag: 'keys',
  summary: 'Revoke a key; it stops at once, on every replica',
  access: 'admin',
  params: KeyParams,
  answers: { 204: 'Revoked' },
  async handler(deps, { caller, params: { id }, ip }) {
    await revokeKey(deps, authorOf(caller, ip), id);
    return noContent();
  },
});
