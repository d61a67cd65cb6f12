/** All activities by the names that workflows call. The worker supplies their dependencies. */
import { Context } from '@temporalio/activity';
import type { RecordInput } from '../db/projection/record';
import { lookUpFacts, type FactsQuestion } from './facts';
import { notify, type NotifyDeps, type NotifyInput } from './notify';
import { recordOrAlert, type RecordDeps } from './record';
import { cancelPage, type SuspendDeps, type SuspendPage } from './suspend';
import { deliverWebhook, type WebhookDeps } from './webhook';

export type ActivityDeps = NotifyDeps & WebhookDeps & RecordDeps & SuspendDeps;

export type Activities = ReturnType<typeof createActivities>;

export const createActivities = (deps: ActivityDeps) => ({
  facts: (question: FactsQuestion) => lookUpFacts(deps.db, question),
  record: (input: RecordInput) => recordOrAlert(deps, input),
  notify: (input: NotifyInput) => notify(deps, input, Context.current().cancelled),
  deliver: (delivery_id: string) => deliverWebhook(deps, delivery_id),
  cancelPending: (page: SuspendPage) => cancelPage(deps, page),
});
