/** What holds for every flow, every crowd and every order of events. `FC_RUNS` sets how often each of it is tried. */
import fc from 'fast-check';
import {
  DAY_MS,
  HOUR_MS,
  instants,
  level,
  path,
  snapshotOf,
  START_MS,
  Story,
  story,
  world,
  type World,
} from './support/fixtures';
import type { ApprovalState, EscalationSpec, LevelSpec, PersonId, Vote } from './glossary';
import { advance, feasible, initialState, isEnded, nextDeadline } from './index';

const RUNS = Number(process.env.FC_RUNS ?? (process.env.CI ? 10_000 : 2_000));
/** For what policy.md promises. */
const always = { numRuns: RUNS };
/** For what follows from it. */
const often = { numRuns: Math.ceil(RUNS / 5) };
jest.setTimeout(120_000);

const PEOPLE = ['ana', 'ben', 'cem', 'dan', 'eve', 'fay'];
const ROLES = ['role:a', 'role:b', 'role:c', 'role:admin'];

const person = fc.constantFrom(...PEOPLE);
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

interface Wish {
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

const oneLevel: fc.Arbitrary<Wish> = fc.record({
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

interface Flow {
  levels: LevelSpec[];
  facts: World;
  same_person: 'forbid' | 'act_again';
}

const flow: fc.Arbitrary<Flow> = fc
  .record({
    wishes: fc.array(oneLevel, { minLength: 1, maxLength: 3 }),
    members,
    excluded: sometimes(fc.uniqueArray(person, { maxLength: 1 }), [] as string[]),
    delegates: sometimes(fc.dictionary(person, person, { maxKeys: 2 }), {}),
    same_person: fc.constantFrom('forbid' as const, 'act_again' as const),
  })
  .map(({ wishes, members, excluded, delegates, same_person }) => {
    const sorted = wishes.toSorted((a, b) => a.stage - b.stage).map((wish, at) => ({ name: `level${at}`, ...wish }));
    const levels = sorted.map(({ name, paths, escalate, on_expire, ...wish }) => {
      const { stage, deny, veto, fallback, delegation, skipped } = wish;
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

type Step =
  | { do: 'vote'; who: PersonId; decision: Vote['decision']; at: number | null }
  | { do: 'clock'; hours: number }
  | { do: 'unreachable'; at: number }
  | { do: 'members'; members: World['members'] }
  | { do: 'inactive'; who: PersonId[] }
  | { do: 'cancel' };

const vote: fc.Arbitrary<Step> = fc.record({
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

const begun = ({ levels, facts, same_person }: Flow): Story =>
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

const distinct = (names: string[]): number => new Set(names).size;
const seat = ({ voter, seat_of }: Vote): PersonId => seat_of ?? voter;

/** Counts anew, from the votes alone, whether a level that was just approved had its need. */
function hadItsNeed(state: ApprovalState, name: string, { inactive, excluded }: World): boolean {
  const gone = new Set([...inactive, ...excluded]);
  const approvals = state.votes.filter(
    (each) =>
      each.level === name &&
      each.decision === 'approve' &&
      each.superseded_by === null &&
      !gone.has(each.voter) &&
      !gone.has(seat(each)),
  );
  return state.levels
    .find((each) => each.name === name)!
    .paths.some(({ need }, at) => {
      const held = approvals.filter((each) => each.paths.includes(at));
      return need >= 1 && distinct(held.map((each) => each.voter)) >= need && distinct(held.map(seat)) >= need;
    });
}

type Look = (approval: Story, before: ApprovalState) => void;

/** Walks through the steps and looks at every state on the way. */
function walk(start: Flow, steps: Step[], look: Look = () => undefined): Story {
  const approval = begun(start);
  const elapsed = { hours: 0 };
  for (const next of [...steps, { do: 'clock', hours: 7 * 24 + 1 } as const]) {
    const before = frozen(approval.state);
    take(approval, next, elapsed);
    look(approval, before);
  }
  return approval;
}

const steps = fc.array(step, { maxLength: 25 });

describe('whatever happens', () => {
  it('an ended request never changes, and an accepted command counts one version', () => {
    fc.assert(
      fc.property(flow, steps, (start, script) => {
        walk(start, script, ({ state, last }, before) => {
          if (state === before) return;
          expect(isEnded(before) || last.events.length === 0 || last.refusal !== undefined).toBe(false);
          expect(state.version).toBe(before.version + 1);
        });
      }),
      always,
    );
  });

  it('no approved level has fewer distinct eligible persons than its need', () => {
    fc.assert(
      fc.property(flow, steps, (start, script) => {
        walk(start, script, ({ state, facts }, before) => {
          state.levels.forEach(({ name, status }, at) => {
            if (status === 'approved' && before.levels[at]!.status !== 'approved')
              expect(hadItsNeed(state, name, facts)).toBe(true);
          });
          if (state.status !== 'approved') return;
          expect(state.levels.every(({ status }) => status === 'approved' || status === 'skipped')).toBe(true);
          expect(state.levels.some(({ status }) => status === 'approved')).toBe(true);
        });
      }),
      always,
    );
  });

  it('with forbid nobody counts in two levels, as voter or by seat', () => {
    fc.assert(
      fc.property(flow, steps, (start, script) => {
        const { state } = walk({ ...start, same_person: 'forbid' }, script);
        const levelOf = new Map<PersonId, string>();
        for (const each of state.votes.filter(
          ({ decision, superseded_by }) => decision === 'approve' && superseded_by === null,
        )) {
          for (const who of [each.voter, seat(each)]) {
            expect(levelOf.get(who) ?? each.level).toBe(each.level);
            levelOf.set(who, each.level);
          }
        }
      }),
      often,
    );
  });

  it('no need is lowered, no closed level opens again, nobody is asked twice at a level', () => {
    fc.assert(
      fc.property(flow, steps, (start, script) => {
        const { state } = walk(start, script, ({ state: after }, before) => {
          after.levels.forEach(({ paths, status }, at) => {
            const was = before.levels[at]!;
            paths.forEach(({ need }, index) => expect(need).toBeGreaterThanOrEqual(was.paths[index]!.need));
            if (was.closed_at_ms !== null) expect(status).toBe(was.status);
          });
        });
        const asked = state.asked.map(({ person: who, level: at }) => `${who} ${at}`);
        expect(distinct(asked)).toBe(asked.length);
      }),
      often,
    );
  });

  it('every reachable state ends by its ttl, and a clock leaves nothing due behind', () => {
    fc.assert(
      fc.property(flow, steps, (start, script) => {
        const { state } = walk(start, script, ({ state: after, snapshot, commands }) => {
          const deadline_ms = nextDeadline(after, snapshot) ?? Infinity;
          const { command } = commands.at(-1)!;
          const due = command.type === 'clock' && deadline_ms <= command.at_ms;
          expect(isEnded(after) ? deadline_ms === Infinity : deadline_ms <= snapshot.expires_at_ms && !due).toBe(true);
        });
        expect(isEnded(state)).toBe(true);
        expect(state.decided_at_ms! - START_MS).toBeLessThanOrEqual(DAY_MS * 7 + 25 * 40 * HOUR_MS);
      }),
      always,
    );
  });

  it('replaying the commands gives the same state, also when each state was written down as JSON', () => {
    fc.assert(
      fc.property(flow, steps, (start, script) => {
        const { snapshot, commands, state } = walk(start, script);
        const again = commands.reduce(
          (before, { command, facts }) =>
            JSON.parse(JSON.stringify(advance(snapshot, before, command, facts).state)) as ApprovalState,
          initialState(snapshot),
        );
        expect(JSON.stringify(again)).toBe(JSON.stringify(state));
      }),
      always,
    );
  });
});

/** One stage without help from outside: fallback and escalation may rightly turn a denial into new approvers. */
const plain = flow.map(({ levels, facts }): Flow => {
  const openings = Object.entries(facts.openings).map(([name, at]) => [name, { ...at, escalations: [] }]);
  return {
    same_person: 'act_again',
    facts: { ...facts, openings: Object.fromEntries(openings) },
    levels: levels.map((each) => ({ ...each, stage: 1, fallback: [], timing: { ...each.timing, escalate: [] } })),
  };
});

describe('votes', () => {
  const only = fc.array(vote, { maxLength: 15 });

  it('adding a deny never turns a non-approval into an approval', () => {
    fc.assert(
      fc.property(plain, only, person, fc.nat(15), fc.nat(2), (start, script, who, when, at) => {
        const added: Step = { do: 'vote', who, decision: 'deny', at };
        const without = walk(start, script);
        const with_ = walk(start, [...script.slice(0, when), added, ...script.slice(when)]);
        expect(without.state.status !== 'approved' && with_.state.status === 'approved').toBe(false);
      }),
      always,
    );
  });

  it('a denial that is taken at a threshold of one ends the request as denied', () => {
    fc.assert(
      fc.property(flow, steps, (start, script) => {
        const strict = { ...start, levels: start.levels.map((each) => ({ ...each, deny: 1 })) };
        walk(strict, script, ({ state, last, commands }) => {
          const { command } = commands.at(-1)!;
          if (command.type === 'vote' && command.vote.decision === 'deny' && last.vote?.counted)
            expect(state.status).toBe('denied');
        });
      }),
      often,
    );
  });

  it('the order of approvals alone does not matter at a level', () => {
    const orders = fc.tuple(fc.shuffledSubarray(PEOPLE), fc.func(fc.nat()));
    fc.assert(
      fc.property(flow, orders, (start, [voters, weigh]) => {
        const single = {
          ...start,
          facts: { ...start.facts, delegates: {} },
          levels: [{ ...start.levels[0]!, skipped: false }],
        };
        const other = voters.toSorted((a, b) => weigh(a) - weigh(b));
        const [one, two] = [voters, other].map((order) => {
          const approval = begun(single);
          order.forEach((who) => approval.approve(who));
          return approval.outcome;
        });
        expect(two).toBe(one);
      }),
      always,
    );
  });

  it('when everybody approves without naming a level, what can be satisfied is approved', () => {
    fc.assert(
      fc.property(
        plain,
        fc.shuffledSubarray(PEOPLE, { minLength: PEOPLE.length }),
        fc.boolean(),
        (start, order, stages) => {
          const levels = start.levels.map((each, at) => ({ ...each, stage: stages ? at + 1 : 1 }));
          const facts = { ...start.facts, delegates: {} };
          const possible = feasible(levels, facts, 'forbid').feasible;
          const approval = begun({ levels, facts, same_person: 'forbid' });
          levels.forEach(() => order.forEach((who) => isEnded(approval.state) || approval.approve(who)));
          expect(approval.outcome).toBe(possible ? 'approved quorum' : 'denied no_eligible_approver');
        },
      ),
      often,
    );
  });
});

it('the flows of these tests reach every end', () => {
  const ends = fc
    .sample(fc.tuple(flow, steps), { numRuns: 1_000, seed: 3 })
    .map(([start, script]) => walk(start, script).outcome);
  expect([...new Set(ends)].sort()).toEqual([
    'approved quorum',
    'cancelled user_cancelled',
    'denied deny_threshold',
    'denied level_timeout',
    'denied no_eligible_approver',
    'denied quorum_unreachable',
    'denied veto',
    'expired level_timeout',
    'expired request_ttl',
  ]);
  expect(new Story(snapshotOf([level('team', path('role:a'))]), world()).outcome).toBe('pending');
});
