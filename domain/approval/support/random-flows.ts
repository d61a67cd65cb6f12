/** Test support: random flows, people and steps, and walks through them. */
import fc from 'fast-check';
import type { ApprovalState, EscalationSpec, LevelSpec, PersonId, Vote } from '../glossary';
import { instants, level, story, world, type Story, type World } from './fixtures';

export const PEOPLE = ['ana', 'ben', 'cem', 'dan', 'eve', 'fay'];
const ROLES = ['role:a', 'role:b', 'role:c', 'role:admin'];

export const person = fc.constantFrom(...PEOPLE);
const crowd = fc.uniqueArray(person, { maxLength: 5 });
const selectors = fc.uniqueArray(fc.constantFrom(...ROLES), { minLength: 1, maxLength: 2 });
const sometimes = <Thing>(thing: fc.Arbitrary<Thing>, otherwise: Thing) => fc.oneof(fc.constant(otherwise), thing);

const members = fc
  .tuple(crowd, crowd, crowd, crowd)
  .map((lists) => Object.fromEntries(ROLES.map((role, at) => [role, lists[at]!])));

const onePath = fc.record({
  approvers: selectors,
  approve: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant('all' as const)),
});

const escalation: fc.Arbitrary<EscalationSpec> = fc.oneof(
  selectors.map((add) => ({ add })),
  selectors.map((replace) => ({ replace, extend: '10h' })),
  fc.constant({ extend: '5h' }),
);

const hours = fc.integer({ min: 1, max: 160 });

interface LevelFields {
  paths: LevelSpec['paths'];
  stage: number;
  deny: number;
  veto: string[];
  fallback: string[];
  delegation: boolean;
  skipped: boolean;
  escalate: EscalationSpec[];
  on_expire: LevelSpec['timing']['on_expire'];
  expires_h: number | null;
  remind_h: number;
}

const oneLevel: fc.Arbitrary<LevelFields> = fc.record({
  paths: fc.array(onePath, { minLength: 1, maxLength: 2 }),
  stage: fc.integer({ min: 1, max: 3 }),
  deny: fc.integer({ min: 1, max: 2 }),
  veto: sometimes(selectors, [] as string[]),
  fallback: sometimes(selectors, [] as string[]),
  delegation: fc.boolean(),
  skipped: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  escalate: fc.array(escalation, { maxLength: 2 }),
  on_expire: fc.constantFrom('expire', 'deny', 'escalate'),
  expires_h: sometimes(hours, null),
  remind_h: hours,
});

/** The levels and the world of one approval. */
export interface Flow {
  levels: LevelSpec[];
  facts: World;
  same_person: 'forbid' | 'act_again';
}

export const flow: fc.Arbitrary<Flow> = fc
  .record({
    fields: fc.array(oneLevel, { minLength: 1, maxLength: 3 }),
    members,
    excluded: sometimes(fc.uniqueArray(person, { maxLength: 1 }), [] as string[]),
    delegates: sometimes(fc.dictionary(person, person, { maxKeys: 2 }), {}),
    same_person: fc.constantFrom('forbid' as const, 'act_again' as const),
  })
  .map(({ fields, members, excluded, delegates, same_person }) => {
    const sorted = fields.toSorted((a, b) => a.stage - b.stage).map((rest, at) => ({ name: `level${at}`, ...rest }));
    const levels = sorted.map(({ name, paths, escalate, on_expire, ...rest }) => {
      const { stage, deny, veto, fallback, delegation, skipped } = rest;
      return level(name, paths, { stage, deny, veto, fallback, delegation, skipped, timing: { escalate, on_expire } });
    });
    const openings = Object.fromEntries(
      sorted.map(({ name, expires_h, remind_h, escalate }) => {
        const escalations = escalate.map(({ extend }, at) => ({
          at: at === 0 ? remind_h + 3 : null,
          end: expires_h === null ? null : expires_h + (extend ? 10 * (at + 1) : 0),
        }));
        return [name, instants(expires_h, { reminders: [remind_h, 2 * remind_h], escalations })];
      }),
    );
    const channels = Object.fromEntries(PEOPLE.map((who) => [who, ['email']]));
    return { levels, same_person, facts: { ...world(), members, excluded, delegates, channels, openings } };
  });

/** What a test does to an approval. */
export type Step =
  | { do: 'vote'; who: PersonId; decision: Vote['decision']; at: number | null }
  | { do: 'clock'; hours: number }
  | { do: 'unreachable'; at: number }
  | { do: 'members'; members: World['members'] }
  | { do: 'inactive'; who: PersonId[] }
  | { do: 'cancel' };

export const vote: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('vote' as const),
  who: person,
  decision: fc.constantFrom(
    'approve' as const,
    'approve' as const,
    'approve' as const,
    'deny' as const,
    'pass' as const,
  ),
  at: sometimes<number | null>(fc.integer({ min: 0, max: 2 }), null),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: vote, weight: 12 },
  { arbitrary: hours.map((by): Step => ({ do: 'clock', hours: by % 40 })), weight: 2 },
  { arbitrary: fc.integer({ min: 0, max: 2 }).map((at): Step => ({ do: 'unreachable', at })), weight: 1 },
  { arbitrary: members.map((changed): Step => ({ do: 'members', members: changed })), weight: 1 },
  { arbitrary: fc.uniqueArray(person, { maxLength: 2 }).map((who): Step => ({ do: 'inactive', who })), weight: 1 },
  { arbitrary: fc.constant<Step>({ do: 'cancel' }), weight: 1 },
);

export const begun = ({ levels, facts, same_person }: Flow): Story =>
  story(levels, facts, { separation: { excluded: [], same_person_across_levels: same_person } });

function take(approval: Story, next: Step, elapsed: { hours: number }): void {
  if (next.do === 'vote') approval.vote(next.who, next.decision, next.at === null ? {} : { level: `level${next.at}` });
  else if (next.do === 'clock') approval.clock((elapsed.hours += next.hours));
  else if (next.do === 'unreachable') approval.unreachable(`level${next.at}`);
  else if (next.do === 'members')
    approval.facts = { ...approval.facts, members: without(next.members, approval.facts.inactive) };
  else if (next.do === 'inactive')
    approval.facts = { ...approval.facts, inactive: next.who, members: without(approval.facts.members, next.who) };
  else approval.cancel({ type: 'user', id: 'zoe' });
}

const without = (lists: World['members'], gone: PersonId[]): World['members'] =>
  Object.fromEntries(
    Object.entries(lists).map(([role, names]) => [role, names.filter((name) => !gone.includes(name))]),
  );

function frozen<Thing>(thing: Thing): Thing {
  if (typeof thing === 'object' && thing !== null && !Object.isFrozen(thing))
    Object.values(Object.freeze(thing)).forEach(frozen);
  return thing;
}

type Look = (approval: Story, before: ApprovalState) => void;

/** Takes the steps, then waits for the ttl. Calls `look` after each step. */
export function walk(start: Flow, steps: Step[], look: Look = () => undefined): Story {
  const approval = begun(start);
  const elapsed = { hours: 0 };
  for (const next of [...steps, { do: 'clock', hours: 7 * 24 + 1 } as const]) {
    const before = frozen(approval.state);
    take(approval, next, elapsed);
    look(approval, before);
  }
  return approval;
}

export const steps = fc.array(step, { maxLength: 25 });
