/** Finds the endpoints of an event and creates deliveries for them. A workflow per delivery posts them. */
import { matchesAgent } from '../../domain/patterns';
import type { WebhookType } from '../../domain/webhook-events';
import { newId } from '../ids';
import type { Db } from '../pool';

export interface Endpoint {
  id: string;
  types: string[];
  agents: string[];
}

export const activeEndpoints = (db: Db): Promise<Endpoint[]> =>
  db.selectFrom('webhooks').select(['id', 'types', 'agents']).where('status', '=', 'active').execute();

/** Whether an endpoint subscribed to this event type and this agent. */
export const wants =
  (type: WebhookType, agent: { id: string; name: string }) =>
  ({ types, agents }: Endpoint): boolean =>
    types.includes(type) && matchesAgent(agents, agent);

export interface NewWebhookDelivery {
  webhook_id: string;
  approval_id: string | null;
  kind: string;
  /** The exact text that will be signed. */
  body: string;
}

export const newDeliveries = (deliveries: readonly NewWebhookDelivery[]) =>
  deliveries.map((delivery) => ({ id: newId('dlv'), channel: 'webhook', ...delivery }));

/** Returns the ids, in the order of `deliveries`. */
export async function insertWebhookDeliveries(db: Db, deliveries: readonly NewWebhookDelivery[]): Promise<string[]> {
  if (deliveries.length === 0) return [];
  const rows = newDeliveries(deliveries);
  await db.insertInto('deliveries').values(rows).execute();
  return rows.map(({ id }) => id);
}

const BATCH = 100;

/** Ids of deliveries whose workflow was never started: queued before `before`, and never attempted. */
export async function lostDeliveries(db: Db, before: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select('id')
    .where('webhook_id', 'is not', null)
    .where('status', '=', 'queued')
    .where('attempts', '=', 0)
    .where('created_at', '<', before)
    .orderBy('created_at')
    .limit(BATCH)
    .execute();
  return rows.map(({ id }) => id);
}
