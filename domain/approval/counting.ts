/** Who counts, and how often. Persons are counted, never accounts, channels or clicks. */
import type { Facts, LevelState, PersonId, Selector, Vote } from './glossary';
import { isStanding, isUnfinished, seatOf, specOf, type View } from './state';
import type { Option } from './seats';

/** May not take part now: is excluded from this approval or no longer active. */
export const isBarred = (facts: View['facts'], person: PersonId): boolean =>
  facts.excluded.includes(person) || facts.inactive.includes(person);

/** The people behind selectors, each once. A selector that the facts do not cover is nobody. */
export function people(facts: View['facts'], selectors: readonly Selector[]): PersonId[] {
  const barred = new Set([...facts.excluded, ...facts.inactive]);
  const named = selectors.flatMap((selector) => facts.members[selector] ?? []);
  return [...new Set(named)].filter((person) => !barred.has(person));
}

/** The votes of a level that count at this moment: judged again each time, so a deactivated person's vote falls away. */
export const effectiveVotes = ({ state, facts }: View, level: LevelState): Vote[] =>
  state.votes.filter(
    (vote) =>
      vote.level === level.name && isStanding(vote) && !isBarred(facts, vote.voter) && !isBarred(facts, seatOf(vote)),
  );

export interface Standing {
  paths: { need: number; approvals: number }[];
  denials: number;
  vetoed: boolean;
}

/** What the given votes come to on a level, in persons: a seat counts once, though `cast` leaves only one standing vote in it. */
export function standing(level: LevelState, votes: readonly Vote[]): Standing {
  const cast = votes.filter((vote) => vote.level === level.name && isStanding(vote));
  const approvals = cast.filter((vote) => vote.decision === 'approve');
  const denials = cast.filter((vote) => vote.decision === 'deny');
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
 * Persons (as voter or as seat) whose approval another level holds. Approvals of inactive people are among them: should
 * their voter become active again, nobody may be found to count twice.
 */
export function takenElsewhere({ snapshot, state }: View, level: LevelState): Set<PersonId> {
  if (snapshot.separation.same_person_across_levels === 'act_again') return new Set();
  return new Set(
    state.votes
      .filter((vote) => vote.level !== level.name && vote.decision === 'approve' && isStanding(vote))
      .flatMap((vote) => [vote.voter, seatOf(vote)]),
  );
}

/** What each path of a level still lacks, and who could give it; `helped`: as if its fallback had joined. */
export function optionsOf(view: View, level: LevelState, helped: boolean): Option[] {
  const spec = specOf(view.snapshot, level.name);
  const votes = effectiveVotes(view, level);
  const { paths } = standing(level, votes);
  const taken = takenElsewhere(view, level);
  const spent = new Set([...taken, ...votes.flatMap((vote) => [vote.voter, seatOf(vote)])]);
  const fallback = helped && !level.fallback_joined ? spec.fallback : [];

  return level.paths.flatMap(({ approvers, need }, index) => {
    const joining = index === 0 ? fallback : [];
    const pool = people(view.facts, [...approvers, ...joining]);
    const fixed = need === 0 && (level.status === 'waiting' || joining.length > 0);
    const needed = fixed ? allOf(view, level, index, joining) : need;
    if (!(needed > 0)) return [];
    return [{ need: needed - paths[index]!.approvals, pool: pool.filter((person) => !spent.has(person)) }];
  });
}

/** The number that `all` stands for: the path's own people; those who join only where there was nobody. 0 if not an `all`. */
export function allOf(view: View, level: LevelState, index: number, joining: readonly Selector[] = []): number {
  if (specOf(view.snapshot, level.name).paths[index]?.approve !== 'all') return 0;
  const { approvers } = level.paths[index]!;
  return people(view.facts, approvers).length || people(view.facts, joining).length;
}

/** Whether some path can still reach its need by the people that this level has of its own. */
export const isReachable = (view: View, level: LevelState): boolean =>
  optionsOf(view, level, false).some((option) => option.pool.length >= option.need);

export const unfinished = ({ state }: View): LevelState[] => state.levels.filter(isUnfinished);

export type Membership = Pick<Facts, 'members' | 'excluded'>;
