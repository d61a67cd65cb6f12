/** The state machine of an approval, as everybody else sees it. */
export * from './glossary';
export { advance } from './advance';
export { can, type Standpoint } from './can';
export { nextDeadline } from './clock';
export { standing, type Standing } from './counting';
export { feasible, type Feasibility, type LevelOutlook } from './feasibility';
export { initialState, isEnded, peopleInPlay, selectorsInPlay } from './state';
