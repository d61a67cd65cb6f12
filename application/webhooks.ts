/** Webhook endpoints and their deliveries. */
import { isIP } from 'node:net';
import { findWebhookDelivery, requeueDelivery, type WebhookDeliveryFacts } from '../db/webhooks/deliveries';
import * as webhooks from '../db/webhooks/endpoints';
import type { Webhook, WebhookChanges } from '../db/webhooks/endpoints';
import type { KeyRing } from '../encryption/keys';
import { AgentWardenError, invalidRequest } from '../domain/errors';
import { isPublicAddress } from '../domain/public-address';
import { auditedChange, authorId, type Author } from './audited-change';
import type { Deps } from './deps';

export { listWebhookDeliveries, type WebhookDeliveryFacts } from '../db/webhooks/deliveries';
export { getWebhook, listWebhooks, type Webhook } from '../db/webhooks/endpoints';

/** Settings for endpoints: the key that encrypts their secrets, and the private hosts that webhooks may reach. */
export interface WebhookSettings {
  seal: KeyRing<'seal'>;
  allow_hosts: readonly string[];
}

export interface NewWebhook {
  url: string;
  types: string[];
  agents: string[];
}

/** The secret is returned once. */
export async function createWebhook(
  deps: Deps,
  author: Author,
  { seal, allow_hosts }: WebhookSettings,
  { url, types, agents }: NewWebhook,
): Promise<{ webhook: Webhook; secret: string }> {
  refuseUrl(allow_hosts, url);
  const created = await auditedChange(deps, author, async (trx) => {
    const result = await webhooks.createWebhook(trx, seal, { url, types, agents, created_by: authorId(author) });
    const data = { webhook_id: result.webhook.id, host: new URL(url).host, types };
    return { result, note: { type: 'webhook.created', data } };
  });
  deps.denials.forgetEndpoints();
  return created;
}

export async function updateWebhook(
  deps: Deps,
  author: Author,
  { allow_hosts }: Pick<WebhookSettings, 'allow_hosts'>,
  id: string,
  changes: WebhookChanges,
): Promise<Webhook> {
  if (changes.url !== undefined) refuseUrl(allow_hosts, changes.url);
  const webhook = await auditedChange(deps, author, async (trx) => {
    const result = await webhooks.updateWebhook(trx, id, changes);
    const data = { webhook_id: id, changed: Object.keys(changes), status: result.status };
    return { result, note: { type: 'webhook.updated', data } };
  });
  deps.denials.forgetEndpoints();
  return webhook;
}

/** Deletes the endpoint and its deliveries. */
export async function deleteWebhook(deps: Deps, author: Author, id: string): Promise<void> {
  await auditedChange(deps, author, async (trx) => ({
    result: await webhooks.deleteWebhook(trx, id),
    note: { type: 'webhook.deleted', data: { webhook_id: id } },
  }));
  deps.denials.forgetEndpoints();
}

/** The old secret stays valid this long, enough to deploy the receiver with the new one. */
const OLD_VALID_MS = 24 * 3_600_000;

/** Creates a new secret. For a day, deliveries are signed with both secrets. */
export const rotateWebhook = (deps: Deps, author: Author, { seal }: Pick<WebhookSettings, 'seal'>, id: string) =>
  auditedChange(deps, author, async (trx) => ({
    result: await webhooks.rotateWebhook(trx, seal, id, new Date(deps.now() + OLD_VALID_MS)),
    note: { type: 'webhook.rotated', data: { webhook_id: id } },
  }));

/** Sends an ended delivery again. Throws `in_progress` while attempts still run. */
export async function redeliver(deps: Deps, author: Author, id: string): Promise<WebhookDeliveryFacts> {
  const { approval_id, webhook_id } = await getDelivery(deps, id);
  await auditedChange(deps, author, async (trx) => {
    if (!(await requeueDelivery(trx, id)))
      throw new AgentWardenError(
        'in_progress',
        'This delivery is still under way; it is tried again by itself. Nothing was changed.',
      );
    return { result: null, note: { type: 'webhook.redelivered', approval_id, data: { delivery_id: id, webhook_id } } };
  });
  // If this start fails, `startLostDeliveries` repeats it: the row shows that no attempt was made.
  await deps.engine
    .redeliver(id)
    .catch((error: unknown) => deps.log.warn({ delivery: id, err: error }, 'delivery not started yet'));
  return getDelivery(deps, id);
}

async function getDelivery(deps: Deps, id: string): Promise<WebhookDeliveryFacts> {
  const found = await findWebhookDelivery(deps.db, id);
  if (found !== null) return found;
  throw new AgentWardenError(
    'not_found',
    'There is no webhook delivery with this id. Look it up with GET /api/webhooks/{id}/deliveries.',
  );
}

/** Refuses a URL that can never work. The IP addresses of its host are checked at each connection (T38). */
function refuseUrl(allow_hosts: readonly string[], url: string): void {
  const refuse = (message: string): never => {
    throw invalidRequest([{ path: 'url', message }]);
  };
  if (!URL.canParse(url)) refuse('is not a URL like https://example.com/agentwarden');
  const { protocol, host, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '')
    refuse('contains a user name or password; receivers recognise our posts by the signature');
  if (protocol !== 'https:' && protocol !== 'http:') refuse('must begin with https://');
  const allowed = allow_hosts.includes(host) || allow_hosts.includes(hostname);
  const literal = hostname.replace(/^\[|\]$/g, '');
  const inside = isIP(literal) !== 0 ? !isPublicAddress(literal) : /(^|\.)localhost\.?$/.test(literal);
  if (!allowed && inside)
    refuse('is an address inside a network, which webhooks may not reach unless WEBHOOK_ALLOW_HOSTS names it');
  if (protocol === 'http:' && !allowed) refuse('must begin with https://, unless its host is in WEBHOOK_ALLOW_HOSTS');
}
