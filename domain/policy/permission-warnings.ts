/** Warns about rules that never decide, because an agent's permission decides first. */
import type { Fault } from '../errors';
import { matchesPattern, patternsMeet } from '../patterns';
import type { Permission, Policy, Rule } from './types';

/** An agent of a permission. Rules match agents by id or by name. */
export interface NamedAgent {
  id: string;
  name: string;
}

/** Limit for the warnings: nobody reads more. */
const MAX_WARNINGS = 200;
/** Limit for comparing patterns: each comparison takes some microseconds. */
const MAX_COMPARISONS = 20_000;

/** A permission without a flow of its own uses the rule's flow, so the rule is not hidden. */
const keepsRule = (permission: Permission, rule: Rule): boolean =>
  permission.effect === 'require_approval' && permission.flow === null && rule.effect === 'require_approval';

const concerns = (rule: Rule, permission: Permission, agent: NamedAgent | undefined): boolean =>
  rule.agent.some(
    (pattern) => matchesPattern(pattern, permission.agent_id) || (agent && matchesPattern(pattern, agent.name)),
  ) && rule.action.some((pattern) => patternsMeet(pattern, permission.action));

/** One warning for each rule that a permission hides. The last warning says if there were too many to compare. */
export const permissionWarnings = (policy: Policy, permissions: Permission[], agents: NamedAgent[] = []): Fault[] => {
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const warnings: Fault[] = [];
  let comparisons = 0;
  for (const permission of permissions)
    for (const [index, rule] of policy.rules.entries()) {
      comparisons += rule.agent.length + rule.action.length;
      if (comparisons > MAX_COMPARISONS || warnings.length === MAX_WARNINGS)
        return [...warnings, { path: 'rules', message: NOT_ALL }];
      if (keepsRule(permission, rule) || !concerns(rule, permission, byId.get(permission.agent_id))) continue;
      const message = `${rule.id} is hidden from agent ${permission.agent_id} by its permission ${permission.action} (${permission.effect}), which decides first; remove the permission if the rule should decide`;
      warnings.push({ path: `rules.${index}`, message });
    }
  return warnings;
};

const NOT_ALL =
  'are too many to compare all with the agents’ permissions, so further rules may be hidden; see each agent’s permissions';
