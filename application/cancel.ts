/** Cancels a pending approval. The workflow decides whether it is still pending. */
import { createHash } from 'node:crypto';
import type { StoredApproval } from '../db/approvals';
import { isEnded } from '../domain/approval';
import { AgentWardenError } from '../domain/errors';
import type { CancelRequest } from '../workflows/messages';
import { alreadyDecided, notFound, openedApproval, SHOWN_WITHIN_MS, waitForApproval } from './approvals';
import type { Deps } from './deps';
import { identitiesOf } from './visibility';

/** A second cancellation gets the first one's answer. Throws `already_decided` after any other end. */
export async function cancelApproval(deps: Deps, approval_id: string, request: CancelRequest): Promise<StoredApproval> {
  const found = await openedApproval(deps, approval_id);
  if (found === null) throw notFound(approval_id);
  if (isEnded(found.state)) return cancelledOrRefused(deps, found);
  const accepted = await deps.engine
    .cancel(approval_id, request, updateId(approval_id, request))
    .catch((error: unknown) => {
      if (error instanceof AgentWardenError && error.code === 'already_decided') return null;
      throw error;
    });
  const shown = await waitForApproval(deps, approval_id, SHOWN_WITHIN_MS, ({ state }) =>
    accepted === null ? isEnded(state) : state.version >= accepted.version,
  );
  if (shown === null)
    throw new AgentWardenError(
      'outcome_unknown',
      'The cancellation was sent, and its outcome is not readable yet. Send it again; nothing happens twice.',
    );
  return isEnded(shown.state) ? cancelledOrRefused(deps, shown) : shown;
}

async function cancelledOrRefused(deps: Deps, ended: StoredApproval): Promise<StoredApproval> {
  if (ended.state.status === 'cancelled') return ended;
  throw await alreadyDecided(deps, ended);
}

const updateId = (approval_id: string, { by }: CancelRequest): string =>
  createHash('sha256').update(`cancel\n${approval_id}\n${by.type}\n${by.id}`).digest('base64url');

/** Whether the person may cancel the approval: admins, and the people who requested it or for whom it was requested. */
export function mayCancel(
  person: { id: string; emails: string[]; roles: string[] },
  { requester, on_behalf_of }: { requester: string | null; on_behalf_of: string | null },
): boolean {
  const own = identitiesOf(person);
  return (
    person.roles.includes('admin') ||
    [requester, on_behalf_of].some(
      (identity) => identity !== null && own.includes(identity.includes('@') ? identity.toLowerCase() : identity),
    )
  );
}
