/** A webhook endpoint and its deliveries, as requests give them and as answers show them. */
import { z } from 'zod';
import { WEBHOOK_TYPES } from '../../domain/webhook-events';
import { EXAMPLES, STORY } from '../http/examples';
import { AgentPatterns, idParams, Instant, text } from '../http/schemas';

const Types = z.array(z.enum(WEBHOOK_TYPES)).min(1).max(WEBHOOK_TYPES.length);
const Url = text(2000).min(1);

const TEXTS = {
  url: 'Where events are posted; `https://` unless WEBHOOK_ALLOW_HOSTS names its host.',
  types: 'The types of events that are posted.',
  agents: 'The agents whose events are posted: ids, names, or patterns such as `deploy-*`; `*` is all.',
  status: '`disabled`: nothing is posted. An endpoint that answers 410 is disabled automatically.',
};

export const WebhookParams = idParams("The endpoint's id, `whk_…`.", STORY.webhook_id);
export const DeliveryParams = idParams("The delivery's id, `dlv_…`.", STORY.delivery_id);

const fields = {
  id: z.string().describe('Endpoint id, `whk_…`.'),
  url: z.string().describe(TEXTS.url),
  types: z.array(z.string()).describe(TEXTS.types),
  agents: z.array(z.string()).describe(TEXTS.agents),
  status: z.enum(['active', 'disabled']).describe(TEXTS.status),
};
const example = {
  id: STORY.webhook_id,
  url: 'https://acme.example/agentwarden',
  types: ['approval.decided'],
  agents: ['*'],
  status: 'active' as const,
};
const SECRET = 'whsec_RXhhbXBsZSBzZWNyZXQgdGhhdCBzaWducyBub3RoaW5n';

export const WebhookSchema = z
  .object(fields)
  .meta({ id: 'Webhook', description: 'An endpoint to which events are posted.' })
  .register(EXAMPLES, { example });

export const NewWebhookSchema = z
  .object({
    ...fields,
    secret: z
      .string()
      .describe('Signs each post (Standard Webhooks): `whsec_` and base64. Keep it secret; it cannot be read again.'),
  })
  .meta({ id: 'MadeWebhook', description: 'A new endpoint. Only this answer shows its secret.' })
  .register(EXAMPLES, { example: { ...example, secret: SECRET } });

export const NewWebhook = z
  .strictObject({
    url: Url.describe(TEXTS.url),
    types: Types.nullish().describe(`${TEXTS.types} Null or absent: \`approval.decided\`.`),
    agents: AgentPatterns.nullish().describe(`${TEXTS.agents} Null or absent: all agents.`),
  })
  .meta({ id: 'NewWebhook', description: 'An endpoint to register.' })
  .register(EXAMPLES, { example: { url: example.url, types: ['approval.decided'], agents: ['deploy-*'] } });

export const WebhookChanges = z
  .strictObject({
    url: Url.optional().describe(TEXTS.url),
    types: Types.optional().describe(TEXTS.types),
    agents: AgentPatterns.optional().describe(TEXTS.agents),
    status: z.enum(['active', 'disabled']).optional().describe(TEXTS.status),
  })
  .meta({ id: 'WebhookChanges', description: 'What to change of an endpoint. A field that is absent stays.' })
  .register(EXAMPLES, { example: { status: 'active' } });

export const RotatedSchema = z
  .object({
    secret: z.string().describe('The new secret: `whsec_` and base64. Keep it secret; it cannot be read again.'),
    old_valid_until: Instant.describe('Until when the previous secret signs too, RFC 3339 in UTC: one day.'),
  })
  .register(EXAMPLES, { example: { secret: SECRET, old_valid_until: '2026-11-28T16:00:00.000Z' } });

const SENT = {
  id: STORY.delivery_id,
  webhook_id: STORY.webhook_id,
  type: 'approval.decided',
  approval_id: STORY.approval_id,
  status: 'sent' as const,
  attempts: 1,
  error: null,
  created_at: STORY.decided_at,
  finished_at: '2026-11-27T16:20:01.000Z',
};
export const REQUEUED = { ...SENT, status: 'queued' as const, attempts: 0, finished_at: null };

export const DeliverySchema = z
  .object({
    id: z.string().describe('Delivery id, `dlv_…`; it is the `webhook-id` header of the post.'),
    webhook_id: z.string().describe('Id of the endpoint, `whk_…`.'),
    type: z.string().describe('Type of the event, such as `approval.decided`.'),
    approval_id: z
      .string()
      .nullable()
      .describe('The approval that the event is about, `apr_…`. Null for a denied check.'),
    status: z
      .enum(['queued', 'sent', 'failed'])
      .describe('`queued` until the endpoint has answered 2xx (`sent`) or all attempts are used up (`failed`).'),
    attempts: z.int().describe('How often it was posted.'),
    error: z.string().nullable().describe('Why the last attempt failed. Null without an error.'),
    created_at: Instant.describe('When the event happened, RFC 3339 in UTC.'),
    finished_at: Instant.nullable().describe('When it was sent or given up, RFC 3339 in UTC. Null while it is queued.'),
  })
  .meta({ id: 'WebhookDelivery', description: 'One event on its way to one endpoint.' })
  .register(EXAMPLES, { example: SENT });
