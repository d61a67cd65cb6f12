/** Reads the rules and guardrails of a policy document. */
import { RISKS } from '../approval';
import type { Condition } from '../conditions';
import { actionPatternFault, agentPatternFault } from '../patterns';
import { readDuration } from './durations';
import { nameFault } from './names';
import type { Field } from './field';
import { MAX_LEVELS } from './read-level';
import { EFFECTS, type Guardrail, type Matcher, type Rule } from './types';

const MAX_RULES = 200;
const MAX_PATTERNS = 50;
const MATCHER_KEYS = ['id', 'agent', 'action', 'when', 'effect', 'flow', 'risk', 'reason'] as const;

/** The parts of the document that reading a rule needs. */
export interface RuleReader {
  condition: (field: Field) => Condition | undefined;
  calendar: (field: Field) => string | undefined;
  flow: (field: Field) => string | undefined;
  /** The name of a level that a guardrail adds. */
  addedLevel: (field: Field) => string | undefined;
}

const readPatterns = (field: Field, fault: (pattern: string) => string | null): string[] => {
  const items = Array.isArray(field.value)
    ? field.items('patterns', MAX_PATTERNS, 'write another rule')
    : field.present
      ? [field]
      : [];
  if (Array.isArray(field.value) && items.length === 0)
    field.fault('is empty and would match nothing; name a pattern, or "*" for all');
  return items.flatMap((item) => {
    const pattern = item.text();
    const wrong = pattern === undefined ? null : fault(pattern);
    if (wrong) item.fault(wrong);
    return pattern ?? [];
  });
};

const readMatcher = (field: Field, seen: Set<string>, reader: RuleReader): Matcher => {
  const at = field.at('id').required('it names the rule in answers and in the audit');
  const id = at.text(64) ?? '';
  const wrong = id === '' ? null : nameFault(id);
  if (wrong) at.fault(wrong);
  if (id !== '' && seen.has(id)) at.fault(`${id} is used twice; ids are unique`);
  seen.add(id);
  const agent = field.at('agent').present ? readPatterns(field.at('agent'), agentPatternFault) : ['*'];
  const action = readPatterns(
    field.at('action').required('a pattern like stripe.refund.*, or "*" for all'),
    actionPatternFault,
  );
  const when = reader.condition(field.at('when'));
  const risk = field.at('risk').oneOf(RISKS);
  const reason = field.at('reason').text();
  return { id, agent, action, ...(when && { when }), ...(risk && { risk }), ...(reason && { reason }) };
};

const readRule = (field: Field, seen: Set<string>, reader: RuleReader): Rule => {
  field.isSection([...MATCHER_KEYS, 'ttl', 'calendar', 'valid_for'], 'id, action and effect');
  const matcher = readMatcher(field, seen, reader);
  const effect =
    field
      .at('effect')
      .required(`write ${EFFECTS.join(', ')}`)
      .oneOf(EFFECTS) ?? 'deny';
  if (effect !== 'require_approval')
    for (const key of ['flow', 'ttl', 'valid_for', 'calendar'])
      if (field.at(key).present) field.at(key).warn(`has no effect with effect: ${effect}`);
  const flow = reader.flow(field.at('flow'));
  const ttl = readDuration(field.at('ttl'));
  const calendar = reader.calendar(field.at('calendar'));
  const valid_for = readDuration(field.at('valid_for'), 'wall');
  return {
    ...matcher,
    effect,
    ...(flow && { flow }),
    ...(ttl && { ttl }),
    ...(calendar && { calendar }),
    ...(valid_for && { valid_for }),
  };
};

const readGuardrail = (field: Field, seen: Set<string>, reader: RuleReader): Guardrail => {
  field.isSection([...MATCHER_KEYS, 'add_levels'], 'id, action, and effect or add_levels');
  if (field.at('effect').value === 'allow')
    field
      .at('effect')
      .fault('is allow, but guardrails only tighten: write deny or require_approval, or make it a rule');
  const matcher = readMatcher(field, seen, reader);
  const effect =
    field.at('effect').value === 'allow' ? undefined : field.at('effect').oneOf(['deny', 'require_approval']);
  const flow = reader.flow(field.at('flow'));
  const added = field.at('add_levels').items('names under levels', MAX_LEVELS);
  const add_levels = added.flatMap((item) => reader.addedLevel(item) ?? []);
  if (!field.at('effect').present && added.length === 0 && matcher.risk === undefined)
    field.fault('changes nothing: give it effect, add_levels or risk');
  if (flow && effect !== 'require_approval') field.at('flow').warn('has no effect without effect: require_approval');
  return { ...matcher, ...(effect && { effect }), ...(flow && { flow }), add_levels };
};

export const readRules = (field: Field, reader: RuleReader): Rule[] => {
  const seen = new Set<string>();
  return field
    .items('rules', MAX_RULES, 'join some with lists of patterns')
    .map((item) => readRule(item, seen, reader));
};

export const readGuardrails = (field: Field, reader: RuleReader): Guardrail[] => {
  const seen = new Set<string>();
  return field
    .items('guardrails', MAX_RULES, 'join some with lists of patterns')
    .map((item) => readGuardrail(item, seen, reader));
};
