/** Simulates a check: returns its answer and the people who could decide. Asks nobody and writes nothing. */
import { getAgent } from '../db/agents';
import { namesOf } from '../db/contacts';
import { membership } from '../db/membership';
import { findPerson } from '../db/people';
import { feasible, type Feasibility, type JsonObject, type LevelSpec } from '../domain/approval';
import { levelEnd_ms } from '../domain/calendar';
import { checkContext } from '../domain/digest';
import type { ApprovalPlan, Evaluation } from '../domain/evaluate';
import { parsePolicy, type Policy } from '../domain/policy';
import { timestamp } from '../domain/timestamp';
import { denyIfUndecidable } from './check-decision';
import type { Deps } from './deps';
import { evaluateRequest } from './evaluate-request';
import { invalidPolicy } from './policy';
import { selectorsOf } from './snapshot';
import { identitiesOf } from './visibility';

export interface Simulation {
  /** A policy to try; absent: the published one. */
  document?: string | JsonObject | undefined;
  agent_id: string;
  action: string;
  context: JsonObject;
  requester: string | null;
  on_behalf_of: string | null;
  /** The moment of the check, in Unix milliseconds. */
  at_ms: number;
}

/** Throws `policy_invalid` when the given document has mistakes. */
export async function simulateCheck(deps: Deps, simulation: Simulation) {
  const { plan, ...verdict } = await verdictOf(deps, simulation);
  if (plan === null) return { ...verdict, flow: null, levels: [], feasible: null };
  const { plan: _, ...decidable } = await denyIfUndecidable(deps, { ...verdict, plan }, plan);
  return { ...decidable, flow: plan.flow, ...(await outlook(deps, plan, simulation)) };
}

async function verdictOf(
  deps: Deps,
  { document, agent_id, context, at_ms, ...named }: Simulation,
): Promise<Evaluation> {
  const configuration = await deps.configuration.fresh();
  const agent = await getAgent(deps.db, agent_id);
  checkContext(context);
  const policy = document === undefined ? configuration.policy : parsed(document);
  return evaluateRequest(deps, { ...configuration, policy }, { ...named, agent, context, now_ms: at_ms });
}

function parsed(document: string | JsonObject): Policy {
  const read = parsePolicy(typeof document === 'string' ? document : JSON.stringify(document));
  if (!read.ok) throw invalidPolicy(read.errors);
  return read.policy;
}

/** Which part of the request each identity plays, for the reason of an exclusion. */
const partsOf = ({ requester, on_behalf_of }: Simulation): Record<string, string> => ({
  ...(on_behalf_of ? { [on_behalf_of.toLowerCase()]: 'on_behalf_of' } : {}),
  ...(requester ? { [requester.toLowerCase()]: 'requester' } : {}),
});

/** The levels with the people who could decide each, and whether all levels together can be decided. */
async function outlook(deps: Deps, plan: ApprovalPlan, simulation: Simulation) {
  const facts = await membership(deps.db, {
    selectors: selectorsOf(plan),
    excluded: plan.separation.excluded,
    persons: [],
  });
  const seen = feasible(plan.levels, facts, plan.separation.same_person_across_levels);
  const names = await namesOf(
    deps.db,
    seen.levels.flatMap(({ pool }) => pool),
  );
  const why = await reasonsOf(deps, plan, partsOf(simulation));
  const first = Math.min(...plan.levels.filter((level) => !level.skipped).map((level) => level.stage));
  const levels = seen.levels.map((level, index) =>
    levelOutlook(level, plan.levels[index]!, { facts, names, why, plan, first, at_ms: simulation.at_ms }),
  );
  return { levels, feasible: seen.feasible };
}

/** Why somebody is excluded, by person. */
async function reasonsOf(
  deps: Deps,
  { separation }: ApprovalPlan,
  parts: Record<string, string>,
): Promise<Map<string, string>> {
  const why = new Map<string, string>();
  for (const identity of separation.excluded) {
    const person = await findPerson(deps.db, identity);
    if (person === null) continue;
    const part = identitiesOf(person)
      .map((own) => parts[own.toLowerCase()])
      .find((known) => known !== undefined);
    why.set(person.id, part ?? `named by the policy's separation of duties`);
  }
  return why;
}

interface Surroundings {
  facts: { members: Record<string, string[]>; excluded: string[] };
  names: Readonly<Record<string, string>>;
  why: Map<string, string>;
  plan: ApprovalPlan;
  first: number;
  at_ms: number;
}

function levelOutlook(
  { name, stage, skipped, pool, needs }: Feasibility['levels'][number],
  spec: LevelSpec,
  { facts, names, why, plan, first, at_ms }: Surroundings,
) {
  const named = new Set(
    [...spec.paths.flatMap((path) => path.approvers), ...spec.fallback].flatMap(
      (selector) => facts.members[selector] ?? [],
    ),
  );
  const expires_at_ms = !skipped && stage === first ? levelEnd_ms(spec, plan.calendars, at_ms) : null;
  return {
    name,
    stage,
    skipped,
    pool: pool.map((id) => ({ id, name: names[id] ?? id })),
    excluded: facts.excluded
      .filter((id) => named.has(id))
      .map((id) => ({ id, why: why.get(id) ?? 'separation of duties, or an auditor, who never votes' })),
    needs,
    expires_at: expires_at_ms === null ? null : timestamp(expires_at_ms),
  };
}
