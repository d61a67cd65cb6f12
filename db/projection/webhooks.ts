/** Builds the webhook deliveries of one accepted command: one per endpoint that subscribed to the event type and the agent. */
import type { Command, ApprovalState, ApprovalEvent, Snapshot } from '../../domain/approval';
import { peopleNamed, approvalJson } from '../../domain/approval-json';
import { WEBHOOK_TYPES, webhookBody, type WebhookType } from '../../domain/webhook-events';
import { namesOf } from '../contacts';
import type { Db } from '../pool';
import { activeEndpoints, newDeliveries, wants } from '../webhooks/outgoing';

interface Accepted {
  event: Command;
  happenings: ApprovalEvent[];
  state: ApprovalState;
  snapshot: Snapshot;
}

const isWebhookType = (type: string): type is Exclude<WebhookType, 'check.denied'> =>
  (WEBHOOK_TYPES as readonly string[]).includes(type);

/** The rows for `deliveries`, written together with the command. */
export async function webhookDeliveries(trx: Db, { event, happenings, state, snapshot }: Accepted) {
  const types = [...new Set<string>(happenings.map((happening) => happening.type))].filter(isWebhookType);
  if (types.length === 0) return [];
  const rows = (await activeEndpoints(trx)).flatMap((endpoint) =>
    types.filter((type) => wants(type, snapshot.agent)(endpoint)).map((type) => ({ id: endpoint.id, type })),
  );
  if (rows.length === 0) return [];
  const approval = approvalJson({
    snapshot,
    state,
    names: await namesOf(trx, peopleNamed(state, [])),
    deliveries: [],
    grant:
      state.status === 'approved'
        ? {
            expires_at_ms: state.decided_at_ms! + snapshot.valid_for_ms,
            consumed_at_ms: null,
            use_id: null,
            revoked_at_ms: null,
          }
        : null,
    now_ms: event.at_ms,
    viewer: 'agent',
  });
  return newDeliveries(
    rows.map(({ id, type }) => ({
      webhook_id: id,
      approval_id: snapshot.approval_id,
      kind: type,
      body: JSON.stringify(webhookBody(type, approval, event.at_ms)),
    })),
  );
}
