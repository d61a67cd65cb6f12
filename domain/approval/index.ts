/** The state machine of an approval, as everybody else sees it. */
export * from './glossary';
export { SYSTEM_ACTORS } from './actors';
export { advance } from './advance';
export { can, type Standpoint } from './can';
export { nextDeadline } from './clock';
export { standing } from './counting';
export { feasible, type Feasibility } from './feasibility';
export { sameVote } from './route';
export { initialState, isEnded, isStanding, peopleInPlay, selectorsInPlay } from './state';
export { alreadyDecided, WRONG_BYTES } from './votes';
