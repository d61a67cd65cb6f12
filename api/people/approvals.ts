/** Approvals as people see them: list, look, cancel. */
import { z } from 'zod';
import { APPROVAL_STATUSES } from '../../domain/approval';
import { AgentWardenError } from '../../domain/errors';
import { channelOf } from '../../application/caller';
import { ApprovalSchema } from '../http/approval-schema';
import { listApprovals, presentAll, presentOne, type ListFilters } from '../../application/approvals';
import { cancelApproval, mayCancel } from '../../application/cancel';
import { revoke } from '../../application/revoke';
import { ok, route } from '../http/route';
import { audienceOf, standingOf, visibleApproval } from '../../application/visibility';
import { AgentRef, Comment, Flag, IdParams, PageQuery, When, listOf, text } from '../http/schemas';

const FILTERS = {
  status: z.enum(APPROVAL_STATUSES).optional(),
  agent_id: AgentRef.optional(),
  action: text(128).optional(),
  level: text(120).optional(),
  mine: Flag.optional(),
  q: text(200).min(1).optional(),
  from: When.optional(),
  to: When.optional(),
} satisfies Record<keyof ListFilters | 'mine', z.ZodType>;

export const listRoute = route({
  id: 'list-approvals',
  method: 'get',
  path: '/api/approvals',
  tag: 'approvals',
  summary: 'Approvals, newest first; `mine`: those that wait for the caller',
  access: 'person',
  query: z.strictObject({ ...PageQuery, ...FILTERS }),
  answers: { 200: listOf(ApprovalSchema) },
  async handler(deps, { caller, query: { limit, cursor, mine, agent_id, ...filters } }) {
    const { agents_by_name } = await deps.configuration.cached();
    const { items, next_cursor } = await listApprovals(
      deps.db,
      {
        ...filters,
        agent_id: agent_id === undefined ? undefined : (agents_by_name.get(agent_id)?.id ?? agent_id),
        audience: await audienceOf(deps, caller.person),
        ...(mine === true ? { waiting_for: await standingOf(deps, caller.person) } : {}),
      },
      { limit, cursor },
    );
    return ok({ items: await presentAll(deps, items, 'person'), next_cursor });
  },
});

export const getRoute = route({
  id: 'get-approval',
  method: 'get',
  path: '/api/approvals/{id}',
  tag: 'approvals',
  summary: 'One approval',
  access: 'person',
  params: IdParams,
  answers: { 200: ApprovalSchema },
  async handler(deps, { caller, params }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return ok(await presentOne(deps, found, 'person'));
  },
});

export const cancelRoute = route({
  id: 'cancel-approval',
  method: 'post',
  path: '/api/approvals/{id}/cancel',
  tag: 'approvals',
  summary: 'End a pending approval; for admins and for whoever requested it',
  access: 'person',
  params: IdParams,
  body: z.strictObject({ reason: Comment.nullish() }).meta({ id: 'Cancel' }),
  body_optional: true,
  answers: { 200: ApprovalSchema },
  async handler(deps, { caller, params, body, ip }) {
    const { person } = caller;
    const found = await visibleApproval(deps, person, params.id);
    if (!mayCancel(person, found.snapshot))
      throw new AgentWardenError(
        'forbidden',
        'Only an admin, or the person who requested this, can cancel it. Deny it instead, if you are one of its approvers.',
      );
    const cancelled = await cancelApproval(deps, params.id, {
      by: { type: 'user', id: person.id },
      reason_code: 'user_cancelled',
      reason: body.reason ?? null,
      ip,
      channel: channelOf(caller),
    });
    return ok(await presentOne(deps, cancelled, 'person'));
  },
});

export const revokeRoute = route({
  id: 'revoke-approval',
  method: 'post',
  path: '/api/approvals/{id}/revoke',
  tag: 'approvals',
  summary: 'Take an approval back before it is used; for admins and its approvers',
  access: 'person',
  params: IdParams,
  body: z.strictObject({ reason: Comment.min(1) }).meta({ id: 'Revoke' }),
  answers: { 200: ApprovalSchema },
  async handler(deps, { caller, params, body, ip }) {
    const { person } = caller;
    const found = await visibleApproval(deps, person, params.id);
    await revoke(deps, found, { person, reason: body.reason, ip, channel: channelOf(caller) });
    return ok(await presentOne(deps, found, 'person'));
  },
});
