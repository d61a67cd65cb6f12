/** `POST /sdk/check`: the question before an action. Every answer is in the audit before it is given. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { claim, CLAIM_MS, releaseClaim, storeAnswer, type Claim } from '../../db/idempotency';
import { newId } from '../../db/ids';
import { RISKS } from '../../domain/approval';
import { parseDuration } from '../../domain/calendar';
import { canonical, checkContext, digestOf } from '../../domain/digest';
import { CHECK_REASON_CODES } from '../../domain/evaluate';
import { AgentWardenError, invalidRequest } from '../../domain/errors';
import type { AgentCaller } from '../../application/caller';
import { answerOfStarted, decideCheck, type CheckAnswer } from '../../application/check';
import { agentFor, agentNotFound, keyInForce, type Configuration } from '../../application/configuration-cache';
import type { HttpDeps } from '../http/deps';
import { ok, route, type JsonAnswer } from '../http/route';
import type { Asked } from '../../application/snapshot';
import { idempotencyKey } from '../http/idempotency-key';
import {
  Action,
  AgentRef,
  Digest,
  IdempotencyHeader,
  Identity,
  Instant,
  JsonObjectOrNull,
  JsonObjectSchema,
} from '../http/schemas';

const Ttl = z
  .union([
    z.string().max(20),
    z
      .number()
      .positive()
      .max(366 * 86_400),
  ])
  .meta({ description: 'Like "2h", or seconds; can only shorten the policy\'s.' });

export const CheckBody = z
  .strictObject({
    agent_id: AgentRef,
    action: Action,
    context: JsonObjectOrNull.optional(),
    display: JsonObjectOrNull.optional(),
    requester: Identity.nullish(),
    on_behalf_of: Identity.nullish(),
    ttl: Ttl.nullish(),
    metadata: JsonObjectOrNull.optional(),
  })
  .meta({ id: 'Check' });

const CheckAnswerSchema = z
  .object({
    decision: z.enum(['allow', 'deny', 'require_approval']),
    allowed: z.boolean(),
    requires_approval: z.boolean(),
    approval_id: z.string().nullable(),
    approval_url: z.string().nullable(),
    status: z.enum(['pending']).nullable(),
    reason: z.string(),
    reason_code: z.enum(CHECK_REASON_CODES).nullable(),
    policy: z.object({ version: z.int(), rule: z.string().nullable() }),
    risk: z.enum(RISKS),
    digest: Digest,
    expires_at: Instant.nullable(),
    check_id: z.string(),
    metadata: JsonObjectSchema,
  })
  .meta({ id: 'CheckAnswer' }) satisfies z.ZodType<CheckAnswer>;

export const checkRoute = route({
  id: 'check',
  method: 'post',
  path: '/sdk/check',
  tag: 'agents',
  summary: 'Ask whether an agent may act now',
  access: 'agentCached',
  limit: 'check',
  request_headers: IdempotencyHeader,
  body: CheckBody,
  answers: { 200: CheckAnswerSchema },
  answer_headers: {
    'Idempotent-Replayed': '`true` when this is the stored answer to an earlier request with the same key',
  },
  handler(deps, { caller, body, headers, ip }) {
    const key = idempotencyKey(headers['idempotency-key']);
    return key === null ? checkOnce(deps, caller, body, ip) : checkWithKey(deps, caller, body, ip, key);
  },
});

export type Question = z.output<typeof CheckBody>;
type Answered = JsonAnswer<200, CheckAnswer>;

async function checkOnce(deps: HttpDeps, caller: AgentCaller, question: Question, ip: string): Promise<Answered> {
  let configuration = await deps.configuration.cached();
  // An agent or a key that this process has not heard of yet.
  if (agentFor(configuration, caller.key, question.agent_id) === null) configuration = await deps.configuration.fresh();
  const asked = understand(configuration, caller, question);
  const now_ms = deps.now();
  return ok(await decideCheck(deps, caller, asked, { ip, now_ms, approval_id: newId('apr'), configuration }));
}

/** Who asks and what, with all limits kept. */
function understand(configuration: Configuration, { key }: AgentCaller, question: Question): Asked {
  const agent = agentFor(configuration, key, question.agent_id);
  if (agent === null) throw agentNotFound(question.agent_id);
  const context = question.context ?? {};
  const display = question.display ?? null;
  const metadata = question.metadata ?? {};
  checkContext(context);
  if (display !== null) checkContext(display, 'display');
  checkContext(metadata, 'metadata');
  return {
    agent,
    action: question.action,
    context,
    display,
    metadata,
    digest: digestOf({ agent_id: agent.id, action: question.action, context }),
    requester: question.requester ?? null,
    on_behalf_of: question.on_behalf_of ?? null,
    ...(question.ttl === undefined || question.ttl === null ? {} : { ttl_ms: ttlMs(question.ttl) }),
  };
}

