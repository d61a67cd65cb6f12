/** Composes the message of one delivery from the approval as it is now. The link is made here and stored nowhere. */
import type { ApprovalState, Delivery, Snapshot } from '../domain/approval';
import type { KeyRing } from '../encryption/keys';
import { createLinkToken } from '../encryption/link-token';
import { buildView, type ApprovalView, type Reviewer } from '../rendering/view';
import type { Message } from './carrier';
import { CHANNEL_MODULES } from './configured-carriers';

export interface LinkMaker {
  publicUrl: string;
  ring: KeyRing<'link-token'>;
}

/** A link shows the outcome for this long after the request expired. */
const LINK_OUTLIVES_MS = 30 * 24 * 3600 * 1000;

export interface ComposeInput extends Pick<Delivery, 'delivery_id' | 'kind' | 'level' | 'person'> {
  channel: Message['channel'];
  snapshot: Snapshot;
  state: ApprovalState;
  /** Null: the message goes to a shared channel. */
  reviewer: Reviewer | null;
  address: string;
  names: Record<string, string>;
  thread: string | null;
  now_ms: number;
}

export function composeMessage(links: LinkMaker, input: ComposeInput): Message {
  const { delivery_id, kind, channel, address, thread } = input;
  const content = CHANNEL_MODULES[channel].render(viewOf(links, input), linkFor(links, input), kind);
  return { channel, delivery_id, to: address, thread, ...content };
}

function viewOf(
  links: LinkMaker,
  { snapshot, state, level, reviewer, address, names, now_ms }: ComposeInput,
): ApprovalView {
  return buildView(snapshot, state, {
    names: new Map(Object.entries(names)),
    reviewer: reviewer ?? { id: '', name: address, address, timezone: 'UTC' },
    now_ms,
    url: pageOf(links, snapshot),
    link_level: level,
  });
}

const pageOf = ({ publicUrl }: LinkMaker, { approval_id }: Snapshot): string => `${publicUrl}/approvals/${approval_id}`;

/**
 * A person who is asked gets a personal link, which decides and later shows the outcome without an account. A shared channel and
 * an alerted admin get the page that requires signing in.
 */
function linkFor(links: LinkMaker, { snapshot, state, person, channel, kind, level }: ComposeInput): string {
  const link_level = kind === 'outcome' ? lastAskedAt(state, person) : level;
  if (person === null || link_level === null || kind === 'alert') return pageOf(links, snapshot);
  const token = createLinkToken(links.ring, {
    approval_id: snapshot.approval_id,
    person,
    level: link_level,
    digest: snapshot.digest,
    channel,
    expires_at_ms: snapshot.expires_at_ms + LINK_OUTLIVES_MS,
  });
  return `${links.publicUrl}/r/${token}`;
}

/** A link belongs to one level. A person who was asked at several levels gets a link to the last one. */
const lastAskedAt = (state: ApprovalState, person: string | null): string | null =>
  state.asked.findLast((asked) => asked.person === person)?.level ?? null;
