/** Cancels every pending approval of a suspended or deleted agent, page by page. */
import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import { cancelPending } from './calls';
import type { SuspendInput } from './messages';

export async function suspend(input: SuspendInput, after: string | null = null): Promise<void> {
  for (;;) {
    after = await cancelPending({ ...input, after });
    if (after === null) return;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof suspend>(input, after);
  }
}
