import type { Fault } from '../errors';
import { matchesPattern, patternsMeet } from '../patterns';
import type { Permission, Policy, Rule } from './types';

/** An agent whose permissions are looked at; without a name, only its id is compared with a rule's patterns. */
export interface NamedAgent {
  id: string;
  name: string;
}

/** A permission without a flow of its own still asks whom the rule asks. */
const keepsRule = (permission: Permission, rule: Rule): boolean =>
  permission.effect === 'require_approval' && permission.flow === null && rule.effect === 'require_approval';

const concerns = (rule: Rule, permission: Permission, agent: NamedAgent | undefined): boolean =>
  rule.agent.some(
    (pattern) => matchesPattern(pattern, permission.agent_id) || (agent && matchesPattern(pattern, agent.name)),
  ) && rule.action.some((pattern) => patternsMeet(pattern, permission.action));

/** One warning for each rule that a permission hides, since permissions are looked at first. */
export const permissionWarnings = (policy: Policy, permissions: Permission[], agents: NamedAgent[] = []): Fault[] =>
  permissions.flatMap((permission) => {
    const agent = agents.find(({ id }) => id === permission.agent_id);
    return policy.rules.flatMap((rule, index) => {
      if (!concerns(rule, permission, agent) || keepsRule(permission, rule)) return [];
      const message = `${rule.id} is hidden from agent ${permission.agent_id} by its permission ${permission.action} (${permission.effect}), which is looked at first; remove the permission if the rule should decide`;
      return [{ path: `rules.${index}`, message }];
    });
  });
