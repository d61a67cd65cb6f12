/** Whether the unfinished levels can be satisfied together: a matching of people to seats over all of them. */
import { eligiblePeople, isReachable, needOfAll, optionsOf } from './counting';
import type { Facts, LevelSpec, PersonId, Snapshot } from './glossary';
import { satisfiable } from './matching';
import { initialState, isUnfinished, viewOf, type Level, type View } from './state';

/** For which levels the fallback counts as if it had joined. */
type FallbackRule = (level: Level) => boolean;

const everyFallback: FallbackRule = () => true;

export const unfinishedLevels = ({ levels }: Pick<View, 'levels'>): Level[] => levels.filter(isUnfinished);

/** Whether these levels (by default all unfinished ones) can be satisfied together. */
export function isPossible(view: View, withFallback = everyFallback, levels = unfinishedLevels(view)): boolean {
  const demands = levels.map((level) => optionsOf(view, level, withFallback(level)));
  return view.snapshot.separation.same_person_across_levels === 'act_again'
    ? demands.every((demand) => satisfiable([demand]))
    : satisfiable(demands);
}

/** The first level that cannot be satisfied together with the levels before it. */
export const firstImpossible = (view: View): Level | undefined =>
  unfinishedLevels(view).find((_, index, levels) => !isPossible(view, everyFallback, levels.slice(0, index + 1)));

/**
 * The levels among `opening` whose fallback has to join now, as few as possible. Null if the approval is impossible even
 * with all fallbacks. Levels that open later count on their fallbacks.
 */
export function fallbacksNeeded(view: View, opening: readonly Level[]): Set<Level> | null {
  const joined = new Set<Level>();
  const possible = (): boolean => isPossible(view, (level) => !opening.includes(level) || joined.has(level));
  const helpable = opening.filter(({ spec }) => spec.fallback.length > 0);
  const shortFirst = helpable.toSorted((a, b) => Number(isReachable(view, a)) - Number(isReachable(view, b)));
  let enough = possible();
  for (const level of shortFirst) {
    if (enough) break;
    joined.add(level);
    enough = possible();
  }
  if (!enough) return null;
  // A fallback may have joined before the one that made the difference. Take out those that were not needed.
  for (const level of [...joined]) {
    joined.delete(level);
    if (!possible()) joined.add(level);
  }
  return joined;
}

export interface LevelOutlook {
  name: string;
  stage: number;
  skipped: boolean;
  /** Everybody who could vote on any path, with the fallback where it would join. */
  pool: PersonId[];
  /** The need of each path, with `all` as a number. 0: the path can never pass. */
  needs: number[];
  fallback_joined: boolean;
}

export interface Feasibility {
  feasible: boolean;
  levels: LevelOutlook[];
}

/** Whether the people of today could satisfy these levels. A check asks before it creates an approval. */
export function feasible(
  specs: LevelSpec[],
  { members, excluded }: Pick<Facts, 'members' | 'excluded'>,
  same_person_across_levels: Snapshot['separation']['same_person_across_levels'],
): Feasibility {
  const terms = { levels: specs, separation: { same_person_across_levels } };
  const view = viewOf(terms, initialState(terms), { members, excluded, delegates: {}, inactive: [] });
  const opening = unfinishedLevels(view);
  const joining = opening.length === 0 ? null : fallbacksNeeded(view, opening);
  return {
    feasible: joining !== null,
    levels: view.levels.map((level) => outlookOf(view, level, joining?.has(level) ?? true)),
  };
}

function outlookOf(view: View, level: Level, mayJoin: boolean): LevelOutlook {
  const { spec, state } = level;
  const joins = mayJoin && !spec.skipped && spec.fallback.length > 0;
  const joining = joins ? spec.fallback : [];
  return {
    name: spec.name,
    stage: spec.stage,
    skipped: spec.skipped,
    pool: eligiblePeople(view.facts, [...state.paths.flatMap((path) => path.approvers), ...joining]),
    needs: state.paths.map(({ need }, index) => need || needOfAll(view, level, index, index === 0 ? joining : [])),
    fallback_joined: joins,
  };
}
