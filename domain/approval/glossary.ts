/**
 * The words of an approval, in the order in which they are met: a request is frozen into a Snapshot, its life is a
 * State, Events change it, Facts say what is true outside at that moment, and an Advance is what follows.
 *
 * All instants are Unix milliseconds and end in `_ms`. Person ids are `usr_…`. Pure: nothing here does anything.
 */

export const APPROVAL_STATUSES = ['pending', 'approved', 'denied', 'expired', 'cancelled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];
export type Ending = Exclude<ApprovalStatus, 'pending'>;

export const LEVEL_STATUSES = ['waiting', 'open', 'approved', 'denied', 'expired', 'skipped', 'cancelled'] as const;
export type LevelStatus = (typeof LEVEL_STATUSES)[number];

export const VOTE_DECISIONS = ['approve', 'deny', 'pass'] as const;
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
export type ReasonCode = (typeof REASON_CODES)[number];

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];
/** Decided by a second step and never together with others; messages say it aloud. */
export const HIGH_RISKS: readonly Risk[] = ['high', 'critical'];

/** How surely we know who voted; in rising order. */
export const ASSURANCES = ['link', 'sms_code', 'slack', 'session', 'sso'] as const;
export type Assurance = (typeof ASSURANCES)[number];

export const CHANNELS = ['email', 'sms', 'slack', 'webhook', 'dashboard', 'api'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Characters of a comment, or of the reason of a cancellation. */
export const COMMENT_MAX = 2_000;

export type PersonId = string;
/** `role:NAME` or `user:EMAIL-or-id`, as the policy wrote it. Never resolved into members in a snapshot: membership is live. */
export type Selector = string;
/** A notification target: a person's channel (`email`, `sms`, `slack`) or a place (`slack:#refunds`). */
export type NotifyTarget = string;
/** `90s 5m 4h 7d` are wall time, `30bm 4bh 2bd` business time. */
export type Duration = string;

export interface CalendarSpec {
  timezone: string;
  /** Weekday or range (`mon`, `mon-thu`) → comma-separated `HH:MM-HH:MM`. */
  hours: Record<string, string>;
  /** Local dates, `YYYY-MM-DD`. */
  holidays?: string[];
  /** Local date → hours of that day instead of the usual ones. */
  special?: Record<string, string>;
}

export interface PathSpec {
  approvers: Selector[];
  approve: number | 'all';
}

export interface EscalationSpec {
  after?: Duration;
  add?: Selector[];
  replace?: Selector[];
  extend?: Duration;
}

export interface TimingSpec {
  expire_in?: Duration;
  on_expire: 'expire' | 'deny' | 'escalate';
  remind?: { every: Duration; max: number };
  escalate: EscalationSpec[];
  /** Name in `Snapshot.calendars`; business durations are counted in it. */
  calendar?: string;
}

/** One level with every default filled in. */
export interface LevelSpec {
  name: string;
  stage: number;
  paths: PathSpec[];
  deny: number;
  veto: Selector[];
  fallback: Selector[];
  comment: { on_approve: 'optional' | 'required'; on_deny: 'optional' | 'required' };
  assurance: Assurance;
  timing: TimingSpec;
  delegation: boolean;
  /** Absent: each person's own channels, in their order, the next one when one fails. */
  notify?: NotifyTarget[];
  /** Its `when` was false at the check. */
  skipped: boolean;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** What the check froze: the workflow's input, encrypted in its history. Never holds members, only selectors. */
export interface Snapshot {
  /** Version of the meaning of `advance`; histories of each version are kept and replayed. */
  semantics: 1;
  approval_id: string;
  agent: { id: string; name: string };
  action: string;
  context: JsonObject;
  display: JsonObject | null;
  metadata: JsonObject;
  digest: string;
  risk: Risk;
  /** Why a person is asked, from the rule; ours, never the agent's words. */
  reason: string;
  /** E-mail address or user id, as the agent gave it. */
  requester: string | null;
  on_behalf_of: string | null;
  policy: { version: number; rule: string | null };
  created_at_ms: number;
  /** The request's ttl, over everything. */
  expires_at_ms: number;
  /** How long an approval may be consumed after it was given. */
  valid_for_ms: number;
  separation: {
    /** E-mail addresses or user ids of people who may never vote here (requester, on_behalf_of, named context fields, agent's owner). */
    excluded: string[];
    same_person_across_levels: 'forbid' | 'act_again';
  };
  calendars: Record<string, CalendarSpec>;
  /** In stage order. */
  levels: LevelSpec[];
}

/** Every instant a level will ever need, computed outside the workflow when it opens. */
export interface LevelInstants {
  /** Null: the level has no end of its own. */
  expires_at_ms: number | null;
  reminders_ms: number[];
  /** One per escalation; `at_ms` null when it has no `after` (runs only when needed). */
  escalations: { at_ms: number | null; expires_at_ms: number | null }[];
}

export interface PathState {
  approvers: Selector[];
  /** Fixed when the level opens. 0 stands for an `all` that is not fixed yet or was fixed at nobody: such a path never passes. */
  need: number;
}

export interface LevelState {
  name: string;
  stage: number;
  status: LevelStatus;
  paths: PathState[];
  opened_at_ms: number | null;
  expires_at_ms: number | null;
  closed_at_ms: number | null;
  instants: LevelInstants | null;
  reminders_done: number;
  /** Indices of the escalations that ran: one may run before its time, out of order. */
  escalations_done: number[];
  fallback_joined: boolean;
}

export interface Vote {
  id: string;
  level: string;
  voter: PersonId;
  /** The delegator whose seat this vote fills; absent: the voter's own. */
  seat_of?: PersonId;
  decision: VoteDecision;
  comment: string | null;
  channel: Channel;
  assurance: Assurance;
  ip: string | null;
  once?: string;
  at_ms: number;
  /** Indices of the level's paths whose pool held the seat when the vote arrived; leaving a role later does not void it. */
  paths: number[];
  /** The voter (or seat) stood in the level's `veto` list. */
  veto: boolean;
  superseded_by: string | null;
}

export interface Actor {
  type: 'user' | 'agent' | 'system';
  id: string;
}

export interface ApprovalState {
  status: ApprovalStatus;
  reason_code: ReasonCode | null;
  /** Counts accepted events; the projection's guard. 0 before `opened`. */
  version: number;
  levels: LevelState[];
  votes: Vote[];
  decided_at_ms: number | null;
  /** The person whose vote or cancellation ended it; null when a clock or the system did. */
  decided_by: PersonId | null;
  /** Of the deciding vote or the cancellation. */
  comment: string | null;
  warnings: 'delivery_failed'[];
  /** Messages asked for so far; numbers the deliveries. */
  sends: number;
  /** People and places (person null) that were sent a request, in order: they get the outcome too. */
  asked: { person: PersonId | null; level: string; channel: NotifyTarget }[];
}

/** A vote as it reaches the workflow: an identity and a wish, never eligibility. */
export interface VoteRequest {
  voter: PersonId;
  decision: VoteDecision;
  /** Absent: the level where the matching needs this person. */
  level?: string;
  digest: string;
  comment: string | null;
  channel: Channel;
  assurance: Assurance;
  ip: string | null;
  /** Names the sending: the same name again is the same vote, whatever was decided since. */
  once?: string;
}

/** The wish to end it before its time. */
export interface CancelRequest {
  by: Actor;
  reason_code: 'requester_cancelled' | 'user_cancelled' | 'agent_suspended';
  reason: string | null;
  ip: string | null;
  channel: Channel | null;
}

export type ApprovalEvent =
  | { type: 'opened'; at_ms: number }
  | { type: 'vote'; at_ms: number; vote: VoteRequest }
  | { type: 'clock'; at_ms: number }
  | ({ type: 'cancel'; at_ms: number } & CancelRequest)
  /** Every send of a level's request failed: its next escalation runs. */
  | { type: 'unreachable'; at_ms: number; level: string };

/** What is true outside at the moment of an event; looked up live by a read-only local activity. Only active people appear. */
export interface Facts {
  /** Per selector that the levels now name: the active people who match it. A role that a person gave to themself does not count. */
  members: Record<Selector, PersonId[]>;
  /** People who may never vote here, by merged identity. */
  excluded: PersonId[];
  /** Delegations in force: delegator → delegate. Depth one. */
  delegates: Record<PersonId, PersonId>;
  /** Of the earlier voters, seats and the present voter: those who are no longer active. */
  inactive: PersonId[];
  /** Channels of each person named above, in the person's order. */
  channels: Record<PersonId, NotifyTarget[]>;
  /** For each level that is still waiting: its instants if it opened at this event. */
  openings: Record<string, LevelInstants>;
}

/** One message to one target; an `alert` tells the admins that nobody could be asked. `then` are the person's further channels, tried in turn when one fails. */
export interface Send {
  delivery_id: string;
  kind: 'request' | 'reminder' | 'escalation' | 'outcome' | 'alert';
  level: string | null;
  /** Null when the target is a place such as `slack:#refunds`. */
  person: PersonId | null;
  channel: NotifyTarget;
  then: NotifyTarget[];
}

/** What happened, for the audit and the webhooks; one event may yield several (a vote that decides yields two). */
export interface Happening {
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
  decision?: VoteDecision | Ending;
  reason_code?: ReasonCode;
}

export type VoteAnswer =
  | { counted: true; vote_id: string; replaced: string | null }
  /** The same person's same decision again: the first vote's id, nothing changed. */
  | { counted: false; vote_id: string; replaced: null };

/** Why an event was refused; becomes an `AgentWardenError`. The state did not change. */
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
  level?: string;
  levels?: string[];
  have?: string;
  need?: string;
}

/** The result of one event. `happenings` empty: nothing changed, `state` is the same object and nothing is recorded. */
export interface Advance {
  state: ApprovalState;
  happenings: Happening[];
  sends: Send[];
  vote?: VoteAnswer;
  refusal?: Refusal;
}
