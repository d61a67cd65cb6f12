/** The one table of routes. What is not in it is not there. */
import * as agents from './agents';
import * as approvals from './approvals';
import * as audit from './audit';
import { checkRoute } from './check';
import { docsRoutes } from './docs';
import * as health from './health';
import * as keys from './keys';
import * as link from './link-pages';
import { approvalMetrics } from './metrics';
import { outboxPage } from './outbox-page';
import * as forms from './page-forms';
import * as pages from './pages';
import * as permissions from './permissions';
import * as policy from './policy';
import type { Route } from './route';
import { cancelOwnApproval, readOwnApproval } from './sdk-approvals';
import { consumeRoute } from './sdk-consume';
import { logRoute } from './sdk-log';
import * as session from './session';
import { simulate } from './simulate';
import * as users from './users';
import * as votes from './votes';
import * as webhooks from './webhooks';

/** The busiest first: the router looks from the top. A literal segment stands before a parameter in its place. */
export const routes: readonly Route[] = [
  checkRoute,
  ...[readOwnApproval, cancelOwnApproval, consumeRoute, logRoute],
  ...[session.requestLink, session.getSession, session.endSession],
  ...[
    approvals.listRoute,
    votes.severalVotes,
    approvals.getRoute,
    votes.vote,
    approvals.cancelRoute,
    approvals.revokeRoute,
  ],
  ...[agents.list, agents.create, agents.get, agents.put, agents.patch, agents.remove],
  ...[permissions.list, permissions.set, permissions.patch, permissions.remove],
  ...[keys.list, keys.create, keys.revoke],
  ...[users.list, users.create, users.get, users.patch],
  ...[policy.get, policy.put, policy.versions, policy.version, policy.validate, simulate],
  ...[
    webhooks.list,
    webhooks.create,
    webhooks.patch,
    webhooks.remove,
    webhooks.rotate,
    webhooks.deliveries,
    webhooks.redeliver,
  ],
  ...[approvalMetrics, audit.verify, audit.list],
  ...[link.reviewPage, link.reviewForms, link.followLink],
  ...[session.loginPage, session.loginForm, pages.signOut, session.linkPage, session.signIn],
  ...[
    pages.homePage,
    pages.listPage,
    pages.approvalPage,
    forms.voteForm,
    forms.cancelForm,
    forms.revokeForm,
    outboxPage,
  ],
  ...[health.alive, health.ready, health.prometheus],
  ...docsRoutes(() => routes),
];
