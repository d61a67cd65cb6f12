/** From one delivery and the approval as it is now to the message that leaves. The link is made here and kept nowhere. */
import type { ApprovalState, Channel, Snapshot } from '../domain/approval';
import { peopleNamed } from '../domain/approval-json';
import type { KeyRing } from '../encryption/keys';
import { createLinkToken } from '../encryption/link-token';
import {
  renderAlertMail,
  renderOutcomeMail,
  renderReminderMail,
  renderRequestMail,
  type Mail,
} from '../rendering/mail/mail';
import { renderSlack } from '../rendering/slack';
import { renderSms } from '../rendering/sms';
import { buildView, type ApprovalView, type Reviewer } from '../rendering/view';
import type { Message } from './channels';
import type { Notification } from './notify';

export interface LinkMaker {
  publicUrl: string;
  ring: KeyRing<'link-token'>;
}

/** The link shows the outcome for as long as this after the request's last possible moment. */
const LINK_OUTLIVES_MS = 30 * 24 * 3600 * 1000;

export interface Draft {
  snapshot: Snapshot;
  state: ApprovalState;
  notification: Notification;
  /** Null for a place. */
  reviewer: Reviewer | null;
  address: string;
  names: Record<string, string>;
  thread: string | null;
  now_ms: number;
}

export const namedIn = (state: ApprovalState): string[] => peopleNamed(state, []);

export function render(links: LinkMaker, draft: Draft): Message {
  const { notification, address, thread } = draft;
  const view = viewOf(links, draft);
  const link = linkFor(links, draft);
  const { delivery_id, kind } = notification;
  if (notification.channel === 'email') {
    const { subject, html, text } = mailOf(view, link, kind);
    return { channel: 'email', delivery_id, to: address, subject, html, text, thread };
  }
  if (notification.channel === 'sms')
    return { channel: 'sms', delivery_id, to: address, text: renderSms(view, link, kind) };
  return { channel: 'slack', delivery_id, to: address, thread, ...renderSlack(view, link, kind) };
}

function viewOf(
  links: LinkMaker,
  { snapshot, state, notification, reviewer, address, names, now_ms }: Draft,
): ApprovalView {
  return buildView(snapshot, state, {
    names: new Map(Object.entries(names)),
    reviewer: reviewer ?? { id: '', name: address, address, timezone: 'UTC' },
    now_ms,
    url: pageOf(links, snapshot),
    link_level: notification.level,
  });
}

const pageOf = ({ publicUrl }: LinkMaker, { approval_id }: Snapshot): string => `${publicUrl}/approvals/${approval_id}`;

/** A person who is asked decides, and later sees the outcome, through a link of their own; a place and an admin who is alerted get the page behind the login. */
function linkFor(links: LinkMaker, { snapshot, state, notification }: Draft): string {
  const { person, channel, kind } = notification;
  const level = kind === 'outcome' ? askedAt(state, person) : notification.level;
  if (person === null || level === null || kind === 'alert') return pageOf(links, snapshot);
  const token = createLinkToken(links.ring, {
    approval_id: snapshot.approval_id,
    person,
    level,
    digest: snapshot.digest,
    channel: channel as Channel,
    expires_at_ms: snapshot.expires_at_ms + LINK_OUTLIVES_MS,
  });
  return `${links.publicUrl}/r/${token}`;
}

/** A link is of one level; of several at which they were asked, the last one. */
const askedAt = (state: ApprovalState, person: string | null): string | null =>
  state.asked.findLast((asked) => asked.person === person)?.level ?? null;

function mailOf(view: ApprovalView, link: string, kind: Notification['kind']): Mail {
  switch (kind) {
    case 'request':
    case 'escalation':
      return renderRequestMail(view, link, kind);
    case 'reminder':
      return renderReminderMail(view, link);
    case 'outcome':
      return renderOutcomeMail(view, link);
    case 'alert':
      return renderAlertMail(view, 'No message about this approval reached anybody who may decide it.');
  }
}
