/** The audit entries of one accepted event: what happened, in the words of the audit, and enough to rebuild the projection. */
import type { Command, ApprovalState, ApprovalEvent, JsonObject, Snapshot, Vote } from '../../domain/approval';
import type { AuditActor, AuditInput } from './index';

export interface AcceptedEvent {
  event_id: string;
  event: Command;
  happenings: ApprovalEvent[];
  state: ApprovalState;
  snapshot: Snapshot;
  /** Name and primary address of the people who acted. */
  people: Record<string, { name: string; email: string | null }>;
  /** What stands in `approval_events`: hexadecimal SHA-256, and the answer. */
  recorded: { sha256: string; result: JsonObject };
}

export function auditEntries(accepted: AcceptedEvent): AuditInput[] {
  const { event, happenings, snapshot } = accepted;
  return happenings.map((happening, index) => ({
    at_ms: event.at_ms,
    type: happening.type,
    actor: actorOf(happening, accepted),
    ...circumstances(happening, accepted),
    approval_id: snapshot.approval_id,
    agent_id: snapshot.agent.id,
    action: snapshot.action,
    level: happening.level,
    vote_id: happening.vote_id,
    decision: happening.decision,
    digest: snapshot.digest,
    policy_version: snapshot.policy.version,
    reason_code: happening.reason_code,
    // Once per event: an event that has two happenings is one step of the workflow.
    ...(index === 0 ? { data: stepOf(accepted) } : {}),
  }));
}

/** What `projection rebuild` reads: the state after the step, and with the first one the request itself. */
export interface AuditedStep {
  event_id: string;
  version: number;
  event: Command['type'];
  /** The votes under another name than the erasable `votes` of other entries: of these only comments and addresses go. */
  state: Omit<ApprovalState, 'votes'> & { cast: Vote[] };
  recorded: AcceptedEvent['recorded'];
  snapshot?: Omit<Snapshot, 'context'>;
  /** As the agent sent it: beside the snapshot, where an erasure finds it. */
  context?: JsonObject;
}

function stepOf({ event_id, event, state, snapshot, recorded }: AcceptedEvent): JsonObject {
  const { votes, ...rest } = state;
  const step: AuditedStep = {
    event_id,
    version: state.version,
    event: event.type,
    state: { ...rest, cast: votes },
    recorded,
  };
  if (event.type === 'opened') {
    const { context, ...request } = snapshot;
    Object.assign(step, { snapshot: request, context });
  }
  return step as unknown as JsonObject;
}

function actorOf({ actor }: ApprovalEvent, { people, snapshot }: AcceptedEvent): AuditActor {
  if (actor.type === 'agent' && actor.id === snapshot.agent.id) return { ...actor, name: snapshot.agent.name };
  return { ...actor, ...people[actor.id] };
}

/** How and from where; only of what a person or an agent did, never of what followed by itself. */
function circumstances(
  { type, vote_id }: ApprovalEvent,
  { event, state }: AcceptedEvent,
): Pick<AuditInput, 'channel' | 'ip' | 'comment' | 'assurance'> {
  if (event.type === 'vote') {
    const vote = state.votes.find((candidate) => candidate.id === vote_id) ?? event.vote;
    const { channel, ip, comment, assurance } = vote;
    return { channel, ip, comment, assurance };
  }
  if (event.type === 'cancel' && type === 'approval.decided') {
    return { channel: event.channel, ip: event.ip, comment: event.reason };
  }
  return {};
}
