/** The examples of the OpenAPI document: one per schema, all of the same story, a refund that people approve. */
import { z } from 'zod';
import { digestOf } from '../../domain/digest';

/** Schema → its example. The type holds an example to its schema; a test holds it to the document. */
export const EXAMPLES = z.registry<{ example: z.$input }>();

export const STORY = {
  agent_id: 'support-bot',
  action: 'refund.create',
  context: { order: 'A-1001', amount: 2000, currency: 'GBP' },
  display: { why: 'The parcel never arrived.' },
  metadata: { ticket: 'T-77' },
  digest: digestOf({
    agent_id: 'support-bot',
    action: 'refund.create',
    context: { order: 'A-1001', amount: 2000, currency: 'GBP' },
  }),
  approval_id: 'apr_5nWcS0v3ZbQyYk1mTt8RqA',
  approval_url: 'https://approvals.acme.example/approvals/apr_5nWcS0v3ZbQyYk1mTt8RqA',
  vote_id: 'vot_1kQ9dT4xYbWm7RzC2vLs0E',
  key_id: 'key_8tGp3XaL0uNf5JdVw6HsQb',
  permission_id: 'prm_2mZk7CyR4oTq9EnBx1WvUd',
  webhook_id: 'whk_6rFj1DhS8aPe3KcMy5ZtNg',
  delivery_id: 'dlv_9cVb4LoX2iUw7QgAs0JkHm',
  event_id: 'evt_3yTn6EzW1pRf8MhDv5BcXk',
  ana: { id: 'usr_7dKs2PvQ9xLm4NcTb1RwYf', name: 'Ana Soto' },
  ada: { id: 'usr_0hJg5BnM3zVk8FyXq6UtCe', name: 'Ada Admin' },
  requester: 'sam@acme.example',
  asked_at: '2026-11-27T16:00:00.000Z',
  decided_at: '2026-11-27T16:20:00.000Z',
  expires_at: '2026-12-27T16:00:00.000Z',
} as const;
