import type { LevelSpec, PathSpec } from '../approval';

/** Roles by name; people are only counted, since the reason is also told to the agent. */
const pool = ({ approvers }: PathSpec): string => {
  const roles = approvers.filter((selector) => !selector.startsWith('user:'));
  const people = approvers.length - roles.length;
  const named = people === 0 ? [] : [people === 1 ? 'a named person' : `${people} named people`];
  return [...roles, ...named].join(' and ');
};

const level = ({ paths }: LevelSpec): string => paths.map((path) => `${path.approve} of ${pool(path)}`).join(' or ');

/** `2 of role:support-lead or 1 of role:head-of-support, then 2 of role:finance`. */
export const describeNeeds = (levels: LevelSpec[]): string => {
  const open = levels.filter(({ skipped }) => !skipped);
  const stages = [...new Set(open.map(({ stage }) => stage))];
  return stages
    .map((stage) =>
      open
        .filter((spec) => spec.stage === stage)
        .map(level)
        .join(' and '),
    )
    .join(', then ');
};
