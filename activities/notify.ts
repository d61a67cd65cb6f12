/** The activity `notify`: one attempt to send one message. The workflow chooses the recipient and the channel. */
import { ApplicationFailure } from '@temporalio/activity';
import { parseTarget, type Delivery } from '../domain/approval';
import { NO_LONGER_NEEDED, peopleNamed } from '../domain/approval-json';
import { contactOf, namesOf } from '../db/contacts';
import { findApproval, type StoredApproval } from '../db/approvals';
import { beginAttempt, markFailed, markSent, noteError, OUTCOME_UNKNOWN, threadOf, wasReached } from '../db/deliveries';
import type { Db } from '../db/pool';
import { delegatorName } from '../db/voting-rights';
import type { Reviewer } from '../rendering/view';
import { DeliveryError, type Carriers, type Message } from './carrier';
import { composeMessage, type LinkMaker } from './compose';

/** One delivery by its ids: the text and the address are looked up at each attempt, so they are never out of date. */
export interface NotifyInput extends Pick<Delivery, 'delivery_id' | 'kind' | 'level' | 'person' | 'channel'> {
  approval_id: string;
  /** How many more channels this person has, in case this one fails. */
  further: number;
}

export interface NotifyDeps {
  db: Db;
  carriers: Carriers;
  links: LinkMaker;
  log: { warn(facts: object, message: string): void };
  now_ms(): number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * Delays before the second, third … attempt. While the person has another channel we move on after ten minutes; the last
 * one is tried for an hour and a half, which outlives most outages of a mail server.
 */
const IMPATIENT_MS = [5 * SECOND_MS, 20 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS, 5 * MINUTE_MS];
const PATIENT_MS = [...IMPATIENT_MS, 10 * MINUTE_MS, 15 * MINUTE_MS, 25 * MINUTE_MS, 30 * MINUTE_MS];
/** The activity times out after 30 s. This leaves room for Postgres. */
const CARRIER_LIMIT_MS = 25 * SECOND_MS;
/** If a provider asks for a longer delay, the person's next channel is faster. */
const MAX_RETRY_AFTER_MS = 15 * MINUTE_MS;

/** Returns `sent` also if the message is no longer needed. `failed` is final; the delivery stores the reason. */
export async function notify(
  deps: NotifyDeps,
  input: NotifyInput,
  /** Rejects when the worker stops: this attempt is abandoned, and another worker makes the next one. */
  stopped: Promise<never>,
): Promise<'sent' | 'failed'> {
  const { approval_id, delivery_id, kind, level, person, channel } = input;
  const attempt = await beginAttempt(deps.db, { id: delivery_id, approval_id, kind, level, person, channel });
  // A worker stored the result and died before Temporal learned it.
  if (attempt.status !== 'queued') return attempt.status;
  try {
    const message = await messageFor(deps, input);
    if (message === null) {
      await markFailed(deps.db, delivery_id, attempt.maybeSent ? OUTCOME_UNKNOWN : NO_LONGER_NEEDED);
      return 'sent';
    }
    await markSent(deps.db, delivery_id, await Promise.race([sendWithLimit(deps.carriers, message), stopped]));
    return 'sent';
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return await retryOrFail(deps, input, attempt.attempts, error);
  }
}

async function retryOrFail(
  { db, log }: NotifyDeps,
  { delivery_id, channel, further }: NotifyInput,
  attempts: number,
  { code, final, retry_after_ms }: DeliveryError,
): Promise<'failed'> {
  const delay_ms = (further > 0 ? IMPATIENT_MS : PATIENT_MS)[attempts - 1];
  log.warn({ delivery_id, channel, code, attempts }, 'a message did not go out');
  if (final || delay_ms === undefined || (retry_after_ms ?? 0) > MAX_RETRY_AFTER_MS) {
    await markFailed(db, delivery_id, code);
    return 'failed';
  }
  await noteError(db, delivery_id, code);
  throw ApplicationFailure.create({
    type: 'delivery_failed',
    message: code,
    nextRetryDelay: Math.max(delay_ms, retry_after_ms ?? 0),
  });
}

/** Null: the message is no longer needed. */
async function messageFor({ db, links, now_ms }: NotifyDeps, input: NotifyInput): Promise<Message | null> {
  const { approval_id, delivery_id, kind, level, person, channel } = input;
  const approval = await findApproval(db, approval_id);
  if (approval === null) throw new DeliveryError('approval_unknown', true);
  if (!(await isNeeded(db, input, approval))) return null;
  const recipient = await recipientOf(db, input, approval, now_ms());
  return composeMessage(links, {
    ...approval,
    ...recipient,
    delivery_id,
    kind,
    level,
    person,
    names: await namesOf(db, peopleNamed(approval.state, [])),
    thread: await threadOf(db, { approval_id, person, channel }),
    now_ms: now_ms(),
  });
}

/** Skip requests for levels that are no longer open, and outcomes for people who never got the request. */
async function isNeeded(
  db: Db,
  { approval_id, kind, level: name, person, channel }: NotifyInput,
  { state }: StoredApproval,
): Promise<boolean> {
  if (kind === 'alert') return true;
  if (kind === 'outcome') return wasReached(db, { approval_id, person, channel });
  if (state.status !== 'pending') return false;
  const level = state.levels.find((candidate) => candidate.name === name);
  return level === undefined || level.status === 'open';
}

interface Recipient {
  channel: Message['channel'];
  address: string;
  /** Null: a shared channel. */
  reviewer: Reviewer | null;
}

async function recipientOf(
  db: Db,
  { person, channel: target, level }: NotifyInput,
  approval: StoredApproval,
  at_ms: number,
): Promise<Recipient> {
  const { channel, shared } = parseTarget(target) ?? unknownChannel();
  if (person === null) return { channel, address: shared ?? unknownChannel(), reviewer: null };
  if (shared !== null) return unknownChannel();
  const contact = await contactOf(db, person, channel);
  if (contact === null) throw new DeliveryError('person_inactive', true);
  if (contact.address === null) throw new DeliveryError('no_address', true);
  const { id, name, timezone, address, is_delegate } = contact;
  // Only a delegate can stand in for somebody, so everybody else costs no second query.
  const stands_in_for = is_delegate ? await delegatorName(db, approval, { person, level, at_ms }) : null;
  return { channel, address, reviewer: { id, name, timezone, address, stands_in_for } };
}

const unknownChannel = (): never => {
  throw new DeliveryError('channel_unknown', true);
};

async function sendWithLimit(carriers: Carriers, message: Message): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeliveryError('carrier_timeout', false)), CARRIER_LIMIT_MS).unref();
  });
  try {
    return await Promise.race([carriers[message.channel].send(message), tooSlow]);
  } finally {
    clearTimeout(timer);
  }
}
