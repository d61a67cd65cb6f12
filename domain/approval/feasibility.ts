/** Whether what is left of a flow can be satisfied at all: a matching of persons to seats over all its levels. */
import { allOf, isReachable, optionsOf, people, unfinished, type Membership } from './counting';
import type { LevelSpec, LevelState, PersonId, Snapshot } from './glossary';
import { satisfiable } from './seats';
import { initialState, specOf, type View } from './state';

/** Which levels are looked at as if their fallback had joined. */
type Helped = (level: LevelState) => boolean;

const everyLevel: Helped = () => true;

/** Whether these levels (all that are unfinished, unless told) can each be satisfied beside the others. */
export function isPossible(view: View, helped: Helped = everyLevel, levels = unfinished(view)): boolean {
  const demands = levels.map((level) => optionsOf(view, level, helped(level)));
  return view.snapshot.separation.same_person_across_levels === 'act_again'
    ? demands.every((demand) => satisfiable([demand]))
    : satisfiable(demands);
}

/** The first level that, beside those before it, cannot be satisfied. */
export const firstImpossible = (view: View): LevelState | undefined =>
  unfinished(view).find((_, index, levels) => !isPossible(view, everyLevel, levels.slice(0, index + 1)));

/**
 * Names of those levels, of the ones that open now, whose fallback has to join; null when even that does not help.
 * Levels that open later may count on theirs.
 */
export function fallbacksNeeded(view: View, opening: readonly LevelState[]): Set<string> | null {
  const joined = new Set<string>();
  const possible = (): boolean => isPossible(view, (level) => !opening.includes(level) || joined.has(level.name));
  const helpable = opening.filter((level) => specOf(view.snapshot, level.name).fallback.length > 0);
  const shortFirst = helpable.toSorted((a, b) => Number(isReachable(view, a)) - Number(isReachable(view, b)));
  let enough = possible();
  for (const { name } of shortFirst) {
    if (enough) break;
    joined.add(name);
    enough = possible();
  }
  if (!enough) return null;
  // One that joined before the one that helped may have joined in vain: nobody is asked who need not be.
  for (const name of [...joined]) {
    joined.delete(name);
    if (!possible()) joined.add(name);
  }
  return joined;
}

export interface LevelOutlook {
  name: string;
  stage: number;
  skipped: boolean;
  /** Who could vote on any of its paths, fallback included where it would join. */
  pool: PersonId[];
  /** One number per path, `all` counted; 0: this path can never pass. */
  needs: number[];
  fallback_joined: boolean;
}

export interface Feasibility {
  feasible: boolean;
  levels: LevelOutlook[];
}

/** The check's question, before there is an approval: could these levels be satisfied by the people there are now? */
export function feasible(
  levels: LevelSpec[],
  { members, excluded }: Membership,
  same_person: Snapshot['separation']['same_person_across_levels'],
): Feasibility {
  const snapshot = { levels, separation: { same_person_across_levels: same_person } };
  const view: View = {
    snapshot,
    state: initialState(snapshot),
    facts: { members, excluded, delegates: {}, inactive: [] },
  };
  const asked = unfinished(view);
  const joined = asked.length === 0 ? null : fallbacksNeeded(view, asked);
  return {
    feasible: joined !== null,
    levels: view.state.levels.map((level, index) => {
      const spec = levels[index]!;
      const joins = !spec.skipped && spec.fallback.length > 0 && (joined?.has(level.name) ?? true);
      const selectors = [...level.paths.flatMap((path) => path.approvers), ...(joins ? spec.fallback : [])];
      return {
        name: spec.name,
        stage: spec.stage,
        skipped: spec.skipped,
        pool: people(view.facts, selectors),
        needs: level.paths.map(
          ({ need }, path) => need || allOf(view, level, path, joins && path === 0 ? spec.fallback : []),
        ),
        fallback_joined: joins,
      };
    }),
  };
}
