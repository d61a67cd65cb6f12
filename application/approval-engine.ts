/**
 * Every call to Temporal: each has a deadline, and each failure is one of ours. Without a deadline the client would
 * try for ever, and the caller would never learn that nothing is known.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import {
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import {
  ApplicationFailure,
  NamespaceNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type UpdateDefinition,
} from '@temporalio/common';
import type { Snapshot, VoteAnswer, VoteRequest } from '../domain/approval';
import { AgentWardenError, isErrorCode, type ErrorFacts } from '../domain/errors';
import * as messages from '../workflows/messages';
import { createTurnstile } from './keyed-semaphore';

export interface Engine {
  start(snapshot: Snapshot): Promise<'started' | 'already_started'>;
  /** Whether a workflow of this id exists, ended ones included. */
  exists(id: string): Promise<boolean>;
  /** Null: the workflow is gone or went while it was asked. Throws its refusals, and `outcome_unknown` past the deadline. */
  decide(
    approval_id: string,
    vote: VoteRequest,
    update_id: string,
  ): Promise<(messages.Accepted & { vote: VoteAnswer }) | null>;
  cancel(approval_id: string, request: messages.CancelRequest, update_id: string): Promise<messages.Accepted | null>;
  /** Starting one that runs changes nothing; one whose run has ended runs anew, and looks at its row first. */
  deliver(delivery_id: string): Promise<void>;
  /** As `deliver`, and waits a moment for a former run to close. */
  redeliver(delivery_id: string): Promise<void>;
  suspend(input: messages.SuspendInput): Promise<void>;
  health(): Promise<{ temporal: boolean; worker: boolean }>;
  /** When the last call has ended: a connection that is closed under one that tries again brings the process down. */
  settled(): Promise<void>;
}

export const DEADLINES_MS = { start: 5_000, vote: 5_000, look: 2_000 } as const;
/** The client's own deadline comes first; this one is for the case that it does not. */
const GRACE_MS = 500;
/**
 * When a worker dies in the middle of a task, another one gets it after this: people wait 5 s for an answer, and the usual
 * 10 s would cost them two. Not shorter, because a task that a busy worker is late with is done twice.
 */
const TASK_TIMEOUT = '5 seconds';
/** A worker that polled within this time is there. */
const POLLER_SEEN_MS = 70_000;

/** gRPC codes that blame the server or our settings for reaching it, not the request. */
const AWAY: ReadonlySet<number> = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.PERMISSION_DENIED,
  status.RESOURCE_EXHAUSTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.UNAUTHENTICATED,
]);
/**
 * The workflow task that should have taken the update failed, as it does when the workflow ends at that very moment:
 * the update was dropped and may be sent again under its id.
 */
const TASK_FAILED = status.FAILED_PRECONDITION;
const TASK_FAILED_STEP_MS = 100;

class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** Of one approval, so that two processes of the API together stay below the ten that a server takes. */
const UPDATES_AT_ONCE = 4;

