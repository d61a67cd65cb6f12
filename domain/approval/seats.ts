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

/** Looks at a pool's member. Some 20 ms; at 10 levels of 5 paths thousands of times what the hardest fuzzed case takes. */
const BUDGET = 2_000_000;

/** Whether one choice of a path per level can be filled with distinct people. Out of budget is a no: it fails closed. */
export function satisfiable(demands: readonly Demand[], budget = BUDGET): boolean {
  const purse = { left: budget };
  const levels = demands
    .map((demand) => demand.filter((option) => option.need <= option.pool.length))
    .filter((demand) => !demand.some((option) => option.need <= 0))
    .map(withoutWorse)
    .sort((a, b) => a.length - b.length);
  return levels.every((demand) => demand.length > 0) && choose(levels, [], purse);
}

/** Takes a path for one level after the other, and turns back as soon as even the kindest view of the rest fails. */
function choose(levels: readonly Demand[], chosen: readonly Option[], purse: { left: number }): boolean {
  const rest = levels.slice(chosen.length);
  if (!fill([...chosen, ...rest.map(kindest)], purse)) return false;
  const [next] = rest;
  return next === undefined || next.some((option) => choose(levels, [...chosen, option], purse));
}

/** A path that asks no more than this one and offers everybody whom this one offers makes this one pointless. */
function withoutWorse(demand: Demand): Demand {
  const kept: Option[] = [];
  for (const option of [...demand].sort((a, b) => a.need - b.need || b.pool.length - a.pool.length)) {
    const worse = kept.some(({ pool }) => option.pool.every((person) => pool.includes(person)));
    if (!worse) kept.push(option);
  }
  return kept;
}

/** All the people of a level's paths against the smallest of its needs: never harder than any one path. */
const kindest = (demand: Demand): Option =>
  demand.length === 1
    ? demand[0]!
    : {
        need: Math.min(...demand.map((option) => option.need)),
        pool: [...new Set(demand.flatMap((option) => option.pool))],
      };

/** Bipartite matching by augmenting paths. A level that gives a person up takes another, so each is asked once per seat. */
function fill(options: readonly Option[], purse: { left: number }): boolean {
  const holder = new Map<PersonId, number>();

  const take = (index: number, asked: Set<number>): boolean => {
    asked.add(index);
    const { pool } = options[index]!;
    purse.left -= pool.length;
    if (purse.left < 0) return false;
    const free = pool.find((person) => !holder.has(person));
    const given =
      free ??
      pool.find((person) => {
        const other = holder.get(person)!;
        return !asked.has(other) && take(other, asked);
      });
    if (given === undefined) return false;
    holder.set(given, index);
    return true;
  };

  return options.every((option, index) =>
    Array.from({ length: Math.ceil(option.need) }).every(() => take(index, new Set())),
  );
}
