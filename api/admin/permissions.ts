/** Routes for an agent's permissions. */
import { z } from 'zod';
import { authorOf } from '../../application/audited-change';
import {
  deletePermission,
  listPermissions,
  setPermission,
  updatePermission,
  type Permission,
} from '../../application/permissions';
import { invalidRequest } from '../../domain/errors';
import { created, noContent, ok, route } from '../http/route';
import { PageQuery, listOf } from '../http/schemas';
import { NewPermission, OfAgent, PermissionChanges, PermissionParams, PermissionSchema } from './permissions-schema';

const present = (permission: Permission): z.output<typeof PermissionSchema> => ({
  ...permission,
  requires_approval: permission.effect === 'require_approval',
});

const tag = 'permissions';
type Wish = { effect?: Permission['effect'] | undefined; requires_approval?: boolean | undefined };

/** `effect` and `requires_approval` set the same thing. Both may be given if they agree. */
function effectOf({ effect, requires_approval }: Wish): Permission['effect'] | undefined {
  const told = requires_approval === undefined ? undefined : requires_approval ? 'require_approval' : 'allow';
  if (effect !== undefined && told !== undefined && effect !== told)
    throw invalidRequest([
      { path: 'effect', message: `is ${effect}, and requires_approval says ${told}; give one of them` },
    ]);
  return effect ?? told;
}

export const list = route({
  id: 'list-permissions',
  method: 'get',
  path: '/api/agents/{agent_id}/permissions',
  tag,
  summary: 'The permissions of an agent',
  access: 'auditor',
  params: OfAgent,
  query: z.strictObject(PageQuery),
  answers: { 200: listOf(PermissionSchema) },
  problems: ['agent_not_found'],
  async handler(deps, { params: { agent_id }, query }) {
    const page = await listPermissions(deps, agent_id, query);
    return ok({ ...page, items: page.items.map(present) });
  },
});

export const set = route({
  id: 'set-permission',
  method: 'post',
  path: '/api/agents/{agent_id}/permissions',
  tag,
  summary: 'Set the permission for an action pattern; 200 when it replaced one',
  access: 'admin',
  params: OfAgent,
  body: NewPermission,
  answers: { 200: PermissionSchema, 201: PermissionSchema },
  problems: ['agent_not_found'],
  async handler(deps, { caller, params: { agent_id }, body, ip }) {
    const { permission, created: isNew } = await setPermission(deps, authorOf(caller, ip), agent_id, {
      action: body.action,
      effect: effectOf(body)!,
      flow: body.flow ?? null,
      max_amount: body.max_amount ?? null,
    });
    return isNew
      ? created(present(permission), `/api/agents/${permission.agent_id}/permissions/${permission.id}`)
      : ok(present(permission));
  },
});

export const patch = route({
  id: 'change-permission',
  method: 'patch',
  path: '/api/agents/{agent_id}/permissions/{id}',
  tag,
  summary: 'Change a permission',
  access: 'admin',
  params: PermissionParams,
  body: PermissionChanges,
  answers: { 200: PermissionSchema },
  problems: ['agent_not_found', 'identity_taken'],
  async handler(deps, { caller, params, body: { action, flow, max_amount, ...wish }, ip }) {
    const changes = { action, flow, max_amount, effect: effectOf(wish) };
    const permission = await updatePermission(deps, authorOf(caller, ip), params, changes);
    return ok(present(permission));
  },
});

export const remove = route({
  id: 'delete-permission',
  method: 'delete',
  path: '/api/agents/{agent_id}/permissions/{id}',
  tag,
  summary: 'Delete a permission',
  access: 'admin',
  params: PermissionParams,
  answers: { 204: 'Deleted' },
  problems: ['agent_not_found'],
  async handler(deps, { caller, params, ip }) {
    await deletePermission(deps, authorOf(caller, ip), params);
    return noContent();
  },
});
