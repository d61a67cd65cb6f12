/** Turns an accepted command into audit entries. They hold enough to rebuild the projection. */
import type { Command, ApprovalState, ApprovalEvent, JsonObject, Snapshot, Vote } from '../../domain/approval';
import type { AuditActor, AuditInput } from './index';

/** A command that the workflow accepted, and its events. */
export interface AcceptedCommand {
  event_id: string;
  command: Command;
  events: ApprovalEvent[];
  state: ApprovalState;
  snapshot: Snapshot;
  /** Name and primary address of the people who acted. */
  people: Record<string, { name: string; email: string | null }>;
  /** The row of `approval_events`: the SHA-256 in hex, and the answer. */
  recorded: { sha256: string; result: JsonObject };
}

export function auditEntries(accepted: AcceptedCommand): AuditInput[] {
  const { command, events, snapshot } = accepted;
  return events.map((event, index) => ({
    at_ms: command.at_ms,
    type: event.type,
    actor: actorOf(event, accepted),
    ...circumstances(event, accepted),
    approval_id: snapshot.approval_id,
    agent_id: snapshot.agent.id,
    action: snapshot.action,
    level: event.level,
    vote_id: event.vote_id,
    decision: event.decision,
    digest: snapshot.digest,
    policy_version: snapshot.policy.version,
    reason_code: event.reason_code,
    // A command with two events is one step of the workflow. Only its first entry holds the step.
    ...(index === 0 ? { data: stepOf(accepted) } : {}),
  }));
}

/** The `data` that `agentwarden projection rebuild` reads: the state after a step, and in the first step the request. */
export interface AuditedStep {
  event_id: string;
  version: number;
  event: Command['type'];
  /** The votes. Not named `votes`, because a field with that name is erasable as a whole. Here only comments and addresses are. */
  state: Omit<ApprovalState, 'votes'> & { cast: Vote[] };
  recorded: AcceptedCommand['recorded'];
  snapshot?: Omit<Snapshot, 'context'>;
  /** The context, as the agent sent it. Not inside `snapshot`, because it is erasable as a whole. */
  context?: JsonObject;
}

function stepOf({ event_id, command, state, snapshot, recorded }: AcceptedCommand): JsonObject {
  const { votes, ...rest } = state;
  const step: AuditedStep = {
    event_id,
    version: state.version,
    event: command.type,
    state: { ...rest, cast: votes },
    recorded,
  };
  if (command.type === 'opened') {
    const { context, ...request } = snapshot;
    Object.assign(step, { snapshot: request, context });
  }
  return step as unknown as JsonObject;
}

function actorOf({ actor }: ApprovalEvent, { people, snapshot }: AcceptedCommand): AuditActor {
  if (actor.type === 'agent' && actor.id === snapshot.agent.id) return { ...actor, name: snapshot.agent.name };
  return { ...actor, ...people[actor.id] };
}

/** Channel, IP address and comment of a vote or a cancellation. Events that follow from it have none. */
function circumstances(
  { type, vote_id }: ApprovalEvent,
  { command, state }: AcceptedCommand,
): Pick<AuditInput, 'channel' | 'ip' | 'comment' | 'assurance'> {
  if (command.type === 'vote') {
    const vote = state.votes.find((candidate) => candidate.id === vote_id) ?? command.vote;
    const { channel, ip, comment, assurance } = vote;
    return { channel, ip, comment, assurance };
  }
  if (command.type === 'cancel' && type === 'approval.decided') {
    return { channel: command.channel, ip: command.ip, comment: command.reason };
  }
  return {};
}
