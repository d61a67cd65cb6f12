/** Checks that need the whole policy document: faults and warnings across its sections. */
import type { Duration } from '../approval';
import { needsCalendar } from '../calendar';
import { longest_ms } from './durations';
import { namedIn } from './names';
import type { Field } from './field';
import type { Flow, LevelDefinition, Policy, Rule } from './types';

/** A ttl in business time needs the calendar of its rule or of its flow. */
const checkRuleTtl = (root: Field, policy: Policy, rule: Rule, index: number): void => {
  if (rule.ttl === undefined || !needsCalendar(rule.ttl) || rule.calendar !== undefined) return;
  if (namedIn(policy.flows, rule.flow ?? policy.defaults.flow)?.calendar !== undefined) return;
  root
    .at('rules')
    .at(index)
    .at('ttl')
    .fault(`is business time, but neither the rule nor its flow names a calendar; add calendar`);
};

const longestLife_ms = ({ timing }: LevelDefinition): number => {
  if (timing.expire_in === undefined) return 0;
  const extensions = timing.escalate.flatMap(({ extend }) => (extend === undefined ? [] : [extend]));
  return [timing.expire_in, ...extensions].reduce((sum, duration) => sum + longest_ms(duration), 0);
};

const lifetime = (ttl: Duration, of: string) => ({ ttl, of, ttl_ms: longest_ms(ttl) });

/** Warns about a level that lasts longer than the ttl, which ends the request first. */
const warnOfShortTtl = (root: Field, policy: Policy, flowName: string, flow: Flow): void => {
  const ttls = policy.rules
    .filter((rule) => rule.effect === 'require_approval' && (rule.flow ?? policy.defaults.flow) === flowName)
    .map((rule) => lifetime(rule.ttl ?? policy.defaults.ttl, `rule ${rule.id}`));
  if (policy.defaults.flow === flowName) ttls.push(lifetime(policy.defaults.ttl, 'defaults'));
  flow.levels.forEach((level, index) => {
    const life_ms = longestLife_ms(level);
    const short = ttls.find((given) => life_ms > given.ttl_ms);
    if (!short) return;
    const field = root.at('flows').at(flowName).at('levels').at(index);
    field.warn(
      `${level.name} can outlive the ttl of ${short.ttl} (${short.of}), which ends the request first; lengthen the ttl or shorten the level`,
    );
  });
};

const matchesAll = (rule: Rule): boolean =>
  rule.agent.includes('*') && rule.action.includes('*') && rule.when === undefined;

const warnOfDeadRules = (root: Field, policy: Policy): void => {
  const last = policy.rules.findIndex(matchesAll);
  policy.rules.forEach((rule, index) => {
    if (last >= 0 && index > last)
      root
        .at('rules')
        .at(index)
        .warn(`${rule.id} is never reached: ${policy.rules[last]!.id} before it matches everything`);
  });
};

/** Warns about guardrails with different flows: only the first flow applies, whereas levels add up. */
const warnOfGuardrailFlows = (root: Field, policy: Policy): void => {
  const flows = new Set<string>();
  policy.guardrails.forEach((guardrail, index) => {
    if (guardrail.effect !== 'require_approval') return;
    flows.add(guardrail.flow ?? policy.defaults.flow);
    if (flows.size > 1)
      root
        .at('guardrails')
        .at(index)
        .warn(
          `${guardrail.id} is asked by its flow only where no guardrail before it asks by another; use add_levels to ask people in any case`,
        );
  });
};

/** Warns about a default flow whose levels can all be skipped, which leaves nobody to ask. */
const warnOfSkippedDefaults = (root: Field, policy: Policy): void => {
  const flow = namedIn(policy.flows, policy.defaults.flow);
  if (flow?.levels.every((level) => level.when !== undefined))
    root
      .at('flows')
      .at(policy.defaults.flow)
      .warn(
        'is the flow of defaults, and all of its levels have when: if all are skipped the check is denied; leave one without when',
      );
};

export const crossCheck = (root: Field, policy: Policy): void => {
  policy.rules.forEach((rule, index) => checkRuleTtl(root, policy, rule, index));
  for (const [name, flow] of Object.entries(policy.flows)) warnOfShortTtl(root, policy, name, flow);
  warnOfDeadRules(root, policy);
  warnOfGuardrailFlows(root, policy);
  warnOfSkippedDefaults(root, policy);
};
