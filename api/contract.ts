/** The one table of routes. */
import * as approvals from './approvals';
import { checkRoute } from './check';
import type { Route } from './route';
import { cancelOwnApproval, readOwnApproval } from './sdk-approvals';
import * as votes from './votes';

export const routes: readonly Route[] = [
  checkRoute,
  readOwnApproval,
  cancelOwnApproval,
  approvals.listRoute,
  votes.severalVotes,
  approvals.getRoute,
  votes.vote,
  approvals.cancelRoute,
];
