/** How many people count towards a level. The rules count people, never accounts, channels or clicks. */
import type { LevelState, PersonId, Selector, Vote } from './glossary';
import type { Option } from './matching';
import { isInForce, seatOf, type Level, type View } from './state';

/** Whether the person must not take part: excluded from this approval, or no longer active. */
export const isBarred = (facts: View['facts'], person: PersonId): boolean =>
  facts.excluded.includes(person) || facts.inactive.includes(person);

/** The people whom these selectors name, each once, without barred people. A selector without facts names nobody. */
export function eligiblePeople(facts: View['facts'], selectors: readonly Selector[]): PersonId[] {
  const barred = new Set([...facts.excluded, ...facts.inactive]);
  const named = selectors.flatMap((selector) => facts.members[selector] ?? []);
  return [...new Set(named)].filter((person) => !barred.has(person));
}

/** The level's votes that count now. Asked again at every command, so the vote of a deactivated person stops counting. */
export const effectiveVotes = ({ state, facts }: View, { spec }: Level): Vote[] =>
  state.votes.filter(
    (vote) =>
      vote.level === spec.name && isInForce(vote) && !isBarred(facts, vote.voter) && !isBarred(facts, seatOf(vote)),
  );

export interface Tally {
  paths: { need: number; approvals: number }[];
  denials: number;
  vetoed: boolean;
}

/** Counts these votes for one level. Approvals are counted by seat, so two votes in one seat count once. */
export function tally(level: LevelState, votes: readonly Vote[]): Tally {
  const counted = votes.filter((vote) => vote.level === level.name && isInForce(vote));
  const approvals = counted.filter((vote) => vote.decision === 'approve');
  const denials = counted.filter((vote) => vote.decision === 'deny');
  return {
    paths: level.paths.map(({ need }, index) => ({
      need,
      approvals: new Set(approvals.filter((vote) => vote.paths.includes(index)).map(seatOf)).size,
    })),
    denials: denials.length,
    vetoed: denials.some((vote) => vote.veto),
  };
}

/**
 * People whose approval is in force at another level, as voter or as seat. Inactive people are included: if one becomes
 * active again, nobody must turn out to count at two levels.
 */
export function approvedElsewhere({ snapshot, state }: View, { spec }: Level): Set<PersonId> {
  if (snapshot.separation.same_person_across_levels === 'act_again') return new Set();
  return new Set(
    state.votes
      .filter((vote) => vote.level !== spec.name && vote.decision === 'approve' && isInForce(vote))
      .flatMap((vote) => [vote.voter, seatOf(vote)]),
  );
}

/** For each path of the level: how many approvals it still needs, and from whom. `withFallback` counts the fallback in. */
export function optionsOf(view: View, level: Level, withFallback: boolean): Option[] {
  const { spec, state } = level;
  const votes = effectiveVotes(view, level);
  const { paths } = tally(state, votes);
  const used = new Set([...approvedElsewhere(view, level), ...votes.flatMap((vote) => [vote.voter, seatOf(vote)])]);
  const fallback = withFallback && !state.fallback_joined ? spec.fallback : [];

  return state.paths.flatMap(({ approvers, need }, index) => {
    const joining = index === 0 ? fallback : [];
    const pool = eligiblePeople(view.facts, [...approvers, ...joining]);
    const isAllUnset = need === 0 && (state.status === 'waiting' || joining.length > 0);
    const needed = isAllUnset ? needOfAll(view, level, index, joining) : need;
    if (!(needed > 0)) return [];
    return [{ need: needed - paths[index]!.approvals, pool: pool.filter((person) => !used.has(person)) }];
  });
}

/**
 * The number that `approve: all` stands for now: the size of the path's own pool, or of the `joining` pool where the own
 * pool is empty. 0 for a path without `all`.
 */
export function needOfAll(view: View, level: Level, index: number, joining: readonly Selector[] = []): number {
  if (level.spec.paths[index]?.approve !== 'all') return 0;
  const { approvers } = level.state.paths[index]!;
  return eligiblePeople(view.facts, approvers).length || eligiblePeople(view.facts, joining).length;
}

/** Whether some path can still reach its need with the level's present approvers, without its fallback. */
export const isReachable = (view: View, level: Level): boolean =>
  optionsOf(view, level, false).some((option) => option.pool.length >= option.need);
