import { RISKS } from '../approval';
import type { Condition } from '../conditions';
import { actionPatternFault, agentPatternFault } from '../patterns';
import { readDuration } from './durations';
import { nameFault } from './names';
import type { Place } from './place';
import { MAX_LEVELS } from './read-level';
import { EFFECTS, type Guardrail, type Matcher, type Rule } from './types';

const MAX_RULES = 200;
const MAX_PATTERNS = 50;
const MATCHER_KEYS = ['id', 'agent', 'action', 'when', 'effect', 'flow', 'risk', 'reason'] as const;

/** What reading a rule needs from the rest of the document. */
export interface RuleReader {
  condition: (place: Place) => Condition | undefined;
  calendar: (place: Place) => string | undefined;
  flow: (place: Place) => string | undefined;
  /** A named level that a guardrail adds. */
  addedLevel: (place: Place) => string | undefined;
}

const readPatterns = (place: Place, fault: (pattern: string) => string | null): string[] => {
  const items = Array.isArray(place.value)
    ? place.items('patterns', MAX_PATTERNS, 'write another rule')
    : place.present
      ? [place]
      : [];
  if (Array.isArray(place.value) && items.length === 0)
    place.fault('is empty and would match nothing; name a pattern, or "*" for all');
  return items.flatMap((item) => {
    const pattern = item.text();
    const wrong = pattern === undefined ? null : fault(pattern);
    if (wrong) item.fault(wrong);
    return pattern ?? [];
  });
};

const readMatcher = (place: Place, seen: Set<string>, reader: RuleReader): Matcher => {
  const at = place.at('id').required('it names the rule in answers and in the audit');
  const id = at.text(64) ?? '';
  const wrong = id === '' ? null : nameFault(id);
  if (wrong) at.fault(wrong);
  if (id !== '' && seen.has(id)) at.fault(`${id} stands twice; ids are unique`);
  seen.add(id);
  const agent = place.at('agent').present ? readPatterns(place.at('agent'), agentPatternFault) : ['*'];
  const action = readPatterns(
    place.at('action').required('a pattern like stripe.refund.*, or "*" for all'),
    actionPatternFault,
  );
  const when = reader.condition(place.at('when'));
  const risk = place.at('risk').oneOf(RISKS);
  const reason = place.at('reason').text();
  return { id, agent, action, ...(when && { when }), ...(risk && { risk }), ...(reason && { reason }) };
};

const readRule = (place: Place, seen: Set<string>, reader: RuleReader): Rule => {
  place.isSection([...MATCHER_KEYS, 'ttl', 'calendar', 'valid_for'], 'id, action and effect');
  const matcher = readMatcher(place, seen, reader);
  const effect =
    place
      .at('effect')
      .required(`write ${EFFECTS.join(', ')}`)
      .oneOf(EFFECTS) ?? 'deny';
  if (effect !== 'require_approval')
    for (const key of ['flow', 'ttl', 'valid_for', 'calendar'])
      if (place.at(key).present) place.at(key).warn(`has no effect with effect: ${effect}`);
  const flow = reader.flow(place.at('flow'));
  const ttl = readDuration(place.at('ttl'));
  const calendar = reader.calendar(place.at('calendar'));
  const valid_for = readDuration(place.at('valid_for'), 'wall');
  return {
    ...matcher,
    effect,
    ...(flow && { flow }),
    ...(ttl && { ttl }),
    ...(calendar && { calendar }),
    ...(valid_for && { valid_for }),
  };
};

const readGuardrail = (place: Place, seen: Set<string>, reader: RuleReader): Guardrail => {
  place.isSection([...MATCHER_KEYS, 'add_levels'], 'id, action, and effect or add_levels');
  if (place.at('effect').value === 'allow')
    place
      .at('effect')
      .fault('is allow, but guardrails only tighten: write deny or require_approval, or make it a rule');
  const matcher = readMatcher(place, seen, reader);
  const effect =
    place.at('effect').value === 'allow' ? undefined : place.at('effect').oneOf(['deny', 'require_approval']);
  const flow = reader.flow(place.at('flow'));
  const added = place.at('add_levels').items('names under levels', MAX_LEVELS);
  const add_levels = added.flatMap((item) => reader.addedLevel(item) ?? []);
  if (!place.at('effect').present && added.length === 0 && matcher.risk === undefined)
    place.fault('changes nothing: give it effect, add_levels or risk');
  if (flow && effect !== 'require_approval') place.at('flow').warn('has no effect without effect: require_approval');
  return { ...matcher, ...(effect && { effect }), ...(flow && { flow }), add_levels };
};

export const readRules = (place: Place, reader: RuleReader): Rule[] => {
  const seen = new Set<string>();
  return place
    .items('rules', MAX_RULES, 'join some with lists of patterns')
    .map((item) => readRule(item, seen, reader));
};

export const readGuardrails = (place: Place, reader: RuleReader): Guardrail[] => {
  const seen = new Set<string>();
  return place
    .items('guardrails', MAX_RULES, 'join some with lists of patterns')
    .map((item) => readGuardrail(item, seen, reader));
};
