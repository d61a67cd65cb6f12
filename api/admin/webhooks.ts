/** Webhook endpoints and what was sent to them. */
import { isIP } from 'node:net';
import { z } from 'zod';
import {
  findWebhookDelivery,
  listWebhookDeliveries,
  requeueDelivery,
  type WebhookDeliveryFacts,
} from '../../db/webhook-deliveries';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhook,
  updateWebhook,
  type Webhook,
} from '../../db/webhooks';
import { AgentWardenError } from '../../domain/errors';
import { timestamp } from '../../domain/timestamp';
import { WEBHOOK_TYPES } from '../../domain/webhook-events';
import { isPublicAddress } from '../../domain/public-address';
import { invalid } from '../http/body';
import { changing } from '../../application/audited-change';
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

/** What can be told from the address alone; where it leads is tested at each connection (T38). */
function refuseUrl({ settings }: HttpDeps, url: string): void {
  const refuse = (message: string): never => {
    throw invalid([{ path: 'url', message }]);
  };
  if (!URL.canParse(url)) refuse('is not a URL like https://example.com/agentwarden');
  const { protocol, host, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') refuse('holds a user name or password; receivers prove us by the signature');
  if (protocol !== 'https:' && protocol !== 'http:') refuse('must begin with https://');
  const allowed = settings.webhookAllowHosts.includes(host) || settings.webhookAllowHosts.includes(hostname);
  const literal = hostname.replace(/^\[|\]$/g, '');
  const inside = isIP(literal) !== 0 ? !isPublicAddress(literal) : /(^|\.)localhost\.?$/.test(literal);
  if (!allowed && inside)
    refuse('is an address inside a network, which webhooks may not reach unless WEBHOOK_ALLOW_HOSTS names it');
  if (protocol === 'http:' && !allowed) refuse('must begin with https://, unless its host is in WEBHOOK_ALLOW_HOSTS');
}

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
    refuseUrl(deps, body.url);
    const types = [...new Set(body.types ?? ['approval.decided' as const])];
    const { webhook, secret } = await changing(deps, caller, ip, async (trx) => {
      const result = await createWebhook(trx, deps.rings.seal, {
        url: body.url,
        types,
        agents: body.agents ?? ['*'],
        created_by: caller.person.id,
      });
      return {
        result,
        note: { type: 'webhook.created', data: { webhook_id: result.webhook.id, host: new URL(body.url).host, types } },
      };
    });
    deps.denials.forgetEndpoints();
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
    if (body.url !== undefined) refuseUrl(deps, body.url);
    const webhook = await changing(deps, caller, ip, async (trx) => {
      const result = await updateWebhook(trx, id, body);
      return {
        result,
        note: { type: 'webhook.updated', data: { webhook_id: id, changed: Object.keys(body), status: result.status } },
      };
    });
    deps.denials.forgetEndpoints();
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
    await changing(deps, caller, ip, async (trx) => ({
      result: await deleteWebhook(trx, id),
      note: { type: 'webhook.deleted', data: { webhook_id: id } },
    }));
    deps.denials.forgetEndpoints();
    return noContent();
  },
});

/** Time enough to deploy a receiver. */
const OLD_VALID_MS = 24 * 3_600_000;

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
    const rotated = await changing(deps, caller, ip, async (trx) => ({
      result: await rotateWebhook(trx, deps.rings.seal, id, new Date(deps.now() + OLD_VALID_MS)),
      note: { type: 'webhook.rotated', data: { webhook_id: id } },
    }));
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

export const redeliver = route({
  id: 'redeliver',
  method: 'post',
  path: '/api/deliveries/{id}/redeliver',
  tag,
  summary: 'Send a webhook once more, with the same id and body',
  access: 'admin',
  params: IdParams,
  answers: { 200: DeliverySchema },
  async handler(deps, { caller, params: { id }, ip }) {
    const missing = (): AgentWardenError =>
      new AgentWardenError(
        'not_found',
        'There is no webhook delivery of this id. Look it up with GET /api/webhooks/{id}/deliveries.',
      );
    const before = await findWebhookDelivery(deps.db, id);
    if (before === null) throw missing();
    await changing(deps, caller, ip, async (trx) => {
      if (!(await requeueDelivery(trx, id)))
        throw new AgentWardenError(
          'in_progress',
          'This delivery is still under way; it is tried again by itself. Nothing was changed.',
        );
      return {
        result: null,
        note: {
          type: 'webhook.redelivered',
          approval_id: before.approval_id,
          data: { delivery_id: id, webhook_id: before.webhook_id },
        },
      };
    });
    // A start that fails here is made up for: the row says that it was never tried.
    await deps.engine
      .redeliver(id)
      .catch((error: unknown) => deps.log.warn({ delivery: id, err: error }, 'delivery not started yet'));
    const after = await findWebhookDelivery(deps.db, id);
    if (after === null) throw missing();
    return ok(presentDelivery(after));
  },
});
