/** `POST /api/policy/simulate`: what a check would answer, and who could decide; nothing is asked and nothing is written. */
import { z } from 'zod';
import { getAgent } from '../../db/agents';
import { namesOf } from '../../db/contacts';
import { membership } from '../../db/membership';
import { findPerson } from '../../db/people';
import { feasible, RISKS, type Feasibility, type LevelSpec } from '../../domain/approval';
import { levelEnd_ms } from '../../domain/calendar';
import { checkContext } from '../../domain/digest';
import { CHECK_REASON_CODES, evaluate, type ApprovalPlan, type Verdict } from '../../domain/evaluate';
import { parsePolicy } from '../../domain/policy';
import { timestamp } from '../../domain/timestamp';
import { canBeDecided } from '../../application/check';
import type { Deps } from '../../application/deps';
import { invalidPolicy } from './policy';
import { requesterOf } from '../../application/requester';
import { ok, route } from '../http/route';
import { selectorsOf } from '../../application/snapshot';
import { identitiesOf } from '../../application/visibility';
import { Action, AgentRef, Identity, Instant, JsonObjectOrNull, JsonObjectSchema } from '../http/schemas';

const Level = z.object({
  name: z.string(),
  stage: z.int(),
  skipped: z.boolean(),
  pool: z.array(z.object({ id: z.string(), name: z.string() })),
  excluded: z.array(z.object({ id: z.string(), why: z.string() })),
  needs: z.array(z.int()).meta({ description: 'One number per path' }),
  expires_at: Instant.nullable(),
});

const Body = z
  .strictObject({
    document: z
      .union([z.string().min(1).max(200_000), JsonObjectSchema])
      .optional()
      .meta({ description: 'A policy to try; the published one when absent' }),
    agent_id: AgentRef,
    action: Action,
    context: JsonObjectOrNull.optional(),
    requester: Identity.nullish(),
    on_behalf_of: Identity.nullish(),
    at: Instant.optional(),
  })
  .meta({ id: 'Simulation' });

export const simulate = route({
  id: 'simulate-policy',
  method: 'post',
  path: '/api/policy/simulate',
  tag: 'policy',
  summary: 'What a check would answer, and who could decide',
  access: 'auditor',
  body: Body,
  answers: {
    200: z.object({
      decision: z.enum(['allow', 'deny', 'require_approval']),
      reason: z.string(),
      reason_code: z.enum(CHECK_REASON_CODES).nullable(),
      rule: z.string().nullable(),
      guardrails: z.array(z.string()),
      risk: z.enum(RISKS),
      flow: z.string().nullable(),
      levels: z.array(Level),
      feasible: z.boolean().nullable().meta({ description: 'Null where nobody would be asked' }),
    }),
  },
  async handler(deps, { body }) {
    const verdict = await verdictOf(deps, body);
    const { plan } = verdict;
    if (plan === null) return ok({ ...answerOf(verdict), flow: null, levels: [], feasible: null });
    const said = answerOf(await canBeDecided(deps, verdict, plan));
    const at_ms = body.at === undefined ? deps.now() : Date.parse(body.at);
    return ok({ ...said, flow: plan.flow, ...(await outlook(deps, plan, at_ms, identities(body))) });
  },
});

const answerOf = ({ plan: _, ...said }: Verdict): Omit<Verdict, 'plan'> => said;

type Asked = z.output<typeof Body>;

async function verdictOf(deps: Deps, body: Asked): Promise<Verdict> {
  const { policy, policy_version, permissions } = await deps.configuration.fresh();
  const { id, name, owner } = await getAgent(deps.db, body.agent_id);
  const context = body.context ?? {};
  checkContext(context);
  return evaluate(
    {
      policy: body.document === undefined ? policy : read(body.document),
      policy_version,
      permissions: permissions.get(id) ?? [],
    },
    {
      agent: { id, name, owner },
      action: body.action,
      context,
      requester: await requesterOf(deps, body.requester ?? null),
      requester_identity: body.requester ?? null,
      on_behalf_of: body.on_behalf_of ?? null,
      now_ms: body.at === undefined ? deps.now() : Date.parse(body.at),
    },
  );
}

function read(document: NonNullable<Asked['document']>) {
  const parsed = parsePolicy(typeof document === 'string' ? document : JSON.stringify(document));
  if (!parsed.ok) throw invalidPolicy(parsed.errors);
  return parsed.policy;
}

const identities = ({ requester, on_behalf_of }: Asked): Record<string, string> => ({
  ...(on_behalf_of ? { [on_behalf_of.toLowerCase()]: 'on_behalf_of' } : {}),
  ...(requester ? { [requester.toLowerCase()]: 'requester' } : {}),
});

async function outlook(deps: Deps, plan: ApprovalPlan, at_ms: number, roles: Record<string, string>) {
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
  const why = await reasonsOf(deps, plan, roles);
  const first = Math.min(...plan.levels.filter((level) => !level.skipped).map((level) => level.stage));
  const levels = seen.levels.map((level, index) =>
    present(level, plan.levels[index]!, { facts, names, why, plan, first, at_ms }),
  );
  return { levels, feasible: seen.feasible };
}

/** Why somebody is excluded, by person. */
async function reasonsOf(
  deps: Deps,
  { separation }: ApprovalPlan,
  roles: Record<string, string>,
): Promise<Map<string, string>> {
  const why = new Map<string, string>();
  for (const identity of separation.excluded) {
    const person = await findPerson(deps.db, identity);
    if (person === null) continue;
    const role = identitiesOf(person)
      .map((own) => roles[own.toLowerCase()])
      .find((known) => known !== undefined);
    why.set(person.id, role ?? `named by the policy's separation of duties`);
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

function present(
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
