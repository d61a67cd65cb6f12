/** Routes for webhook endpoints and their deliveries. */
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
import type { HttpDeps } from '../http/deps';
import { created, noContent, ok, route } from '../http/route';
import { PageQuery, listOf } from '../http/schemas';
import {
  DeliveryParams,
  DeliverySchema,
  NewWebhook,
  NewWebhookSchema,
  REQUEUED,
  RotatedSchema,
  WebhookChanges,
  WebhookParams,
  WebhookSchema,
} from './webhooks-schema';

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
  body: NewWebhook,
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
  params: WebhookParams,
  body: WebhookChanges,
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
  params: WebhookParams,
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
  params: WebhookParams,
  answers: { 200: RotatedSchema },
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
  params: WebhookParams,
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
  params: DeliveryParams,
  answers: { 200: DeliverySchema },
  examples: { 200: REQUEUED },
  problems: ['in_progress'],
  handler: async (deps, { caller, params: { id }, ip }) =>
    ok(presentDelivery(await redeliver(deps, authorOf(caller, ip), id))),
});
