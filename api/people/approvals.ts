/** Routes for approvals: list, read, cancel, revoke. */
import { z } from 'zod';
import { APPROVAL_STATUSES } from '../../domain/approval';
import { AgentWardenError } from '../../domain/errors';
import { channelOf } from '../../application/caller';
import { ApprovalSchema } from '../http/approval-schema';
import { listApprovals, approvalsToJson, approvalToJson, type ListFilters } from '../../application/approvals';
import { cancelApproval, mayCancel } from '../../application/cancel';
import { revoke } from '../../application/revoke';
import { ok, route } from '../http/route';
import { audienceOf, principalOf, visibleApproval } from '../../application/visibility';
import { CANCELLED, REVOKED } from '../http/approval-example';
import { EXAMPLES, STORY } from '../http/examples';
import { AgentRef, ApprovalParams, Comment, Flag, PageQuery, When, listOf, text } from '../http/schemas';

const FILTERS = {
  status: z
    .enum(APPROVAL_STATUSES)
    .optional()
    .meta({ description: 'Only approvals with this status.', example: 'pending' }),
  agent_id: AgentRef.optional().meta({ description: 'Only approvals of this agent: its id or its name.' }),
  action: text(128).optional().meta({ description: 'Only approvals of exactly this action.', example: STORY.action }),
  level: text(120)
    .optional()
    .meta({ description: 'Only approvals in which a level of this name is open.', example: 'team' }),
  mine: Flag.optional().meta({
    description: '`true`: only pending approvals that the caller can decide now.',
    example: 'true',
  }),
  q: text(200).min(1).optional().meta({
    description:
      'Only approvals with this text in the action, the agent id, the requester, `on_behalf_of` or the context, or with this id.',
    example: 'A-1001',
  }),
  from: When.optional().meta({
    description: 'Only requests from this moment on: RFC 3339, or a date, which begins at 00:00 UTC.',
    example: '2026-11-27',
  }),
  to: When.optional().meta({
    description: 'Only requests before this moment: RFC 3339, or a date, which begins at 00:00 UTC.',
    example: '2026-11-28T12:00:00Z',
  }),
} satisfies Record<keyof ListFilters | 'mine', z.ZodType>;

const Cancel = z
  .strictObject({
    reason: Comment.nullish().describe(
      'Why, at most 2000 characters; it becomes the comment of the approval. Null or absent: no reason.',
    ),
  })
  .meta({ id: 'Cancel', description: 'Why the request is cancelled.' })
  .register(EXAMPLES, { example: { reason: 'The customer found the parcel.' } });

const Revoke = z
  .strictObject({ reason: Comment.min(1).describe('Why, 1 to 2000 characters; the audit keeps it.') })
  .meta({ id: 'Revoke', description: 'Why the approval is taken back.' })
  .register(EXAMPLES, { example: { reason: 'The amount was wrong.' } });

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
        ...(mine === true ? { waiting_for: await principalOf(deps, caller.person) } : {}),
      },
      { limit, cursor },
    );
    return ok({ items: await approvalsToJson(deps, items, 'person'), next_cursor });
  },
});

export const getRoute = route({
  id: 'get-approval',
  method: 'get',
  path: '/api/approvals/{id}',
  tag: 'approvals',
  summary: 'One approval',
  access: 'person',
  params: ApprovalParams,
  answers: { 200: ApprovalSchema },
  async handler(deps, { caller, params }) {
    const found = await visibleApproval(deps, caller.person, params.id);
    return ok(await approvalToJson(deps, found, 'person'));
  },
});

export const cancelRoute = route({
  id: 'cancel-approval',
  method: 'post',
  path: '/api/approvals/{id}/cancel',
  tag: 'approvals',
  summary: 'End a pending approval; for admins and for whoever requested it',
  access: 'person',
  params: ApprovalParams,
  body: Cancel,
  body_optional: true,
  answers: { 200: ApprovalSchema },
  examples: { 200: CANCELLED },
  problems: ['already_decided', 'outcome_unknown'],
  async handler(deps, { caller, params, body, ip }) {
    const { person } = caller;
    const found = await visibleApproval(deps, person, params.id);
    if (!mayCancel(person, found.snapshot))
      throw new AgentWardenError(
        'forbidden',
        'Only an admin or the requester can cancel this request. An approver can deny it.',
      );
    const cancelled = await cancelApproval(deps, params.id, {
      by: { type: 'user', id: person.id },
      reason_code: 'user_cancelled',
      reason: body.reason ?? null,
      ip,
      channel: channelOf(caller),
    });
    return ok(await approvalToJson(deps, cancelled, 'person'));
  },
});

export const revokeRoute = route({
  id: 'revoke-approval',
  method: 'post',
  path: '/api/approvals/{id}/revoke',
  tag: 'approvals',
  summary: 'Take an approval back before it is used; for admins and its approvers',
  access: 'person',
  params: ApprovalParams,
  body: Revoke,
  answers: { 200: ApprovalSchema },
  examples: { 200: REVOKED },
  problems: ['not_approved', 'already_consumed'],
  async handler(deps, { caller, params, body, ip }) {
    const { person } = caller;
    const found = await visibleApproval(deps, person, params.id);
    await revoke(deps, found, { person, reason: body.reason, ip, channel: channelOf(caller) });
    return ok(await approvalToJson(deps, found, 'person'));
  },
});
