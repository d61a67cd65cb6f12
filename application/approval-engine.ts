/**
 * Every call to Temporal. Each has a deadline: without one the client retries for ever, and the caller never gets an
 * answer. Each failure becomes an `AgentWardenError`.
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
import { createKeyedSemaphore } from './keyed-semaphore';

export interface Engine {
  start(snapshot: Snapshot): Promise<'started' | 'already_started'>;
  /** Whether a workflow with this id exists, running or ended. */
  exists(id: string): Promise<boolean>;
  /** Sends a vote. Null when the workflow has ended. Throws its refusals, and `outcome_unknown` after the deadline. */
  decide(
    approval_id: string,
    vote: VoteRequest,
    update_id: string,
  ): Promise<(messages.Accepted & { vote: VoteAnswer }) | null>;
  cancel(approval_id: string, request: messages.CancelRequest, update_id: string): Promise<messages.Accepted | null>;
  /** Starts the delivery's workflow. Does nothing while it runs; an ended one runs again, and reads its row first. */
  deliver(delivery_id: string): Promise<void>;
  /** Like `deliver`, but waits a moment for an earlier run to close. */
  redeliver(delivery_id: string): Promise<void>;
  suspend(input: messages.SuspendInput): Promise<void>;
  health(): Promise<{ temporal: boolean; worker: boolean }>;
  /** Resolves when no call is running. Closing the connection under a call that retries would crash the process. */
  settled(): Promise<void>;
}

export const DEADLINES_MS = { start: 5_000, vote: 5_000, look: 2_000 } as const;
/** Added to the client's own deadline, in case that one does not fire. */
const GRACE_MS = 500;
/**
 * After this time another worker gets the task of a worker that died. People wait 5 s for an answer, so the usual 10 s
 * would fail their votes. A shorter time would run the tasks of a busy worker twice.
 */
const TASK_TIMEOUT = '5 seconds';
/** A worker that polled within this time counts as present. */
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
 * The workflow task that carried the update failed, as happens when the workflow ends at that moment. The server dropped
 * the update, so it can be sent again under the same id.
 */
const TASK_FAILED = status.FAILED_PRECONDITION;
const TASK_FAILED_STEP_MS = 100;

class DeadlinePassed extends Error {
  override readonly name = 'TooLate';
}

/** Per approval. Two API processes together stay below the ten updates that a server accepts at once. */
const UPDATES_AT_ONCE = 4;

/** Calls of Temporal, each with its deadline. */
function callsOf(client: Client, taskQueue: string) {
  const semaphore = createKeyedSemaphore(UPDATES_AT_ONCE);

  const under_way = new Set<Promise<unknown>>();

  async function withDeadline<T>(limit_ms: number, call: () => Promise<T>): Promise<T> {
    const called = client.withDeadline(Date.now() + limit_ms, call);
    const ended = called.catch(() => undefined).finally(() => under_way.delete(ended));
    under_way.add(ended);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DeadlinePassed()), limit_ms + GRACE_MS);
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
      await withDeadline(DEADLINES_MS.start, () =>
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
      return await withDeadline(DEADLINES_MS.vote, () =>
        semaphore(id, () => retryUpdate(() => handle.executeUpdate(definition, { args: [argument], updateId }))),
      );
    } catch (error) {
      return afterFailedUpdate(error);
    }
  }

  const settled = async (): Promise<void> => void (await Promise.all(under_way));
  return { within: withDeadline, start, update, settled };
}

/** Sends the update again while its workflow task fails, until the deadline. */
async function retryUpdate<T>(send: () => Promise<T>): Promise<T> {
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

/** Starts again until the earlier run has closed. A run records its end in Postgres a moment before it closes; a run that is still working needs no second one. */
async function startWhenClosed(start: () => Promise<'started' | 'already_started'>): Promise<void> {
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
    redeliver: (delivery_id) => startWhenClosed(() => startDelivery(delivery_id)),
    async suspend(input) {
      // Workflow ids are visible in Temporal's tools, and an agent's id is a name that its owner chose, so it is hashed.
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

/** Whether a worker has polled lately. */
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
    // The server reports this, not our code: the workflow ended before it handled the update.
    return null;
  }
  if (error instanceof ServiceError && codeOf(error) === status.ABORTED) return null;
  if (isAway(error) || codeOf(error) === TASK_FAILED)
    throw new AgentWardenError(
      'outcome_unknown',
      'The engine did not answer in time. Your request may still be carried out. Send it again: the answer says what happened.',
      {},
      { cause: error },
    );
  throw error;
}

/** The refusal that a workflow threw; null when the failure has none of our codes. */
export function refusalOf(cause: unknown): AgentWardenError | null {
  if (!(cause instanceof ApplicationFailure) || !isErrorCode(cause.type)) return null;
  const facts = (cause.details?.[0] ?? {}) as ErrorFacts;
  return new AgentWardenError(cause.type, cause.message, facts, { cause });
}

const codeOf = (error: unknown): unknown =>
  (error as { cause?: { code?: unknown } } | undefined)?.cause?.code ?? (error as { code?: unknown } | undefined)?.code;

function isAway(error: unknown): boolean {
  if (error instanceof DeadlinePassed || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
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
