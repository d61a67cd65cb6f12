/** Records an agent's own report of what it did after a check, for the audit. */
import { checkOf, findApproval } from '../db/approvals';
import type { JsonObject } from '../domain/approval';
import { checkContext } from '../domain/digest';
import { timestamp } from '../domain/timestamp';
import { notFound } from './approvals';
import type { AgentCaller } from './caller';
import { agentFor, agentNotFound } from './configuration-cache';
import type { Deps } from './deps';

export interface ActionReport {
  agent_id: string;
  action: string;
  /** Free text, such as `success` or `failed`. */
  status: string;
  context?: JsonObject | null | undefined;
  approval_id?: string | null | undefined;
  /** The IP address that the agent reports. `ip` is the address from which it called. */
  ip_address?: string | null | undefined;
}

/** Throws `agent_not_found`, and `not_found` for an approval of another agent. */
export async function logAction(
  deps: Deps,
  caller: AgentCaller,
  { agent_id, action, status, ip_address, ...report }: ActionReport,
  ip: string,
) {
  const agent = agentFor(await deps.configuration.cached(), caller.key, agent_id);
  if (agent === null) throw agentNotFound(agent_id);
  const context = report.context ?? {};
  checkContext(context);
  const approval_id = report.approval_id ?? null;
  if (approval_id !== null && (await agentOf(deps, approval_id)) !== agent.id) throw notFound(approval_id);
  const at_ms = deps.now();
  const { id } = await deps.audit.append({
    type: 'action.logged',
    at_ms,
    actor: { type: 'agent', id: agent.id, name: agent.name },
    channel: 'api',
    ip,
    approval_id,
    agent_id: agent.id,
    action,
    data: { status, context, ...(ip_address ? { ip_address } : {}) },
  });
  return { id, agent_id: agent.id, action, status, context, created_at: timestamp(at_ms) };
}

/** The agent of an approval. The check's entry names it before the workflow has recorded the approval. */
const agentOf = async ({ db }: Deps, approval_id: string): Promise<string | null> =>
  (await findApproval(db, approval_id))?.snapshot.agent.id ?? (await checkOf(db, approval_id))?.agent_id ?? null;
