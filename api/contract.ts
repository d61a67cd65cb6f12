/** The table of all routes. */
import * as agents from './admin/agents';
import * as approvals from './people/approvals';
import * as audit from './admin/audit';
import { checkRoute } from './agents/check';
import { docsRoutes } from './http/docs';
import * as health from './health';
import * as keys from './admin/keys';
import * as link from './pages/review-link';
import { approvalMetrics } from './admin/statistics';
import { outboxPage } from './pages/outbox';
import * as forms from './pages/forms';
import * as pages from './pages/approvals';
import * as permissions from './admin/permissions';
import * as policy from './admin/policy';
import type { Route } from './http/route';
import { cancelOwnApproval, readOwnApproval } from './agents/approvals';
import { consumeRoute } from './agents/consume';
import { logRoute } from './agents/log';
import * as login from './pages/login';
import * as session from './people/session';
import { simulate } from './admin/simulate';
import * as users from './admin/users';
import * as votes from './people/votes';
import * as webhooks from './admin/webhooks';

/** The router searches from the top, so the busiest routes come first, and a literal segment before a parameter. */
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
    webhooks.redeliverRoute,
  ],
  ...[approvalMetrics, audit.verify, audit.list],
  ...[link.reviewPage, link.reviewForms, link.followLink],
  ...[login.loginPage, login.loginForm, pages.signOutForm, login.linkPage, login.signInForm],
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
