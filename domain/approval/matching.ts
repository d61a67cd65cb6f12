/**
 * Can these people fill these seats? One person fills one seat, over all levels; a level is content with any one of its
 * paths. Nothing here knows of votes or roles: numbers and names only.
 */
import type { PersonId } from './glossary';

/** One path: so many of these people are still needed. */
export interface Option {
  need: number;
  pool: readonly PersonId[];
}

/** One level: any one of its paths will do. */
export type Demand = readonly Option[];

/**
 * How many people may be looked at: at most some 100 ms, because it runs inside a workflow task. Random flows of 10 levels
 * with 5 paths each stay within it unless nearly every person is needed and nearly every path overlaps with all others.
 */
const BUDGET = 500_000;

/** Whether one choice of a path per level can be filled with distinct people. Out of budget is a no: it fails closed. */
export function satisfiable(demands: readonly Demand[], budget = BUDGET): boolean {
  const levels = demands
    .map((demand) => demand.filter((option) => option.need <= option.pool.length))
    .filter((demand) => !demand.some((option) => option.need <= 0))
    .map(withoutWorse);
  return choose(levels, [], { left: budget });
}

/**
 * Takes a path for one level after the other, the level with the least choice first, and turns back as soon as even the
 * kindest view of the rest fails.
 */
function choose(levels: readonly Demand[], chosen: readonly Option[], purse: { left: number }): boolean {
  const viable = levels.map((demand) => demand.filter((option) => fill([...chosen, option], purse)));
  if (viable.some((demand) => demand.length === 0)) return false;
  if (!fill([...chosen, ...viable.map(kindest)], purse)) return false;
  if (viable.length === 0) return true;
  const next = viable.reduce((least, demand) => (demand.length < least.length ? demand : least));
  const others = viable.filter((demand) => demand !== next);
  return next.some((option) => choose(others, [...chosen, option], purse));
}

/** A path that asks no more than this one and offers everybody whom this one offers makes this one pointless. */
function withoutWorse(demand: Demand): Demand {
  const kept: { option: Option; people: Set<PersonId> }[] = [];
  for (const option of demand.toSorted((a, b) => a.need - b.need || b.pool.length - a.pool.length)) {
    const worse = kept.some(({ people }) => option.pool.every((person) => people.has(person)));
    if (!worse) kept.push({ option, people: new Set(option.pool) });
  }
  return kept.map(({ option }) => option);
}

/** All the people of a level's paths against the smallest of its needs: never harder than any one path. */
const kindest = (demand: Demand): Option =>
  demand.length === 1
    ? demand[0]!
    : {
        need: Math.min(...demand.map((option) => option.need)),
        pool: [...new Set(demand.flatMap((option) => option.pool))],
      };

/** Bipartite matching by augmenting paths. A level that gives a person up takes another, so it is asked once per seat. */
function fill(options: readonly Option[], purse: { left: number }): boolean {
  const holder = new Map<PersonId, number>();
  // Who was taken once is never free again, only held by another level: each pool is searched for the free ones once.
  const searched = options.map(() => 0);

  const nextFree = (index: number): PersonId | undefined => {
    const { pool } = options[index]!;
    while (searched[index]! < pool.length) {
      purse.left -= 1;
      const person = pool[searched[index]!++]!;
      if (!holder.has(person)) return person;
    }
    return undefined;
  };

  const take = (index: number, asked: Set<number>): boolean => {
    if (purse.left < 0) return false;
    asked.add(index);
    const person = nextFree(index) ?? options[index]!.pool.find((held) => givesUp(holder.get(held)!, asked));
    if (person !== undefined) holder.set(person, index);
    return person !== undefined;
  };

  const givesUp = (index: number, asked: Set<number>): boolean => {
    purse.left -= 1;
    return !asked.has(index) && take(index, asked);
  };

  return options.every((option, index) =>
    Array.from({ length: Math.ceil(option.need) }).every(() => take(index, new Set())),
  );
}
