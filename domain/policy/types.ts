/** A policy as it is in memory: checked, with defaults filled in and conditions compiled. */
import type { CalendarSpec, Duration, LevelSpec, NotifyTarget, Risk } from '../approval';
import type { Condition } from '../conditions';

export const EFFECTS = ['allow', 'deny', 'require_approval'] as const;
export type Effect = (typeof EFFECTS)[number];

/** Where a flow finds people to exclude or require: a field of the check, or a dotted path into the context (`context.author`). */
export type IdentitySource = 'requester' | 'on_behalf_of' | 'agent_owner' | `context.${string}`;

/** Values for everything that a rule or flow leaves out. */
export interface Defaults {
  /** The effect if no rule matches. */
  effect: 'deny' | 'require_approval';
  flow: string;
  ttl: Duration;
  valid_for: Duration;
  risk: Risk;
  /** The effect if a condition gives neither true nor false. */
  on_error: 'deny' | 'require_approval';
}

/** Which checks a rule or guardrail matches. */
export interface Matcher {
  id: string;
  /** Patterns for the agent's id or name; `*` matches all. */
  agent: string[];
  action: string[];
  when?: Condition;
  risk?: Risk;
  /** A sentence for agents and people. */
  reason?: string;
}

/** Decides the checks that it matches. The first matching rule counts. */
export interface Rule extends Matcher {
  effect: Effect;
  flow?: string;
  ttl?: Duration;
  /** For a ttl in business time. Absent: the flow's calendar. */
  calendar?: string;
  valid_for?: Duration;
}

/** Tightens the checks that it matches. All matching guardrails count. */
export interface Guardrail extends Matcher {
  effect?: 'deny' | 'require_approval';
  flow?: string;
  add_levels: string[];
}

/** A level of the policy. Its condition `when` is evaluated at each check. */
export type LevelDefinition = Omit<LevelSpec, 'skipped'> & { when?: Condition };

/** Who must approve: levels, and who must not vote. */
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

/** A valid policy document: every name in it is defined. */
export interface Policy {
  defaults: Defaults;
  calendars: Record<string, CalendarSpec>;
  guardrails: Guardrail[];
  rules: Rule[];
  /** Named levels. The flow that uses a level sets its stage. */
  levels: Record<string, LevelDefinition>;
  flows: Record<string, Flow>;
}

/** Decides one agent's actions of one pattern, before the rules. */
export interface Permission {
  agent_id: string;
  action: string;
  effect: Effect;
  flow: string | null;
  /** A larger `context.amount` is denied. */
  max_amount: number | null;
}
