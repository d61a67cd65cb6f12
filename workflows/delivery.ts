/** One webhook delivery. All of its schedule is in the retries of one activity: an attempt leaves no event in the history. */
import { deliver } from './calls';
import type { DeliveryInput } from './messages';

export async function delivery({ delivery_id }: DeliveryInput): Promise<'sent' | 'failed'> {
  return await deliver(delivery_id);
}
