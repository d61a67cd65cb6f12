/** Figures about approvals in a period, for owners. */
export { GROUPINGS, series, topActions, totals } from '../db/statistics';
