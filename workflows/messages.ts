/** The contract of the workflows: their inputs, updates, signals and queries. Temporal clients, the API included, import only this file. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  Actor,
  ApprovalState,
  ApprovalStatus,
  CancelRequest,
  CarrierName,
  Command,
  Snapshot,
  VoteAnswer,
  VoteRequest,
} from '../domain/approval';

/** The workflow types, as a client starts them. */
export const WORKFLOWS = { approval: 'approval', delivery: 'delivery', suspend: 'suspend' } as const;

/** Each carrier has a task queue of its own, so that a slow outside service delays no other channel (T39). */
export const carrierQueue = (taskQueue: string, carrier: CarrierName): string => `${taskQueue}-${carrier}`;

export interface ApprovalInput {
  snapshot: Snapshot;
  /** State at the end of the previous run. Absent in the first run. */
  state?: ApprovalState;
  /** Commands that the previous run left in its inbox. */
  pending?: Command[];
  /** Levels at which somebody received a request. */
  reached?: string[];
}

/** The approval right after the command, so that a caller can wait until the projection shows it. */
export interface Accepted {
  status: ApprovalStatus;
  version: number;
}

export type { CancelRequest };

/**
 * A message that names its approval. Messages are encrypted, but every workflow can decrypt them: the id makes a copy that
 * was sent to another approval fail there.
 */
export type Addressed<Request> = Request & { approval_id: string };

/** A vote whose caller waits for the answer. A refusal is an `ApplicationFailure`: its type is the error code, its first detail the facts. */
export const decide = defineUpdate<Accepted & { vote: VoteAnswer }, [Addressed<VoteRequest>]>('decide');

/** The same vote, for callers that need no answer. It goes through the same inbox. */
export const decision = defineSignal<[Addressed<VoteRequest>]>('decision');

/** A cancellation whose caller waits for the answer. */
export const cancel = defineUpdate<Accepted, [Addressed<CancelRequest>]>('cancel');

/** For operators and drills. The product itself reads the projection in Postgres. */
export const state = defineQuery<ApprovalState>('state');

/** Input of one webhook delivery. The delivery's id is also the workflow id. */
export interface DeliveryInput {
  delivery_id: string;
}

/** Input of the workflow that cancels every pending approval of an agent. */
export interface SuspendInput {
  agent_id: string;
  by: Actor;
  reason: string | null;
}
