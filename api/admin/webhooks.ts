/** Webhook endpoints and what was sent to them. */
import { z } from 'zod';
import { authorOf } from '../../application/audited-change';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhookDeliveries,
  listWebhooks,
  redeliver,
  rotateWebhook,
  updateWebhook,
  type Webhook,
  type WebhookDeliveryFacts,
  type WebhookSettings,
} from '../../application/webhooks';
import { timestamp } from '../../domain/timestamp';
import { WEBHOOK_TYPES } from '../../domain/webhook-events';
import type { HttpDeps } from '../http/deps';
import { created, noContent, ok, route } from '../http/route';
import { AgentPatterns, IdParams, Instant, PageQuery, listOf, text } from '../http/schemas';

const Types = z.array(z.enum(WEBHOOK_TYPES)).min(1).max(WEBHOOK_TYPES.length);
const Url = text(2000).min(1);

const fields = {
  id: z.string(),
  url: z.string(),
  types: z.array(z.string()),
  agents: z.array(z.string()),
  status: z.enum(['active', 'disabled']),
};
const WebhookSchema = z.object(fields).meta({ id: 'Webhook' });
const NewWebhookSchema = z
  .object({ ...fields, secret: z.string() })
  .meta({ id: 'MadeWebhook', description: 'The only time that the secret is shown' });
const DeliverySchema = z
  .object({
    id: z.string(),
    webhook_id: z.string(),
    type: z.string(),
    approval_id: z.string().nullable(),
    status: z.enum(['queued', 'sent', 'failed']),
    attempts: z.int(),
    error: z.string().nullable(),
    created_at: Instant,
    finished_at: Instant.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

const tag = 'webhooks';
const present = ({ id, url, types, agents, status }: Webhook): z.output<typeof WebhookSchema> => ({
  id,
  url,
  types,
  agents,
  status,
});
const presentDelivery = ({
  created_at,
  finished_at,
  ...delivery
}: WebhookDeliveryFacts): z.output<typeof DeliverySchema> => ({
  ...delivery,
  created_at: timestamp(created_at.getTime()),
  finished_at: finished_at === null ? null : timestamp(finished_at.getTime()),
});

const webhookSettings = ({ rings, settings }: HttpDeps): WebhookSettings => ({
  seal: rings.seal,
  allow_hosts: settings.webhookAllowHosts,
});

export const list = route({
  id: 'list-webhooks',
  method: 'get',
  path: '/api/webhooks',
  tag,
  summary: 'Endpoints',
  access: 'auditor',
  query: z.strictObject(PageQuery),
  answers: { 200: listOf(WebhookSchema) },
  async handler(deps, { query }) {
    const page = await listWebhooks(deps.db, query);
    return ok({ ...page, items: page.items.map(present) });
  },
});

export const create = route({
  id: 'create-webhook',
  method: 'post',
  path: '/api/webhooks',
  tag,
  summary: 'Register an endpoint',
  access: 'admin',
  body: z
    .strictObject({ url: Url, types: Types.nullish(), agents: AgentPatterns.nullish() })
    .meta({ id: 'NewWebhook' }),
  answers: { 201: NewWebhookSchema },
  async handler(deps, { caller, body, ip }) {
    const { webhook, secret } = await createWebhook(deps, authorOf(caller, ip), webhookSettings(deps), {
      url: body.url,
      types: [...new Set(body.types ?? ['approval.decided' as const])],
      agents: body.agents ?? ['*'],
    });
    return created({ ...present(webhook), secret }, `/api/webhooks/${webhook.id}`);
  },
});

export const patch = route({
  id: 'change-webhook',
  method: 'patch',
  path: '/api/webhooks/{id}',
  tag,
  summary: 'Change an endpoint, or switch it on again',
  access: 'admin',
  params: IdParams,
  body: z
    .strictObject({
      url: Url.optional(),
      types: Types.optional(),
      agents: AgentPatterns.optional(),
      status: z.enum(['active', 'disabled']).optional(),
    })
    .meta({ id: 'WebhookChanges' }),
  answers: { 200: WebhookSchema },
  async handler(deps, { caller, params: { id }, body, ip }) {
    const webhook = await updateWebhook(deps, authorOf(caller, ip), webhookSettings(deps), id, body);
    return ok(present(webhook));
  },
});

export const remove = route({
  id: 'delete-webhook',
  method: 'delete',
  path: '/api/webhooks/{id}',
  tag,
  summary: 'Delete an endpoint, and its deliveries with it',
  access: 'admin',
  params: IdParams,
  answers: { 204: 'Deleted' },
  async handler(deps, { caller, params: { id }, ip }) {
    await deleteWebhook(deps, authorOf(caller, ip), id);
    return noContent();
  },
});

export const rotate = route({
  id: 'rotate-webhook',
  method: 'post',
  path: '/api/webhooks/{id}/rotate',
  tag,
  summary: 'A new secret; the old one signs too for a day',
  access: 'admin',
  params: IdParams,
  answers: { 200: z.object({ secret: z.string(), old_valid_until: Instant }) },
  async handler(deps, { caller, params: { id }, ip }) {
    const rotated = await rotateWebhook(deps, authorOf(caller, ip), webhookSettings(deps), id);
    return ok({ secret: rotated.secret, old_valid_until: timestamp(rotated.old_valid_until.getTime()) });
  },
});

export const deliveries = route({
  id: 'list-webhook-deliveries',
  method: 'get',
  path: '/api/webhooks/{id}/deliveries',
  tag,
  summary: 'What was sent to an endpoint, newest first',
  access: 'auditor',
  params: IdParams,
  query: z.strictObject(PageQuery),
  answers: { 200: listOf(DeliverySchema) },
  async handler(deps, { params: { id }, query }) {
    await getWebhook(deps.db, id);
    const page = await listWebhookDeliveries(deps.db, id, query);
    return ok({ ...page, items: page.items.map(presentDelivery) });
  },
});

export const redeliverRoute = route({
  id: 'redeliver',
  method: 'post',
  path: '/api/deliveries/{id}/redeliver',
  tag,
  summary: 'Send a webhook once more, with the same id and body',
  access: 'admin',
  params: IdParams,
  answers: { 200: DeliverySchema },
  handler: async (deps, { caller, params: { id }, ip }) =>
    ok(presentDelivery(await redeliver(deps, authorOf(caller, ip), id))),
});
