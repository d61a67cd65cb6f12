/** Test support: short builders for approvals, and a `World` of people that a test can change between two commands. */
import { advance } from '../advance';
import type {
  Advance,
  Command,
  ApprovalState,
  Facts,
  LevelInstants,
  LevelSpec,
  PathSpec,
  Snapshot,
  VoteDecision,
  VoteRequest,
} from '../glossary';
import { initialState, selectorsToResolve } from '../state';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** The instant at which every test approval is created and opened. */
export const START_MS = Date.UTC(2026, 10, 20, 9);
export const DIGEST = 'sha256:00';

/** `path('role:a', 2)`, `path(['role:a', 'user:b'], 'all')`. */
export const path = (approvers: string | string[], approve: PathSpec['approve'] = 1): PathSpec => ({
  approvers: [approvers].flat(),
  approve,
});

type LevelWish = Partial<Omit<LevelSpec, 'timing'>> & { timing?: Partial<LevelSpec['timing']> };

/** One level with the policy's defaults: one approval, one denial, links are enough. */
export const level = (name: string, paths: PathSpec | PathSpec[], { timing, ...wish }: LevelWish = {}): LevelSpec => ({
  name,
  stage: 1,
  paths: [paths].flat(),
  deny: 1,
  veto: [],
  fallback: [],
  comment: { on_approve: 'optional', on_deny: 'optional' },
  assurance: 'link',
  delegation: true,
  skipped: false,
  ...wish,
  timing: { on_expire: 'expire', escalate: [], ...timing },
});

export type World = Facts;

/** `world({ 'role:a': 'ana ben' })`: everybody has an email address and a phone, and no level has a time limit of its own. */
export const world = (members: Record<string, string> = {}, more: Partial<Facts> = {}): World => {
  const lists = Object.entries(members).map(
    ([selector, names]) => [selector, names.split(' ').filter(Boolean)] as const,
  );
  const everybody = [...lists.flatMap(([, names]) => names), ...Object.values(more.delegates ?? {})];
  return {
    members: Object.fromEntries(lists),
    excluded: [],
    delegates: {},
    inactive: [],
    channels: Object.fromEntries(everybody.map((person) => [person, ['email', 'sms']])),
    openings: {},
    ...more,
  };
};

/** Instants in hours after the opening. */
export const instants = (
  expires_h: number | null,
  { reminders = [] as number[], escalations = [] as { at: number | null; end?: number | null }[] } = {},
): LevelInstants => {
  const at = (hours: number | null): number | null => (hours === null ? null : START_MS + hours * HOUR_MS);
  return {
    expires_at_ms: at(expires_h),
    reminders_ms: reminders.map((hours) => at(hours)!),
    escalations: escalations.map((escalation) => ({
      at_ms: at(escalation.at),
      expires_at_ms: at(escalation.end ?? null),
    })),
  };
};

export const snapshotOf = (levels: LevelSpec[], more: Partial<Snapshot> = {}): Snapshot => ({
  semantics: 1,
  approval_id: 'apr_1',
  agent: { id: 'bot', name: 'Bot' },
  action: 'deploy.production',
  context: {},
  display: null,
  metadata: {},
  digest: DIGEST,
  risk: 'medium',
  reason: 'Deployments are looked at',
  requester: null,
  on_behalf_of: null,
  policy: { version: 1, rule: 'deploy' },
  created_at_ms: START_MS,
  expires_at_ms: START_MS + 7 * DAY_MS,
  valid_for_ms: DAY_MS,
  separation: { excluded: [], same_person_across_levels: 'forbid' },
  calendars: {},
  levels,
  ...more,
});

export const voteRequest = (voter: string, decision: VoteDecision, more: Partial<VoteRequest> = {}): VoteRequest => ({
  voter,
  decision,
  digest: DIGEST,
  comment: null,
  channel: 'email',
  assurance: 'link',
  ip: null,
  ...more,
});

/** An approval under test. Each command comes one minute after the previous one, unless it has its own time. */
export class Story {
  state: ApprovalState;
  last!: Advance;
  readonly commands: { command: Command; facts: Facts }[] = [];
  private now_ms = START_MS;

  constructor(
    readonly snapshot: Snapshot,
    public facts: World,
  ) {
    this.state = initialState(snapshot);
  }

  apply(command: Command): Advance {
    const openings = Object.fromEntries(this.snapshot.levels.map(({ name }) => [name, instants(null)]));
    // Like the workflow, gives only the facts about the selectors that `advance` asks for.
    const asked = new Set<string>(selectorsToResolve(this.state, this.snapshot));
    const members = Object.fromEntries(Object.entries(this.facts.members).filter(([selector]) => asked.has(selector)));
    const facts = { ...this.facts, members, openings: { ...openings, ...this.facts.openings } };
    this.commands.push({ command, facts });
    this.now_ms = command.at_ms;
    this.last = advance(this.snapshot, this.state, command, facts);
    this.state = this.last.state;
    return this.last;
  }

  private later = (): number => this.now_ms + 60_000;

  open(): this {
    this.apply({ type: 'opened', at_ms: START_MS });
    return this;
  }

  vote(voter: string, decision: VoteDecision, more: Partial<VoteRequest> = {}): Advance {
    return this.apply({ type: 'vote', at_ms: this.later(), vote: voteRequest(voter, decision, more) });
  }

  approve = (voter: string, level?: string): Advance =>
    this.vote(voter, 'approve', level === undefined ? {} : { level });
  deny = (voter: string, level?: string): Advance => this.vote(voter, 'deny', level === undefined ? {} : { level });
  pass = (voter: string, level?: string): Advance => this.vote(voter, 'pass', level === undefined ? {} : { level });

  /** The command `clock`, `hours` after the start. */
  clock(hours: number): Advance {
    return this.apply({ type: 'clock', at_ms: START_MS + hours * HOUR_MS });
  }

  cancel(by: Command & { type: 'cancel' } extends { by: infer Actor } ? Actor : never): Advance {
    const about = { reason_code: 'user_cancelled', reason: 'not needed', ip: null, channel: 'dashboard' } as const;
    return this.apply({ type: 'cancel', at_ms: this.later(), by, ...about });
  }

  unreachable(level: string): Advance {
    return this.apply({ type: 'unreachable', at_ms: this.later(), level });
  }

  /** `pending`, `approved quorum`, `denied veto` … */
  get outcome(): string {
    return [this.state.status, this.state.reason_code].filter(Boolean).join(' ');
  }

  /** `team:approved finance:open` */
  get levels(): string {
    return this.state.levels.map(({ name, status }) => `${name}:${status}`).join(' ');
  }

  /** The messages of the last command, such as `request ana email`. */
  get deliveries(): string[] {
    return this.last.deliveries.map(({ kind, person, channel }) => [kind, person, channel].filter(Boolean).join(' '));
  }
}

export const story = (levels: LevelSpec[], facts: World, more: Partial<Snapshot> = {}): Story =>
  new Story(snapshotOf(levels, more), facts).open();
