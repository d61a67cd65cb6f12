/**
 * Glossary, part 2: the life of an approval. A command changes its state, facts say what is true outside at that moment,
 * and the advance is the result: a new state, events and deliveries. Part 1 is `glossary-request.ts`.
 *
 * Instants are Unix milliseconds and end in `_ms`. Field names are part of recorded workflow histories: they never change.
 */
import type { Assurance, Channel, NotifyTarget, PersonId, Selector } from './glossary-request';

export * from './glossary-request';

export const APPROVAL_STATUSES = ['pending', 'approved', 'denied', 'expired', 'cancelled'] as const;
/** The status of an approval: pending, or one of the four endings. */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** How an approval ends. An ended approval never changes again. */
export type Ending = Exclude<ApprovalStatus, 'pending'>;

export const LEVEL_STATUSES = ['waiting', 'open', 'approved', 'denied', 'expired', 'skipped', 'cancelled'] as const;
/** The status of a level. It waits for its stage, is open for votes, and then closes for good. */
export type LevelStatus = (typeof LEVEL_STATUSES)[number];

export const VOTE_DECISIONS = ['approve', 'deny', 'pass'] as const;
/** What a person can say in a vote. A pass gives the seat up: it counts neither for nor against. */
export type VoteDecision = (typeof VOTE_DECISIONS)[number];

export const REASON_CODES = [
  'quorum',
  'veto',
  'deny_threshold',
  'quorum_unreachable',
  'no_eligible_approver',
  'level_timeout',
  'request_ttl',
  'requester_cancelled',
  'user_cancelled',
  'agent_suspended',
] as const;
/** Why an approval ended as it did. */
export type ReasonCode = (typeof REASON_CODES)[number];

/** Who did something, as the audit log names them: a person (`user`), an agent, or the product itself. */
export interface Actor {
  type: 'user' | 'agent' | 'system';
  /** `usr_…`, an agent's id, or an id of `SYSTEM_ACTORS`. */
  id: string;
}

/** The product itself as an actor. These ids are in published audit chains, so they never change. */
export const SYSTEM_ACTORS = {
  /** The approval's own clock and counting. */
  approval: { type: 'system', id: 'agentwarden' },
  /** An operator who cancelled the workflow with Temporal's own tools. */
  temporal: { type: 'system', id: 'temporal' },
  /** The end of an agent's pending approvals when no person or API call is known to have suspended it. */
  suspension: { type: 'system', id: 'suspension' },
  /** `agentwarden start`, and the first start of an API server. */
  start: { type: 'system', id: 'start' },
  /** Every other command of the `agentwarden` command line. */
  cli: { type: 'system', id: 'cli' },
} as const satisfies Record<string, Actor>;

/** Every instant that a level will need, computed when it opens, because workflows cannot read time zones. */
export interface LevelInstants {
  /** Null: the level has no time limit of its own. */
  expires_at_ms: number | null;
  /** In order. */
  reminders_ms: number[];
  /** One per escalation. `at_ms` is null if it has no `after` and only runs when the level needs help. */
  escalations: { at_ms: number | null; expires_at_ms: number | null }[];
}

/** How far one path of a level has come. */
export interface PathState {
  /** Starts as in the policy. Fallback and escalations change it. */
  approvers: Selector[];
  /** How many approvals the path needs, fixed when the level opens. 0 means `all` of nobody: such a path never passes. */
  need: number;
}

/** How far one level has come. */
export interface LevelState {
  name: string;
  stage: number;
  status: LevelStatus;
  paths: PathState[];
  opened_at_ms: number | null;
  /** The level's end, which escalations may move. */
  expires_at_ms: number | null;
  closed_at_ms: number | null;
  /** Null until the level opens. */
  instants: LevelInstants | null;
  /** How many of the reminders are past. */
  reminders_done: number;
  /** Indices of the escalations that ran. They can run out of order, because a level in need runs one before its time. */
  escalations_done: number[];
  /** Whether the fallback has joined the first path. */
  fallback_joined: boolean;
}

/** One recorded vote. Votes are never removed; a later vote of the same voter or seat supersedes an earlier one. */
export interface Vote {
  id: string;
  level: string;
  /** The person who voted. */
  voter: PersonId;
  /** The person whose seat the vote fills, because they delegated to the voter. Absent: the voter's own seat. */
  seat_of?: PersonId;
  decision: VoteDecision;
  comment: string | null;
  channel: Channel;
  assurance: Assurance;
  /** The IP address of the voter, if it is known. */
  ip: string | null;
  /** As in the `VoteRequest`. */
  once?: string;
  at_ms: number;
  /** Indices of the paths whose approvers included the seat when the vote came. The vote keeps them if the person leaves the role. */
  paths: number[];
  /** The seat was on the level's `veto` list. */
  veto: boolean;
  /** Id of the later vote that replaced this one; null while it is in force. */
  superseded_by: string | null;
}

/** Everything that an approval knows about itself. It changes only through `advance`. */
export interface ApprovalState {
  status: ApprovalStatus;
  reason_code: ReasonCode | null;
  /** The number of accepted commands; 0 before `opened`. The projection in Postgres uses it to reject stale writes. */
  version: number;
  /** In stage order, one for each `LevelSpec` of the snapshot. */
  levels: LevelState[];
  /** In the order of recording, replaced votes included. */
  votes: Vote[];
  decided_at_ms: number | null;
  /** The person whose vote or cancellation ended the approval; null if a deadline or the system did. */
  decided_by: PersonId | null;
  /** The comment of the deciding vote, or the reason of the cancellation. */
  comment: string | null;
  /** `delivery_failed`: at some time nobody could be reached who may vote at an open level. */
  warnings: 'delivery_failed'[];
  /** The number of deliveries so far. It is part of their ids. */
  sends: number;
  /** Where requests were sent, in order: the outcome goes there too. `person` is null for a shared channel. */
  asked: { person: PersonId | null; level: string; channel: NotifyTarget }[];
}

