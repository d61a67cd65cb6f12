/** Plans an approval: which levels are asked, who must not vote, and until when. */
import type { CalendarSpec, Duration, LevelSpec, Snapshot } from '../approval';
import { addDuration } from '../calendar';
import type { ConditionScope } from '../conditions';
import type { ApprovalPlan, CheckRequest } from './types';
import { AgentWardenError } from '../errors';
import { namedIn } from '../policy/names';
import type { Flow, LevelDefinition, Policy } from '../policy/types';
import { excludedIdentities, requiredIdentities } from './identities';
import type { Ruling } from './ruling';
import { EvaluationError, holds } from './strictness';

/** Evaluates the level's `when`. If the condition fails and `on_error` asks people, the level is asked. */
const specify = (policy: Policy, { when, ...level }: LevelDefinition, scope: ConditionScope): LevelSpec => {
  try {
    return { ...level, skipped: !holds(when, `Level ${level.name}`, scope) };
  } catch (error) {
    if (error instanceof EvaluationError && policy.defaults.on_error === 'require_approval')
      return { ...level, skipped: false };
    throw error;
  }
};

const isAsked = (level: LevelSpec): boolean => !level.skipped;

/** The flow and its levels. If every level is skipped, the default flow is used, because skipping must never approve. */
const chooseFlow = (
  policy: Policy,
  name: string,
  scope: ConditionScope,
): { name: string; flow: Flow; levels: LevelSpec[] } => {
  const flow = namedIn(policy.flows, name);
  if (!flow)
    throw new EvaluationError(`The flow ${name} does not exist in the policy: publish it, or change the permission`);
  const levels = flow.levels.map((level) => specify(policy, level, scope));
  if (levels.some(isAsked)) return { name, flow, levels };
  if (name === policy.defaults.flow)
    throw new EvaluationError(`Every level of the flow ${name} is skipped, so nobody could approve`, true);
  return chooseFlow(policy, policy.defaults.flow, scope);
};

/** Appends the levels that guardrails add, each in a stage of its own. A level that the flow already asks is not added again. */
const withAdded = (
  policy: Policy,
  levels: LevelSpec[],
  names: string[],
  flow: Flow | null,
  scope: ConditionScope,
): LevelSpec[] =>
  names.reduce((all, name) => {
    if (all.some((level) => level.name === name && isAsked(level))) return all;
    const definition = namedIn(policy.levels, name);
    if (!definition) throw new EvaluationError(`The level ${name} does not exist in the policy`);
    const others = all.filter((level) => level.name !== name);
    const stage = Math.max(0, ...all.map((level) => level.stage)) + 1;
    const notify = definition.notify ?? flow?.notify;
    return [...others, { ...specify(policy, definition, scope), stage, ...(notify && { notify }) }];
  }, levels);

const calendarsOf = (policy: Policy, levels: LevelSpec[]): Snapshot['calendars'] => {
  const names = new Set(levels.flatMap((level) => level.timing.calendar ?? []));
  return Object.fromEntries([...names].map((name) => [name, policy.calendars[name]!]));
};

/** Fails if the calendar has run out of open days since the policy was published. */
const endOf = (from_ms: number, ttl: Duration, calendar: CalendarSpec | undefined): number => {
  try {
    return addDuration(from_ms, ttl, calendar);
  } catch (error) {
    if (error instanceof AgentWardenError) throw new EvaluationError(`The ttl ${ttl} has no end: ${error.message}`);
    throw error;
  }
};

const expiry = (policy: Policy, ruling: Ruling, flow: Flow | null, request: CheckRequest): number => {
  const ttl = ruling.terms?.ttl ?? policy.defaults.ttl;
  const calendar = namedIn(policy.calendars, ruling.terms?.calendar ?? flow?.calendar ?? '');
  const end_ms = endOf(request.now_ms, ttl, calendar);
  return request.ttl_ms === undefined ? end_ms : Math.min(end_ms, request.now_ms + request.ttl_ms);
};

/** @throws EvaluationError if the policy cannot be applied to this request. */
export const planApproval = (
  policy: Policy,
  ruling: Ruling,
  request: CheckRequest,
  scope: ConditionScope,
): ApprovalPlan => {
  let chosen = ruling.flow === null ? null : chooseFlow(policy, ruling.flow, scope);
  let levels = withAdded(policy, chosen?.levels ?? [], ruling.added, chosen?.flow ?? null, scope);
  if (!levels.some(isAsked)) {
    chosen = chooseFlow(policy, policy.defaults.flow, scope);
    levels = withAdded(policy, chosen.levels, ruling.added, chosen.flow, scope);
  }
  const flow = chosen?.flow ?? null;
  return {
    flow: chosen?.name ?? null,
    levels,
    separation: {
      excluded: excludedIdentities(flow, request),
      same_person_across_levels: flow?.separation.same_person_across_levels ?? 'forbid',
    },
    require: requiredIdentities(flow, request),
    calendars: calendarsOf(policy, levels),
    expires_at_ms: expiry(policy, ruling, flow, request),
    valid_for_ms: addDuration(0, ruling.terms?.valid_for ?? policy.defaults.valid_for),
  };
};
