/**
 * The JSON of an approval. The API's answers, the SDKs, the pages and the bodies of webhooks are all built here, so that
 * they always agree.
 */
import {
  outcomeOf,
  tally,
  type ApprovalState,
  type ApprovalStatus,
  type Assurance,
  type Channel,
  type JsonObject,
  type LevelState,
  type LevelStatus,
  type Names,
  type PersonId,
  type ReasonCode,
  type Risk,
  type Selector,
  type Snapshot,
  type Vote,
  type VoteDecision,
} from './approval';
import { timestamp, timestampOrNull } from './timestamp';

/** A message about the approval. `person` is null when it went to a shared channel (`slack:#refunds`) or an endpoint. */
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

export interface PersonJson {
  id: PersonId;
  name: string;
}

export interface VoteJson {
  id: string;
  level: string;
  voter: PersonJson;
  seat_of?: PersonJson;
  decision: VoteDecision;
  comment: string | null;
  channel: Channel;
  assurance: Assurance;
  ip: string | null;
  at: string;
  superseded_by: string | null;
}

export interface LevelJson {
  name: string;
  stage: number;
  status: LevelStatus;
  paths: { approvers: Selector[]; approve: number | 'all'; approvals: number }[];
  opened_at: string | null;
  expires_at: string | null;
  closed_at: string | null;
}

export interface DeliveryJson {
  id: string;
  to: string;
  channel: string;
  kind: string;
  status: string;
  attempts: number;
  error: string | null;
  at: string;
}

export interface GrantJson {
  state: 'ready' | 'consumed' | 'expired' | 'revoked';
  expires_at: string;
  consumed_at: string | null;
  use_id: string | null;
}

export interface ApprovalJson {
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
  decided_by: PersonJson | null;
  comment: string | null;
  policy: { version: number; rule: string | null };
  warnings: 'delivery_failed'[];
  levels: LevelJson[];
  votes: VoteJson[];
  deliveries: DeliveryJson[];
  grant: GrantJson | null;
  metadata: JsonObject;
  version: number;
}

export interface ApprovalJsonInput {
  snapshot: Snapshot;
  state: ApprovalState;
  names: Names;
  deliveries: readonly DeliveryFacts[];
  grant: GrantFacts | null;
  /** Decides whether an unused grant is `ready` or `expired`. */
  now_ms: number;
  /** An agent reads who decided and why. IP addresses and the reasons of failed messages are for people only. */
  viewer: 'agent' | 'person';
}

const named = (names: Names, id: PersonId): PersonJson => ({ id, name: names[id] ?? id });

function levelJson(level: LevelState, snapshot: Snapshot, votes: readonly Vote[]): LevelJson {
  const spec = snapshot.levels.find((candidate) => candidate.name === level.name);
  const counted = tally(level, votes);
  return {
    name: level.name,
    stage: level.stage,
    status: level.status,
    paths: level.paths.map((path, index) => ({
      approvers: path.approvers,
      // `all` becomes a number when the level opens. Until then show what the policy says.
      approve: level.opened_at_ms === null ? (spec?.paths[index]?.approve ?? path.need) : path.need,
      approvals: counted.paths[index]!.approvals,
    })),
    opened_at: timestampOrNull(level.opened_at_ms),
    expires_at: timestampOrNull(level.expires_at_ms),
    closed_at: timestampOrNull(level.closed_at_ms),
  };
}

function voteJson(vote: Vote, names: Names, viewer: ApprovalJsonInput['viewer']): VoteJson {
  return {
    id: vote.id,
    level: vote.level,
    voter: named(names, vote.voter),
    ...(vote.seat_of === undefined ? {} : { seat_of: named(names, vote.seat_of) }),
    decision: vote.decision,
    comment: vote.comment,
    channel: vote.channel,
    assurance: vote.assurance,
    ip: viewer === 'agent' ? null : vote.ip,
    at: timestamp(vote.at_ms),
    superseded_by: vote.superseded_by,
  };
}

/** Error of a message that was not sent because it had become pointless: its level closed, or the approval ended. Not a failure. */
export const NO_LONGER_NEEDED = 'no_longer_needed';

function deliveryJson(delivery: DeliveryFacts, names: Names, viewer: ApprovalJsonInput['viewer']): DeliveryJson {
  return {
    id: delivery.id,
    to: delivery.person === null ? delivery.channel : named(names, delivery.person).name,
    channel: delivery.channel,
    kind: delivery.kind,
    status: delivery.status,
    attempts: delivery.attempts,
    // A provider's error text may quote the person's address, which agents must not see.
    error:
      viewer === 'agent' && delivery.error !== null && delivery.error !== NO_LONGER_NEEDED ? 'failed' : delivery.error,
    at: timestamp(delivery.at_ms),
  };
}

/** Revoked and consumed win over expired: they were recorded, whereas expiry only depends on the time of the question. */
export function grantState(grant: GrantFacts, now_ms: number): GrantJson['state'] {
  if (grant.revoked_at_ms !== null) return 'revoked';
  if (grant.consumed_at_ms !== null) return 'consumed';
  return now_ms >= grant.expires_at_ms ? 'expired' : 'ready';
}

function grantJson(grant: GrantFacts, now_ms: number): GrantJson {
  return {
    state: grantState(grant, now_ms),
    expires_at: timestamp(grant.expires_at_ms),
    consumed_at: timestampOrNull(grant.consumed_at_ms),
    use_id: grant.use_id,
  };
}

export function approvalJson({
  snapshot,
  state,
  names,
  deliveries,
  grant,
  now_ms,
  viewer,
}: ApprovalJsonInput): ApprovalJson {
  const { decided_at, decided_by } = outcomeOf(state, names);
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
    created_at: timestamp(snapshot.created_at_ms),
    expires_at: timestamp(snapshot.expires_at_ms),
    decided_at,
    decided_by,
    comment: state.comment,
    policy: { version: snapshot.policy.version, rule: snapshot.policy.rule },
    warnings: state.warnings,
    levels: state.levels.map((level) => levelJson(level, snapshot, state.votes)),
    votes: state.votes.map((vote) => voteJson(vote, names, viewer)),
    deliveries: deliveries.map((delivery) => deliveryJson(delivery, names, viewer)),
    grant: grant === null ? null : grantJson(grant, now_ms),
    metadata: snapshot.metadata,
    version: state.version,
  };
}

/** Ids of all people in the JSON: look up their names before you call `approvalJson`. */
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
