/**
 * An approval as everybody outside reads it: the API's answers, the SDKs, and the bodies of webhooks are all made here,
 * so that they cannot tell different stories.
 */
import {
  standing,
  type ApprovalState,
  type ApprovalStatus,
  type Assurance,
  type Channel,
  type Ending,
  type JsonObject,
  type LevelState,
  type LevelStatus,
  type PersonId,
  type ReasonCode,
  type Risk,
  type Selector,
  type Snapshot,
  type Vote,
  type VoteDecision,
} from './approval';

/** Names of the people whom a state mentions. Somebody who is missing is shown by id. */
export type Names = Readonly<Record<PersonId, string>>;

/** A message about the approval; `person` null when it went to a place or an endpoint. */
export interface DeliveryFacts {
  id: string;
  person: PersonId | null;
  channel: string;
  kind: string;
  status: string;
  attempts: number;
  error: string | null;
  at_ms: number;
}

export interface GrantFacts {
  expires_at_ms: number;
  consumed_at_ms: number | null;
  use_id: string | null;
  revoked_at_ms: number | null;
}

export interface NamedPerson {
  id: PersonId;
  name: string;
}

export interface PresentedVote {
  id: string;
  level: string;
  voter: NamedPerson;
  seat_of?: NamedPerson;
  decision: VoteDecision;
  comment: string | null;
  channel: Channel;
  assurance: Assurance;
  ip: string | null;
  at: string;
  superseded_by: string | null;
}

export interface PresentedLevel {
  name: string;
  stage: number;
  status: LevelStatus;
  paths: { approvers: Selector[]; approve: number | 'all'; approvals: number }[];
  opened_at: string | null;
  expires_at: string | null;
  closed_at: string | null;
}

export interface PresentedDelivery {
  id: string;
  to: string;
  channel: string;
  kind: string;
  status: string;
  attempts: number;
  error: string | null;
  at: string;
}

export interface PresentedGrant {
  state: 'ready' | 'consumed' | 'expired' | 'revoked';
  expires_at: string;
  consumed_at: string | null;
  use_id: string | null;
}

export interface PresentedApproval {
  id: string;
  status: ApprovalStatus;
  reason_code: ReasonCode | null;
  agent_id: string;
  action: string;
  context: JsonObject;
  display: JsonObject | null;
  digest: string;
  risk: Risk;
  requester: string | null;
  on_behalf_of: string | null;
  created_at: string;
  expires_at: string;
  decided_at: string | null;
  decided_by: NamedPerson | null;
  comment: string | null;
  policy: { version: number; rule: string | null };
  warnings: 'delivery_failed'[];
  levels: PresentedLevel[];
  votes: PresentedVote[];
  deliveries: PresentedDelivery[];
  grant: PresentedGrant | null;
  metadata: JsonObject;
  version: number;
}

export interface Presentation {
  snapshot: Snapshot;
  state: ApprovalState;
  names: Names;
  deliveries: readonly DeliveryFacts[];
  grant: GrantFacts | null;
  /** Decides whether an unused grant is still `ready`. */
  now_ms: number;
  /** An agent learns who decided and why, not from where and not whom we wrote to. */
  reader: 'agent' | 'person';
}

export const instant = (at_ms: number): string => new Date(at_ms).toISOString();
const instantOrNull = (at_ms: number | null): string | null => (at_ms === null ? null : instant(at_ms));

const named = (names: Names, id: PersonId): NamedPerson => ({ id, name: names[id] ?? id });

function presentLevel(level: LevelState, snapshot: Snapshot, votes: readonly Vote[]): PresentedLevel {
  const spec = snapshot.levels.find((candidate) => candidate.name === level.name);
  const counted = standing(level, votes);
  return {
    name: level.name,
    stage: level.stage,
    status: level.status,
    paths: level.paths.map((path, index) => ({
      approvers: path.approvers,
      // `all` becomes a number when the level opens; until then the policy's own word is the truth.
      approve: level.opened_at_ms === null ? (spec?.paths[index]?.approve ?? path.need) : path.need,
      approvals: counted.paths[index]!.approvals,
    })),
    opened_at: instantOrNull(level.opened_at_ms),
    expires_at: instantOrNull(level.expires_at_ms),
    closed_at: instantOrNull(level.closed_at_ms),
  };
}

function presentVote(vote: Vote, names: Names, reader: Presentation['reader']): PresentedVote {
  return {
    id: vote.id,
    level: vote.level,
    voter: named(names, vote.voter),
    ...(vote.seat_of === undefined ? {} : { seat_of: named(names, vote.seat_of) }),
    decision: vote.decision,
    comment: vote.comment,
    channel: vote.channel,
    assurance: vote.assurance,
    ip: reader === 'agent' ? null : vote.ip,
    at: instant(vote.at_ms),
    superseded_by: vote.superseded_by,
  };
}

/** Why a message that lost its point was not sent: nothing failed, there was nothing left to say. */
export const NO_LONGER_NEEDED = 'no_longer_needed';

