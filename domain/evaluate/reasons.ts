/** Describes in words whom a request needs: a part of the reason that people and agents read. */
import type { LevelSpec, PathSpec } from '../approval';

/** Names roles, but only counts people, because agents read the reason too. */
const path = ({ approvers, approve }: PathSpec): string => {
  const roles = approvers.filter((selector) => !selector.startsWith('user:'));
  const people = approvers.length - roles.length;
  if (roles.length === 0 && people === 1) return 'a named person';
  const named = people === 0 ? [] : [people === 1 ? 'a named person' : `${people} named people`];
  const pool = [...roles, ...named];
  return `${approve} of ${pool.length > 1 ? `(${pool.join(', ')})` : pool.join('')}`;
};

const level = ({ paths }: LevelSpec): string => paths.map(path).join(' or ');

/** Puts a level with several paths in brackets if its stage has other levels, because "and" and "or" would be ambiguous. */
const beside = (spec: LevelSpec): string => (spec.paths.length > 1 ? `(${level(spec)})` : level(spec));

/** Returns `2 of role:support-lead or 1 of role:head-of-support, then 2 of role:finance`. */
export const describeNeeds = (levels: LevelSpec[]): string => {
  const open = levels.filter(({ skipped }) => !skipped);
  const stages = [...new Set(open.map(({ stage }) => stage))].map((stage) =>
    open.filter((spec) => spec.stage === stage),
  );
  return stages.map((specs) => specs.map(specs.length > 1 ? beside : level).join(' and ')).join(', then ');
};
