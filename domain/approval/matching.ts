/**
 * Decides whether the people can fill the seats of all levels together. One person fills one seat over all levels, and a
 * level needs only one of its paths. This file sees numbers and ids of people, never votes or roles.
 */
import type { PersonId } from './glossary';

/** One path of a level: it still needs `need` people from `pool`. */
export interface Option {
  need: number;
  pool: readonly PersonId[];
}

/** The paths of one level. One of them is enough. */
export type Demand = readonly Option[];

/**
 * Limit for the steps of the search: about 100 ms, because it runs inside a workflow task. Random flows of 10 levels with
 * 5 paths each stay within it, unless nearly every person is needed and nearly every path overlaps with all others.
 */
const BUDGET = 500_000;

/** Whether one path of each level can be filled, with no person twice. False when the budget runs out: it fails closed. */
export function satisfiable(demands: readonly Demand[], budget = BUDGET): boolean {
  const levels = demands
    .map((demand) => demand.filter((option) => option.need <= option.pool.length))
    .filter((demand) => !demand.some((option) => option.need <= 0))
    .map(withoutHarder);
  return choose(levels, [], { left: budget });
}

/**
 * Backtracking: chooses a path for one level after the other, the level with the fewest paths first. Tries another path as
 * soon as the other levels cannot be filled even under the easiest assumption (`easiest`).
 */
function choose(levels: readonly Demand[], chosen: readonly Option[], steps: { left: number }): boolean {
  const viable = levels.map((demand) => demand.filter((option) => fill([...chosen, option], steps)));
  if (viable.some((demand) => demand.length === 0)) return false;
  if (!fill([...chosen, ...viable.map(easiest)], steps)) return false;
  if (viable.length === 0) return true;
  const next = viable.reduce((least, demand) => (demand.length < least.length ? demand : least));
  const others = viable.filter((demand) => demand !== next);
  return next.some((option) => choose(others, [...chosen, option], steps));
}

/** Drops a path if another one needs no more people and its pool contains the whole pool of this one. */
function withoutHarder(demand: Demand): Demand {
  const kept: { option: Option; people: Set<PersonId> }[] = [];
  for (const option of demand.toSorted((a, b) => a.need - b.need || b.pool.length - a.pool.length)) {
    const harder = kept.some(({ people }) => option.pool.every((person) => people.has(person)));
    if (!harder) kept.push({ option, people: new Set(option.pool) });
  }
  return kept.map(({ option }) => option);
}

/** One path that is as easy as every path of the level: the smallest need, and the people of all pools. */
const easiest = (demand: Demand): Option =>
  demand.length === 1
    ? demand[0]!
    : {
        need: Math.min(...demand.map((option) => option.need)),
        pool: [...new Set(demand.flatMap((option) => option.pool))],
      };

/** Bipartite matching by augmenting paths. A path gives up a person only if it finds another one. It is asked once per seat. */
function fill(options: readonly Option[], steps: { left: number }): boolean {
  const holder = new Map<PersonId, number>();
  // A person who was taken never becomes free again but only changes hands. So each pool is searched once for free people.
  const searched = options.map(() => 0);

  const nextFree = (index: number): PersonId | undefined => {
    const { pool } = options[index]!;
    while (searched[index]! < pool.length) {
      steps.left -= 1;
      const person = pool[searched[index]!++]!;
      if (!holder.has(person)) return person;
    }
    return undefined;
  };

  const take = (index: number, asked: Set<number>): boolean => {
    if (steps.left < 0) return false;
    asked.add(index);
    const person = nextFree(index) ?? options[index]!.pool.find((held) => givesUp(holder.get(held)!, asked));
    if (person !== undefined) holder.set(person, index);
    return person !== undefined;
  };

  const givesUp = (index: number, asked: Set<number>): boolean => {
    steps.left -= 1;
    return !asked.has(index) && take(index, asked);
  };

  return options.every((option, index) =>
    Array.from({ length: Math.ceil(option.need) }).every(() => take(index, new Set())),
  );
}