function presentDelivery(delivery: DeliveryFacts, names: Names, reader: Presentation['reader']): PresentedDelivery {
  return {
    id: delivery.id,
    to: delivery.person === null ? delivery.channel : named(names, delivery.person).name,
    channel: delivery.channel,
    kind: delivery.kind,
    status: delivery.status,
    attempts: delivery.attempts,
    // A provider's error text may quote the address.
    error:
      reader === 'agent' && delivery.error !== null && delivery.error !== NO_LONGER_NEEDED ? 'failed' : delivery.error,
    at: instant(delivery.at_ms),
  };
}

/** Revoked and consumed are facts for ever; expired is only a matter of the clock. */
export function grantState(grant: GrantFacts, now_ms: number): PresentedGrant['state'] {
  if (grant.revoked_at_ms !== null) return 'revoked';
  if (grant.consumed_at_ms !== null) return 'consumed';
  return now_ms >= grant.expires_at_ms ? 'expired' : 'ready';
}

function presentGrant(grant: GrantFacts, now_ms: number): PresentedGrant {
  return {
    state: grantState(grant, now_ms),
    expires_at: instant(grant.expires_at_ms),
    consumed_at: instantOrNull(grant.consumed_at_ms),
    use_id: grant.use_id,
  };
}

/** How an approval ended, for whoever came too late. */
export const outcomeOf = (state: ApprovalState, names: Names) => ({
  status: state.status,
  reason_code: state.reason_code,
  decided_by: state.decided_by === null ? null : named(names, state.decided_by),
  decided_at: instantOrNull(state.decided_at_ms),
});

/** The JSON of an approval. */
export function presentApproval({
  snapshot,
  state,
  names,
  deliveries,
  grant,
  now_ms,
  reader,
}: Presentation): PresentedApproval {
  return {
    id: snapshot.approval_id,
    status: state.status,
    reason_code: state.reason_code,
    agent_id: snapshot.agent.id,
    action: snapshot.action,
    context: snapshot.context,
    display: snapshot.display,
    digest: snapshot.digest,
    risk: snapshot.risk,
    requester: snapshot.requester,
    on_behalf_of: snapshot.on_behalf_of,
    created_at: instant(snapshot.created_at_ms),
    expires_at: instant(snapshot.expires_at_ms),
    decided_at: instantOrNull(state.decided_at_ms),
    decided_by: state.decided_by === null ? null : named(names, state.decided_by),
    comment: state.comment,
    policy: { version: snapshot.policy.version, rule: snapshot.policy.rule },
    warnings: state.warnings,
    levels: state.levels.map((level) => presentLevel(level, snapshot, state.votes)),
    votes: state.votes.map((vote) => presentVote(vote, names, reader)),
    deliveries: deliveries.map((delivery) => presentDelivery(delivery, names, reader)),
    grant: grant === null ? null : presentGrant(grant, now_ms),
    metadata: snapshot.metadata,
    version: state.version,
  };
}

/** Everybody whom the presentation names; look these up before presenting. */
export function peopleNamed(state: ApprovalState, deliveries: readonly { person: PersonId | null }[]): PersonId[] {
  const people = new Set<PersonId>();
  for (const vote of state.votes) {
    people.add(vote.voter);
    if (vote.seat_of !== undefined) people.add(vote.seat_of);
  }
  if (state.decided_by !== null) people.add(state.decided_by);
  for (const delivery of deliveries) if (delivery.person !== null) people.add(delivery.person);
  return [...people];
}

export const WEBHOOK_TYPES = [
  'approval.decided',
  'approval.requested',
  'approval.voted',
  'approval.escalated',
  'approval.consumed',
  'approval.revoked',
  'check.denied',
] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** The names that handlers of the published service look for. */
const ENDING_EVENTS: Record<Ending, string> = {
  approved: 'approval.approved',
  denied: 'approval.rejected',
  expired: 'approval.expired',
  cancelled: 'approval.cancelled',
};

/** The body of a webhook about an approval. `approval` is presented for an `agent`: receivers act for agents. */
export function webhookBody(
  type: Exclude<WebhookType, 'check.denied'>,
  approval: PresentedApproval,
  timestamp_ms: number,
) {
  const { id: approval_id, action, agent_id } = approval;
  const data = { approval_id, ...approval };
  const timestamp = instant(timestamp_ms);
  if (type !== 'approval.decided') return { type, event: type, timestamp, approval_id, action, agent_id, data };
  const decision = approval.status as Ending;
  return {
    type,
    event: ENDING_EVENTS[decision],
    timestamp,
    approval_id,
    decision,
    action,
    context: approval.context,
    agent_id,
    reason_code: approval.reason_code,
    comment: approval.comment,
    decided_by: approval.decided_by,
    decided_at: approval.decided_at,
    digest: approval.digest,
    metadata: approval.metadata,
    data,
  };
}
