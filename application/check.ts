/** Answers a check. With an idempotency key, a repeated check gets the first answer. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { claim, CLAIM_MS, releaseClaim, storeAnswer, type Claim } from '../db/idempotency';
import { newId } from '../db/ids';
import type { JsonObject } from '../domain/approval';
import { parseDuration } from '../domain/calendar';
import { canonical, checkContext, digestOf } from '../domain/digest';
import { AgentWardenError, invalidRequest } from '../domain/errors';
import type { AgentCaller } from './caller';
import { answerOfStarted, decideCheck, type CheckAnswer } from './check-decision';
import { agentFor, agentNotFound, keyInForce, type Configuration } from './configuration-cache';
import type { Deps } from './deps';
import type { AcceptedCheck } from './snapshot';

export type { CheckAnswer } from './check-decision';

/** The question as the agent sent it. */
export interface CheckQuestion {
  agent_id: string;
  action: string;
  context?: JsonObject | null | undefined;
  display?: JsonObject | null | undefined;
  /** An address or a user id. */
  requester?: string | null | undefined;
  on_behalf_of?: string | null | undefined;
  /** Wall time such as "2h", or seconds. */
  ttl?: string | number | null | undefined;
  metadata?: JsonObject | null | undefined;
}

export interface CheckResult {
  answer: CheckAnswer;
  /** The stored answer to an earlier request with the same key. */
  replayed: boolean;
}

/** Without a key (null), every call is a new check. */
export function check(
  deps: Deps,
  caller: AgentCaller,
  question: CheckQuestion,
  { ip, key }: { ip: string; key: string | null },
): Promise<CheckResult> {
  return key === null ? checkOnce(deps, caller, question, ip) : checkWithKey(deps, caller, question, ip, key);
}

async function checkOnce(deps: Deps, caller: AgentCaller, question: CheckQuestion, ip: string): Promise<CheckResult> {
  let configuration = await deps.configuration.cached();
  // The agent or the key may be newer than the configuration in memory.
  if (agentFor(configuration, caller.key, question.agent_id) === null) configuration = await deps.configuration.fresh();
  const asked = parseCheck(configuration, caller, question);
  const setting = { ip, now_ms: deps.now(), approval_id: newId('apr'), configuration };
  return { answer: await decideCheck(deps, caller, asked, setting), replayed: false };
}

/** The question with its agent looked up, its limits checked and its digest computed. */
function parseCheck(configuration: Configuration, { key }: AgentCaller, question: CheckQuestion): AcceptedCheck {
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

/** A time to live in milliseconds. Throws `invalid_request` for business time and for text that is no duration. */
export function ttlMs(ttl: string | number): number {
  if (typeof ttl === 'number') return Math.round(ttl * 1000);
  const ms = wallTimeMs(ttl);
  if (ms > 0) return ms;
  throw invalidRequest([
    { path: 'ttl', message: 'must be wall time such as "30m", "2h" or "5d", or a number of seconds' },
  ]);
}

/** 0 for text that is no wall time. */
function wallTimeMs(text: string): number {
  try {
    const parsed = parseDuration(text);
    return parsed.kind === 'wall' ? parsed.ms : 0;
  } catch {
    return 0;
  }
}

const CLAIM_POLL_MS = 50;
/** Longer than a claim lasts, so that the waiting request can take over the claim of a process that died. */
const CLAIM_PATIENCE_MS = CLAIM_MS + 2_000;

async function checkWithKey(
  deps: Deps,
  caller: AgentCaller,
  question: CheckQuestion,
  ip: string,
  key: string,
): Promise<CheckResult> {
  const configuration = await deps.configuration.fresh();
  if (keyInForce(configuration, caller.key.hash, deps.now()) === null)
    throw new AgentWardenError('unauthenticated', 'The agent key was revoked.');
  const asked = parseCheck(configuration, caller, question);
  const approval_id = newId('apr');
  // Checked before the stored answer is returned: otherwise a suspended agent would get an earlier approval again.
  if (asked.agent.status !== 'active') {
    const setting = { ip, now_ms: deps.now(), approval_id, configuration };
    return { answer: await decideCheck(deps, caller, asked, setting), replayed: false };
  }
  const scope = `check:${asked.agent.id}`;
  const request_hash = createHash('sha256')
    .update(canonical(question as unknown as JsonObject))
    .digest();
  const request = { scope, key, request_hash, approval_id, policy_version: configuration.policy_version };
  for (const until_ms = Date.now() + CLAIM_PATIENCE_MS; ; await pause(CLAIM_POLL_MS)) {
    const claimed = await claim(deps.db, request);
    if (claimed.ours) return answerClaimed(deps, caller, asked, { ip, configuration, claimed, scope, key });
    if (!claimed.same_request)
      throw new AgentWardenError(
        'idempotency_mismatch',
        'This Idempotency-Key was used before with another body. Nothing was done.',
      );
    if (claimed.answer !== null) return { answer: claimed.answer as unknown as CheckAnswer, replayed: true };
    if (Date.now() > until_ms)
      throw new AgentWardenError(
        'in_progress',
        'The first request with this Idempotency-Key is still being answered. Send it again shortly.',
      );
  }
}

interface ClaimedCheck {
  ip: string;
  configuration: Configuration;
  claimed: Claim;
  scope: string;
  key: string;
}

/** Answers the question whose key this request has claimed, and stores the answer. */
async function answerClaimed(
  deps: Deps,
  caller: AgentCaller,
  asked: AcceptedCheck,
  { ip, configuration, claimed, scope, key }: ClaimedCheck,
): Promise<CheckResult> {
  const { approval_id, created_at_ms, taken_over } = claimed;
  try {
    // A process that died after it started the workflow left a claim without an answer.
    const started = taken_over ? await answerOfStarted(deps, asked, approval_id) : null;
    const setting = { ip, now_ms: created_at_ms, approval_id, configuration };
    const answer = started ?? (await decideCheck(deps, caller, asked, setting));
    return { answer: await storeAnswer(deps.db, scope, key, answer), replayed: false };
  } catch (error) {
    await releaseClaim(deps.db, scope, key).catch(() => undefined);
    throw error;
  }
}
