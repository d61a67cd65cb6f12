/** One webhook delivery. The schedule is in the retries of one activity, so failed attempts leave no events in the history. */
import { deliver } from './calls';
import type { DeliveryInput } from './messages';

export async function delivery({ delivery_id }: DeliveryInput): Promise<'sent' | 'failed'> {
  return await deliver(delivery_id);
}
