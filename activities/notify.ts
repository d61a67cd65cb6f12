/** Sends one message to one person or place, once: the workflow decides to whom and on which channel, the rest is here. */
import { ApplicationFailure } from '@temporalio/activity';
import type { ApprovalState, Delivery, Snapshot } from '../domain/approval';
import { NO_LONGER_NEEDED } from '../domain/approval-json';
import { contactOf, namesOf } from '../db/contacts';
import { findApproval, type StoredApproval } from '../db/approvals';
import { beginAttempt, markFailed, markSent, noteError, OUTCOME_UNKNOWN, threadOf, wasReached } from '../db/deliveries';
import type { Db } from '../db/pool';
import { standsInFor } from '../db/standpoints';
import type { Reviewer } from '../rendering/view';
import { DeliveryError, type Carriers, type Message } from './channels';
import { namedIn, render, type LinkMaker } from './compose';

/** Ids only; what is said and where it goes is looked up at each attempt. */
export interface Notification extends Pick<Delivery, 'delivery_id' | 'kind' | 'level' | 'person' | 'channel'> {
  approval_id: string;
  /** Channels that are left for this person if this one fails. */
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
/** Below the activity's own limit of 30 s, with room for Postgres. */
const CARRIER_LIMIT_MS = 25 * SECOND_MS;
/** A provider may ask for more patience than this; then the person's next channel serves better. */
const MAX_RETRY_AFTER_MS = 15 * MINUTE_MS;

/** `sent` also when there is nothing left to say; `failed` is final, and the reason stands in the delivery. */
export async function sendNotification(
  deps: NotifyDeps,
  notification: Notification,
  /** Rejects when the worker stops: the attempt is left, and another worker makes the next. */
  stopped: Promise<never>,
): Promise<'sent' | 'failed'> {
  const { approval_id, delivery_id, kind, level, person, channel } = notification;
  const attempt = await beginAttempt(deps.db, { id: delivery_id, approval_id, kind, level, person, channel });
  // The worker died after it had written the end down and before Temporal heard of it.
  if (attempt.status !== 'queued') return attempt.status;
  try {
    const message = await compose(deps, notification);
    if (message === null) {
      await markFailed(deps.db, delivery_id, attempt.maybeSent ? OUTCOME_UNKNOWN : NO_LONGER_NEEDED);
      return 'sent';
    }
    await markSent(deps.db, delivery_id, await Promise.race([carry(deps.carriers, message), stopped]));
    return 'sent';
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return await fail(deps, notification, attempt.attempts, error);
  }
}

async function fail(
  { db, log }: NotifyDeps,
  { delivery_id, channel, further }: Notification,
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

/** Null when the message has lost its point while it waited. */
async function compose({ db, links, now_ms }: NotifyDeps, notification: Notification): Promise<Message | null> {
  const { approval_id, person, channel } = notification;
  const approval = await findApproval(db, approval_id);
  if (approval === null) throw new DeliveryError('approval_unknown', true);
  const { snapshot, state } = approval;
  if (!(await stillNeeded(db, notification, snapshot, state))) return null;
  const { reviewer, address } = await targetOf(db, notification, approval, now_ms());
  return render(links, {
    snapshot,
    state,
    notification: channel.startsWith('slack:') ? { ...notification, channel: 'slack' } : notification,
    reviewer,
    address,
    names: await namesOf(db, namedIn(state)),
    thread: await threadOf(db, { approval_id, person, channel }),
    now_ms: now_ms(),
  });
}

/** Nobody is asked what was decided already, and nobody hears the end of what they never heard of. */
async function stillNeeded(
  db: Db,
  notification: Notification,
  snapshot: Snapshot,
  state: ApprovalState,
): Promise<boolean> {
  if (notification.kind === 'alert') return true;
  if (notification.kind === 'outcome') {
    return wasReached(db, {
      approval_id: snapshot.approval_id,
      person: notification.person,
      channel: notification.channel,
    });
  }
  if (state.status !== 'pending') return false;
  const level = state.levels.find((candidate) => candidate.name === notification.level);
  return level === undefined || level.status === 'open';
}

const isPersonal = (channel: string): channel is Message['channel'] => ['email', 'sms', 'slack'].includes(channel);

async function targetOf(
  db: Db,
  { person, channel, level }: Notification,
  approval: StoredApproval,
  at_ms: number,
): Promise<{ reviewer: Reviewer | null; address: string }> {
  if (person === null) {
    if (!channel.startsWith('slack:')) throw new DeliveryError('channel_unknown', true);
    return { reviewer: null, address: channel.slice('slack:'.length) };
  }
  if (!isPersonal(channel)) throw new DeliveryError('channel_unknown', true);
  const contact = await contactOf(db, person, channel);
  if (contact === null) throw new DeliveryError('person_inactive', true);
  if (contact.address === null) throw new DeliveryError('no_address', true);
  const { id, name, timezone, address, is_delegate } = contact;
  // One question more, and only for the few who may stand in for somebody.
  const stands_in_for = is_delegate ? await standsInFor(db, approval, { person, level, at_ms }) : null;
  return { reviewer: { id, name, timezone, address, stands_in_for }, address };
}

async function carry(carriers: Carriers, message: Message): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeliveryError('carrier_timeout', false)), CARRIER_LIMIT_MS).unref();
  });
  try {
    return await Promise.race([carriers[message.channel].send(message as never), tooSlow]);
  } finally {
    clearTimeout(timer);
  }
}
