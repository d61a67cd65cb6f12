/** The contract of the workflows: what they are started with, asked and told. The API and other Temporal clients import only this. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  Actor,
  Command,
  ApprovalState,
  ApprovalStatus,
  CancelRequest,
  Snapshot,
  VoteAnswer,
  VoteRequest,
} from '../domain/approval';

/** Names of the workflow types, as a client starts them. */
export const WORKFLOWS = { approval: 'approval', delivery: 'delivery', suspend: 'suspend' } as const;

/** Servers of others, for which a message waits. Each has a task queue of its own: one that is slow holds up nothing else (T39). */
export const CARRIERS = ['email', 'sms', 'slack', 'webhook'] as const;

export const carrierQueue = (taskQueue: string, carrier: (typeof CARRIERS)[number]): string =>
  `${taskQueue}-${carrier}`;

export interface ApprovalInput {
  snapshot: Snapshot;
  /** Only after continue-as-new: where the run before stopped. */
  state?: ApprovalState;
  pending?: Command[];
  /** Levels of which somebody got a request. */
  reached?: string[];
}

/** The approval as it was right after the event, so that a caller can wait for the projection to show it. */
export interface Accepted {
  status: ApprovalStatus;
  version: number;
}

export type { CancelRequest };

/** Names the approval that it is for: a message is encrypted but opens everywhere, so a copy sent to another approval is refused there. */
export type Addressed<Request> = Request & { approval_id: string };

/** A vote that waits for its answer. Refusals arrive as `ApplicationFailure` with one of our codes as type and the facts as its first detail. */
export const decide = defineUpdate<Accepted & { vote: VoteAnswer }, [Addressed<VoteRequest>]>('decide');

/** The same vote for callers that need no answer; goes through the same queue. */
export const decision = defineSignal<[Addressed<VoteRequest>]>('decision');

export const cancel = defineUpdate<Accepted, [Addressed<CancelRequest>]>('cancel');

/** For operators and drills; the product itself reads the projection. */
export const state = defineQuery<ApprovalState>('state');

/** A webhook delivery: loads its row, posts until it is accepted or the schedule is used up. Its workflow id is the delivery's id. */
export interface DeliveryInput {
  delivery_id: string;
}

/** Cancels every pending approval of an agent. */
export interface SuspendInput {
  agent_id: string;
  by: Actor;
  reason: string | null;
}
