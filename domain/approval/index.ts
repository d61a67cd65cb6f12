/** The state machine of an approval: all that other folders may use of it. */
export * from './channels';
export * from './glossary';
export { DIGEST_MISMATCH } from './admit-vote';
export { advance } from './advance';
export { nextDeadline } from './clock';
export { tally } from './counting';
export { votingRights, type VotingRights } from './eligibility';
export { feasible, type Feasibility } from './feasibility';
export { alreadyDecided, outcomeOf, type Names } from './outcome';
export { initialState, isEnded, isInForce, peopleToResolve, selectorsToResolve } from './state';
export { voteRepeatedBy } from './votes';