/** A vote on its way to the workflow: who wants what. Whether that person may vote is decided only by `advance`. */
export interface VoteRequest {
  voter: PersonId;
  decision: VoteDecision;
  /** Absent: the open level that needs this person. */
  level?: string;
  /** The digest of the request that the voter saw. */
  digest: string;
  comment: string | null;
  channel: Channel;
  assurance: Assurance;
  ip: string | null;
  /** Identifies the request. A retry with the same value is answered with the first vote and changes nothing. */
  once?: string;
}

/** A request to end an approval before it is decided. */
export interface CancelRequest {
  by: Actor;
  reason_code: 'requester_cancelled' | 'user_cancelled' | 'agent_suspended';
  reason: string | null;
  ip: string | null;
  channel: Channel | null;
}

/**
 * What can happen to an approval. The workflow takes commands one at a time and gives each to `advance`.
 * In recorded histories the command is the key `event`.
 */
export type Command =
  /** The approval begins. */
  | { type: 'opened'; at_ms: number }
  | { type: 'vote'; at_ms: number; vote: VoteRequest }
  /** A deadline passed. */
  | { type: 'clock'; at_ms: number }
  | ({ type: 'cancel'; at_ms: number } & CancelRequest)
  /** Every message that asked for a decision at this level has failed. */
  | { type: 'unreachable'; at_ms: number; level: string };

/** What is true outside the workflow when a command is handled. A read-only local activity looks it up for each command. */
export interface Facts {
  /** The active people behind each selector that may matter. A role that somebody gave to themselves does not count. */
  members: Record<Selector, PersonId[]>;
  /** People who must not vote here. Every identity of the same human being is included. */
  excluded: PersonId[];
  /** Who is represented by whom now: delegator → delegate. Delegates cannot delegate on. */
  delegates: Record<PersonId, PersonId>;
  /** Earlier voters, people in whose seat somebody voted, and this command's voter, as far as they are no longer active. */
  inactive: PersonId[];
  /** The channels of each of these people, in the order in which the person prefers them. */
  channels: Record<PersonId, NotifyTarget[]>;
  /** For each level that still waits: its instants if it opened now. */
  openings: Record<string, LevelInstants>;
}

/** One message to one target on one channel. It is a row of the table `deliveries`; recorded histories call it `sends`. */
export interface Delivery {
  delivery_id: string;
  /** `alert` tells the admins that nobody could be asked; the other kinds go to people who may vote. */
  kind: 'request' | 'reminder' | 'escalation' | 'outcome' | 'alert';
  /** Null for an outcome. */
  level: string | null;
  /** Null if the target is a shared channel. */
  person: PersonId | null;
  /** The target that is tried first. */
  channel: NotifyTarget;
  /** The person's other channels, tried in this order while sending fails. */
  then: NotifyTarget[];
}

/**
 * What happened, for the audit log and the webhooks. One command can cause several events: a deciding vote causes two.
 * In recorded histories the events are the key `happenings`.
 */
export interface ApprovalEvent {
  type:
    | 'approval.requested'
    | 'approval.voted'
    | 'approval.reminded'
    | 'approval.escalated'
    | 'approval.unreachable'
    | 'approval.decided';
  actor: Actor;
  level?: string;
  vote_id?: string;
  /** The decision of the vote, or how the approval ended. */
  decision?: VoteDecision | Ending;
  reason_code?: ReasonCode;
}

/** The answer to a vote that was not refused. */
export type VoteAnswer =
  /** The vote was recorded. `replaced` is the earlier vote that it superseded. */
  | { counted: true; vote_id: string; replaced: string | null }
  /** The person had already voted so. Nothing changed; `vote_id` is the first vote. */
  | { counted: false; vote_id: string; replaced: null };

/** How an approval ended: the field `outcome` of the error `already_decided`. */
export interface Outcome {
  status: ApprovalStatus;
  reason_code: ReasonCode | null;
  decided_by: { id: PersonId; name: string } | null;
  decided_at: string | null;
}

/** Why a command was refused. The state did not change. It becomes an `AgentWardenError` with the same code and facts. */
export interface Refusal {
  code:
    | 'already_decided'
    | 'level_closed'
    | 'level_not_open'
    | 'level_required'
    | 'needed_elsewhere'
    | 'not_eligible'
    | 'assurance_required'
    | 'digest_mismatch'
    | 'comment_required'
    | 'too_many_votes'
    | 'invalid_request';
  message: string;
  /** The level that the refusal is about. */
  level?: string;
  /** The levels among which the voter must choose. */
  levels?: string[];
  /** The assurance of the vote. */
  have?: string;
  /** The assurance that the level requires. */
  need?: string;
  /** How the approval ended, if it has. */
  outcome?: Outcome;
}

/** The result of one command. Without events nothing changed: `state` is the same object, and nothing is recorded. */
export interface Advance {
  state: ApprovalState;
  events: ApprovalEvent[];
  deliveries: Delivery[];
  /** The answer to a vote. */
  vote?: VoteAnswer;
  /** Why the command was refused. */
  refusal?: Refusal;
}
