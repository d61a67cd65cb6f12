/** Sets and deletes permissions. A permission is for one agent and one pattern of actions, and is evaluated before the rules. */
import { getAgent } from '../db/agents';
import * as permissions from '../db/permissions';
import type { Permission, PermissionChanges } from '../db/permissions';
import { AgentWardenError } from '../domain/errors';
import { auditedChange, type Author } from './audited-change';
import type { Deps } from './deps';

export { type Permission } from '../db/permissions';

export async function listPermissions(
  deps: Deps,
  agent: string,
  page: Parameters<typeof permissions.listPermissions>[2],
) {
  const { id } = await getAgent(deps.db, agent);
  return permissions.listPermissions(deps.db, id, page);
}

/** Sets the agent's permission for the pattern; `created` tells whether there was none before. */
export async function setPermission(
  deps: Deps,
  author: Author,
  agent: string,
  permission: Omit<Permission, 'id' | 'agent_id'>,
): Promise<{ permission: Permission; created: boolean }> {
  await refuseUnknownFlow(deps, permission.flow);
  const { id } = await getAgent(deps.db, agent);
  return auditedChange(deps, author, async (trx) => {
    const result = await permissions.setPermission(trx, { ...permission, agent_id: id });
    return { result, note: noteOf('permission.set', result.permission) };
  });
}

export async function updatePermission(
  deps: Deps,
  author: Author,
  { agent_id, id }: { agent_id: string; id: string },
  changes: PermissionChanges,
): Promise<Permission> {
  await refuseUnknownFlow(deps, changes.flow);
  const agent = await getAgent(deps.db, agent_id);
  return auditedChange(deps, author, async (trx) => {
    const result = await permissions.updatePermission(trx, agent.id, id, changes);
    return { result, note: noteOf('permission.set', result) };
  });
}

export async function deletePermission(
  deps: Deps,
  author: Author,
  { agent_id, id }: { agent_id: string; id: string },
): Promise<void> {
  const agent = await getAgent(deps.db, agent_id);
  await auditedChange(deps, author, async (trx) => {
    const result = await permissions.deletePermission(trx, agent.id, id);
    return { result, note: noteOf('permission.deleted', result) };
  });
}

const noteOf = (type: string, { id, agent_id, action, effect, flow, max_amount }: Permission) => ({
  type,
  agent_id,
  action,
  data: { permission_id: id, effect, flow, max_amount },
});

/** A flow that the policy does not have would block every check. */
async function refuseUnknownFlow(deps: Deps, flow: string | null | undefined): Promise<void> {
  if (flow === null || flow === undefined) return;
  const { policy } = await deps.configuration.fresh();
  if (Object.hasOwn(policy.flows, flow)) return;
  throw new AgentWardenError(
    'invalid_request',
    `The policy has no flow ${JSON.stringify(flow)}; it has ${Object.keys(policy.flows).join(', ')}.`,
    { errors: [{ path: 'flow', message: 'is no flow of the policy' }] },
  );
}