/** Milliseconds. */
export function ttlMs(ttl: string | number): number {
  if (typeof ttl === 'number') return Math.round(ttl * 1000);
  const ms = wallTimeMs(ttl);
  if (ms > 0) return ms;
  throw invalidRequest([
    { path: 'ttl', message: 'must be wall time such as "30m", "2h" or "5d", or a number of seconds' },
  ]);
}

/** 0 for whatever is no wall time. */
function wallTimeMs(text: string): number {
  try {
    const parsed = parseDuration(text);
    return parsed.kind === 'wall' ? parsed.ms : 0;
  } catch {
    return 0;
  }
}

const WAIT_STEP_MS = 50;
const PATIENCE_MS = CLAIM_MS + 2_000;

async function checkWithKey(
  deps: HttpDeps,
  caller: AgentCaller,
  question: Question,
  ip: string,
  key: string,
): Promise<Answered> {
  const configuration = await deps.configuration.fresh();
  if (keyInForce(configuration, caller.key.hash, deps.now()) === null)
    throw new AgentWardenError('unauthenticated', 'The agent key was revoked.');
  const asked = understand(configuration, caller, question);
  const approval_id = newId('apr');
  // Tested before a replay: a suspended agent gets no earlier yes again.
  if (asked.agent.status !== 'active')
    return ok(await decideCheck(deps, caller, asked, { ip, now_ms: deps.now(), approval_id, configuration }));
  const scope = `check:${asked.agent.id}`;
  const request_hash = createHash('sha256').update(canonical(question)).digest();
  const request = { scope, key, request_hash, approval_id, policy_version: configuration.policy_version };
  for (const until_ms = Date.now() + PATIENCE_MS; ; await pause(WAIT_STEP_MS)) {
    const claimed = await claim(deps.db, request);
    if (claimed.ours) return finish(deps, caller, asked, { ip, configuration, claimed, scope, key });
    if (!claimed.same_request)
      throw new AgentWardenError(
        'idempotency_mismatch',
        'This Idempotency-Key was used before with another body. Nothing was done.',
      );
    if (claimed.answer !== null) return ok(claimed.answer as unknown as CheckAnswer, { 'Idempotent-Replayed': 'true' });
    if (Date.now() > until_ms)
      throw new AgentWardenError(
        'in_progress',
        'The first request with this Idempotency-Key is still being answered. Send it again shortly.',
      );
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Finishing {
  ip: string;
  configuration: Configuration;
  claimed: Claim;
  scope: string;
  key: string;
}

async function finish(
  deps: HttpDeps,
  caller: AgentCaller,
  asked: Asked,
  { ip, configuration, claimed, scope, key }: Finishing,
): Promise<Answered> {
  const { approval_id, created_at_ms, taken_over } = claimed;
  try {
    // Whoever came before may have started the workflow and died before the answer was stored.
    const started = taken_over ? await answerOfStarted(deps, asked, approval_id) : null;
    const answer =
      started ?? (await decideCheck(deps, caller, asked, { ip, now_ms: created_at_ms, approval_id, configuration }));
    return ok(await storeAnswer(deps.db, scope, key, answer));
  } catch (error) {
    await releaseClaim(deps.db, scope, key).catch(() => undefined);
    throw error;
  }
}
