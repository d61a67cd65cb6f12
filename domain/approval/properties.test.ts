/** Properties of every flow, with any people and commands in any order. `FC_RUNS` sets how often each property is tried. */
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, level, path, snapshotOf, START_MS, Story, world, type World } from './support/fixtures';
import { begun, flow, PEOPLE, person, steps, vote, walk, type Flow, type Step } from './support/random-flows';
import type { ApprovalState, PersonId, Vote } from './glossary';
import { advance, feasible, initialState, isEnded, nextDeadline } from './index';

const RUNS = Number(process.env.FC_RUNS ?? (process.env.CI ? 10_000 : 2_000));
/** For promises of docs/concepts/policy.md. */
const always = { numRuns: RUNS };
/** For properties that follow from those. */
const often = { numRuns: Math.ceil(RUNS / 5) };
jest.setTimeout(120_000);

const distinct = (names: string[]): number => new Set(names).size;
const seat = ({ voter, seat_of }: Vote): PersonId => seat_of ?? voter;

/** Counts from the votes alone whether a level that was just approved reached its need. */
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

describe('an approval', () => {
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

  it('every reachable state ends by its ttl, and a clock command leaves nothing due', () => {
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

  it('replaying the commands gives the same state, also with each state converted to JSON and back', () => {
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

/** One stage, without fallback and escalations: they may bring new approvers after a denial. */
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

  it('a counted denial at a threshold of one denies the request', () => {
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

  it('when everybody approves without naming a level, a feasible flow is approved', () => {
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
