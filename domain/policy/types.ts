import type { CalendarSpec, Duration, LevelSpec, NotifyTarget, Risk } from '../approval';
import type { Condition } from '../conditions';

export const EFFECTS = ['allow', 'deny', 'require_approval'] as const;
export type Effect = (typeof EFFECTS)[number];

/** Where the people whom a flow names come from: a word, or a dotted path into the context (`context.author`). */
export type IdentitySource = 'requester' | 'on_behalf_of' | 'agent_owner' | `context.${string}`;

export interface Defaults {
  /** Where no rule matched. */
  effect: 'deny' | 'require_approval';
  flow: string;
  ttl: Duration;
  valid_for: Duration;
  risk: Risk;
  /** Where a condition gave neither true nor false. */
  on_error: 'deny' | 'require_approval';
}

/** What rules and guardrails have in common: whom and what they are about. */
export interface Matcher {
  id: string;
  /** Patterns over the agent's id and name; `*` for all. */
  agent: string[];
  action: string[];
  when?: Condition;
  risk?: Risk;
  /** Told to whoever asks. */
  reason?: string;
}

export interface Rule extends Matcher {
  effect: Effect;
  flow?: string;
  ttl?: Duration;
  /** Of a ttl in business time; absent: the flow's. */
  calendar?: string;
  valid_for?: Duration;
}

export interface Guardrail extends Matcher {
  effect?: 'deny' | 'require_approval';
  flow?: string;
  add_levels: string[];
}

/** A level as the policy writes it, defaults filled in; `when` is decided at the check. */
export type LevelDefinition = Omit<LevelSpec, 'skipped'> & { when?: Condition };

export interface Flow {
  calendar?: string;
  separation: {
    exclude: IdentitySource[];
    require: IdentitySource[];
    same_person_across_levels: 'forbid' | 'act_again';
  };
  notify?: NotifyTarget[];
  /** In stage order. */
  levels: LevelDefinition[];
}

/** A published document, checked whole and compiled: everything that it names exists. */
export interface Policy {
  defaults: Defaults;
  calendars: Record<string, CalendarSpec>;
  guardrails: Guardrail[];
  rules: Rule[];
  /** Named levels; their stage is given where they are used. */
  levels: Record<string, LevelDefinition>;
  flows: Record<string, Flow>;
}

/** One agent, one action pattern; looked at before the rules. */
export interface Permission {
  agent_id: string;
  action: string;
  effect: Effect;
  flow: string | null;
  /** `context.amount` above it is blocked. */
  max_amount: number | null;
}
