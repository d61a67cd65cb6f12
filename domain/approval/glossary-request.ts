/**
 * Glossary, part 1: what an agent asks for and what the policy demands. A check freezes both into a snapshot.
 *
 * Instants are Unix milliseconds and end in `_ms`. Field names are part of recorded workflow histories: they never change.
 */
import type { CHANNELS } from './channels';

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
/** How dangerous the action is, in rising order. The policy decides it. */
export type Risk = (typeof RISKS)[number];

/** Risks that need a second step on pages, are never decided together with others, and are stated in every message. */
export const HIGH_RISKS: readonly Risk[] = ['high', 'critical'];

export const ASSURANCES = ['link', 'sms_code', 'slack', 'session', 'sso'] as const;
/** How surely we know who voted, in rising order. A level can require a minimum. */
export type Assurance = (typeof ASSURANCES)[number];

/** How a message leaves, or how a vote or a cancellation arrives. The table in `channels.ts` describes each channel. */
export type Channel = keyof typeof CHANNELS;

/** The longest comment of a vote, or reason of a cancellation, in characters. */
export const COMMENT_MAX = 2_000;

/** Id of a human being who can vote, sign in or be asked: `usr_…`. On the wire and in SQL the same person is a `user`. */
export type PersonId = string;

/**
 * Names people in a policy: `role:NAME`, `user:EMAIL` or `user:usr_…`. It is resolved into people again at every command,
 * so whoever joins a role can vote and whoever leaves it cannot.
 */
export type Selector = string;

/** Where a message can go: a channel of a person (`email`, `sms`, `slack`) or a shared channel (`slack:#refunds`). */
export type NotifyTarget = string;

/** A length of time as the policy writes it. `90s 5m 4h 7d` are wall time; `30bm 4bh 2bd` are business time, which needs a calendar. */
export type Duration = string;

/** Business hours: when business time passes. */
export interface CalendarSpec {
  /** IANA name, such as `Europe/London`. */
  timezone: string;
  /** Opening hours by weekday or range of weekdays: `mon-thu` → `09:00-12:30,13:30-17:00`. */
  hours: Record<string, string>;
  /** Closed days: local dates, `YYYY-MM-DD`. */
  holidays?: string[];
  /** Opening hours of single days, by local date. They replace the usual hours of that day. */
  special?: Record<string, string>;
}

/** One way to approve a level: this many of these people. A level with several paths is content with any of them. */
export interface PathSpec {
  /** The pool: the people who can approve on this path. */
  approvers: Selector[];
  /** A number of people, or `all` who are in the pool when the level opens. */
  approve: number | 'all';
}

/** What happens to a level that stays undecided: it gets more people, other people or more time. */
export interface EscalationSpec {
  /** Counted from the opening of the level. Absent: the escalation runs only when the level needs help. */
  after?: Duration;
  /** People who join the approvers. */
  add?: Selector[];
  /** People who take the place of the approvers. */
  replace?: Selector[];
  /** Moves the end of the level this much later. */
  extend?: Duration;
}

/** The clocks of a level. */
export interface TimingSpec {
  /** The level's own time limit, from its opening. Absent: only the request's ttl limits it. */
  expire_in?: Duration;
  /** What the end of that time does: end the approval as expired or denied, or run the escalations first. */
  on_expire: 'expire' | 'deny' | 'escalate';
  /** Reminds the people who have not voted, at most `max` times. */
  remind?: { every: Duration; max: number };
  /** In the order in which a level in need runs them. */
  escalate: EscalationSpec[];
  /** A name in `Snapshot.calendars`, for business time. */
  calendar?: string;
}

/** What the policy demands at one level of an approval, with every default filled in. */
export interface LevelSpec {
  /** Unique in the approval. */
  name: string;
  /** Levels of one stage are open at the same time. A stage opens when all levels before it are approved. */
  stage: number;
  /** Ways to approve the level. Any one of them is enough. */
  paths: PathSpec[];
  /** This many denials deny the level, and with it the approval. */
  deny: number;
  /** People of whom one denial is enough. */
  veto: Selector[];
  /** People who join the first path if its own approvers are too few. */
  fallback: Selector[];
  /** Whether an approval or a denial needs a comment. */
  comment: { on_approve: 'optional' | 'required'; on_deny: 'optional' | 'required' };
  /** The least assurance that a vote here must have. */
  assurance: Assurance;
  timing: TimingSpec;
  /** Whether approvers who are away may be represented by their delegates. */
  delegation: boolean;
  /** Where messages go. Absent: to each person's own channels in their order, the next one when one fails. */
  notify?: NotifyTarget[];
  /** The level's condition `when` was false at the check. A skipped level never opens. */
  skipped: boolean;
}

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/**
 * One request, frozen by the check: what will run, why a person is asked, and the levels that have to agree. It is the
 * workflow's input and never changes. It names people by selectors only, because who they are may change while it waits.
 */
export interface Snapshot {
  /** Version of the rules in `advance`. A change of the rules gets a new version; kept histories prove that the old ones still hold. */
  semantics: 1;
  approval_id: string;
  /** The agent that asked. */
  agent: { id: string; name: string };
  /** What the agent wants to do, as a dotted name: `stripe.refund.create`. */
  action: string;
  /** The arguments of the action. Conditions read them and people decide on them. */
  context: JsonObject;
  /** What the agent adds for people to read. It is not part of the digest. */
  display: JsonObject | null;
  /** What the agent adds for itself, such as a run id. People do not see it. */
  metadata: JsonObject;
  /** SHA-256 over agent, action and context. A vote names it, so it can only count for what the voter saw. */
  digest: string;
  risk: Risk;
  /** Why a person is asked: the rule and its needs. Never the agent's words. */
  reason: string;
  /** Who asked the agent: an email address or a person's id, as the agent gave it. */
  requester: string | null;
  /** For whom the requester asked, in the same form. */
  on_behalf_of: string | null;
  /** The policy version that decided the check, and its rule; null if no rule matched. */
  policy: { version: number; rule: string | null };
  /** The time of the check. */
  created_at_ms: number;
  /** End of the request's ttl. A pending approval expires then, whatever its levels say. */
  expires_at_ms: number;
  /** How long the grant can be consumed after the approval. */
  valid_for_ms: number;
  separation: {
    /** Email addresses or ids of people who must not vote here: requester, on_behalf_of, named context fields, the agent's owner. */
    excluded: string[];
    /** Whether one person may approve at several levels. */
    same_person_across_levels: 'forbid' | 'act_again';
  };
  /** The calendars that the levels name, frozen too. */
  calendars: Record<string, CalendarSpec>;
  /** In stage order. */
  levels: LevelSpec[];
}
