/** What the workflows can have done for them; the worker gives the dependencies. */
import { Context } from '@temporalio/activity';
import { deliverWebhook, type CallbackDeps } from './callback';
import { lookUpFacts, type FactsQuestion } from './facts';
import { sendNotification, type Notification, type NotifyDeps } from './notify';
import { recordOrAlert, type RecordDeps } from './record';
import { cancelPage, type SuspendDeps, type SuspendPage } from './suspend';
import type { RecordInput } from '../db/projection';

export type ActivityDeps = NotifyDeps & CallbackDeps & RecordDeps & SuspendDeps;

export type Activities = ReturnType<typeof createActivities>;

export const createActivities = (deps: ActivityDeps) => ({
  facts: (question: FactsQuestion) => lookUpFacts(deps.db, question),
  record: (input: RecordInput) => recordOrAlert(deps, input),
  notify: (notification: Notification) => sendNotification(deps, notification, Context.current().cancelled),
  deliver: (delivery_id: string) => deliverWebhook(deps, delivery_id),
  cancelPending: (page: SuspendPage) => cancelPage(deps, page),
});