/** The three shapes of a call, each with its deadline. */
function callsOf(client: Client, taskQueue: string) {
  const turnstile = createTurnstile(UPDATES_AT_ONCE);

  const under_way = new Set<Promise<unknown>>();

  async function within<T>(limit_ms: number, call: () => Promise<T>): Promise<T> {
    const called = client.withDeadline(Date.now() + limit_ms, call);
    const ended = called.catch(() => undefined).finally(() => under_way.delete(ended));
    under_way.add(ended);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TooLate()), limit_ms + GRACE_MS);
    });
    try {
      return await Promise.race([called, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function start(
    name: string,
    workflowId: string,
    input: unknown,
    reuse: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE',
  ): Promise<'started' | 'already_started'> {
    try {
      await within(DEADLINES_MS.start, () =>
        client.workflow.start(name, {
          workflowId,
          taskQueue,
          args: [input],
          workflowIdReusePolicy: reuse,
          workflowTaskTimeout: TASK_TIMEOUT,
        }),
      );
      return 'started';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already_started';
      throw isAway(error) ? away(error) : error;
    }
  }

  async function update<R, A>(
    id: string,
    definition: UpdateDefinition<R, [A]>,
    argument: A,
    updateId: string,
  ): Promise<R | null> {
    const handle: WorkflowHandle = client.workflow.getHandle(id);
    try {
      return await within(DEADLINES_MS.vote, () =>
        turnstile(id, () => insist(() => handle.executeUpdate(definition, { args: [argument], updateId }))),
      );
    } catch (error) {
      return afterFailedUpdate(error);
    }
  }

  const settled = async (): Promise<void> => void (await Promise.all(under_way));
  return { within, start, update, settled };
}

/** Until somebody takes it, or the deadline. */
async function insist<T>(send: () => Promise<T>): Promise<T> {
  for (const end_ms = Date.now() + DEADLINES_MS.vote; ; await pause(TASK_FAILED_STEP_MS)) {
    try {
      return await send();
    } catch (error) {
      if (codeOf(error) !== TASK_FAILED || Date.now() > end_ms) throw error;
    }
  }
}

const CLOSING_TRIES = 20;
const CLOSING_STEP_MS = 100;

/** A run that has told Postgres its end may need a moment to close; one that is really under way does the work itself. */
async function again(start: () => Promise<'started' | 'already_started'>): Promise<void> {
  for (let tries = 1; (await start()) === 'already_started' && tries < CLOSING_TRIES; tries++)
    await pause(CLOSING_STEP_MS);
}

export function createEngine(client: Client, taskQueue: string): Engine {
  const { within, start, update, settled } = callsOf(client, taskQueue);
  const startDelivery = (delivery_id: string) =>
    start(
      messages.WORKFLOWS.delivery,
      delivery_id,
      { delivery_id } satisfies messages.DeliveryInput,
      'ALLOW_DUPLICATE',
    );
  return {
    start: (snapshot) =>
      start(
        messages.WORKFLOWS.approval,
        snapshot.approval_id,
        { snapshot } satisfies messages.ApprovalInput,
        'REJECT_DUPLICATE',
      ),
    async exists(id) {
      try {
        await within(DEADLINES_MS.look, () => client.workflow.getHandle(id).describe());
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw isAway(error) ? away(error) : error;
      }
    },
    decide: (id, vote, updateId) => update(id, messages.decide, { ...vote, approval_id: id }, updateId),
    cancel: (id, request, updateId) => update(id, messages.cancel, { ...request, approval_id: id }, updateId),
    deliver: async (delivery_id) => void (await startDelivery(delivery_id)),
    redeliver: (delivery_id) => again(() => startDelivery(delivery_id)),
    async suspend(input) {
      // An agent's id is a name that its owner chose, and workflow ids are seen by whoever runs Temporal.
      const id = createHash('sha256').update(input.agent_id).digest('base64url').slice(0, 22);
      await start(messages.WORKFLOWS.suspend, `suspend_${id}`, input, 'ALLOW_DUPLICATE');
    },
    settled,
    health: () =>
      within(DEADLINES_MS.look, () => polledBy(client, taskQueue)).then(
        (worker) => ({ temporal: true, worker }),
        () => ({ temporal: false, worker: false }),
      ),
  };
}

/** Whether a worker has asked for work lately. */
async function polledBy(client: Client, taskQueue: string): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: 1,
  });
  const seen_ms = (pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  return seen_ms.some((at_ms) => Date.now() - at_ms < POLLER_SEEN_MS);
}

function afterFailedUpdate(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  if (error instanceof WorkflowUpdateFailedError) {
    const refusal = refusalOf(error.cause);
    if (refusal) throw refusal;
    // The server's own failure: the workflow ended before it came to this update.
    return null;
  }
  if (error instanceof ServiceError && codeOf(error) === status.ABORTED) return null;
  if (isAway(error) || codeOf(error) === TASK_FAILED)
    throw new AgentWardenError(
      'outcome_unknown',
      'The engine did not answer in time. What you sent may still count: send it again, and the answer will tell.',
      {},
      { cause: error },
    );
  throw error;
}

/** Null: the failure is not one of ours. */
export function refusalOf(cause: unknown): AgentWardenError | null {
  if (!(cause instanceof ApplicationFailure) || !isErrorCode(cause.type)) return null;
  const facts = (cause.details?.[0] ?? {}) as ErrorFacts;
  return new AgentWardenError(cause.type, cause.message, facts, { cause });
}

const codeOf = (error: unknown): unknown =>
  (error as { cause?: { code?: unknown } } | undefined)?.cause?.code ?? (error as { code?: unknown } | undefined)?.code;

function isAway(error: unknown): boolean {
  if (error instanceof TooLate || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  if (error instanceof NamespaceNotFoundError) return true;
  const code = codeOf(error);
  return typeof code === 'number' && AWAY.has(code);
}

const away = (cause: unknown): AgentWardenError =>
  new AgentWardenError(
    'unavailable',
    'The workflow engine cannot be reached, so nobody can be asked now. Try again with the same Idempotency-Key: it will not ask twice.',
    {},
    { cause },
  );
