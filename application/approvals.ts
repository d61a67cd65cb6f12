/** Reads approvals: as JSON with their deliveries and names, now or after waiting; and the errors for a missing or ended one. */
import { checkOf, findApproval, ownedPartsOf, type StoredApproval } from '../db/approvals';
import { namesOf } from '../db/contacts';
import { alreadyDecided as refusalAfterEnd } from '../domain/approval';
import { AgentWardenError } from '../domain/errors';
import { approvalJson, peopleNamed, type ApprovalJson } from '../domain/approval-json';
import type { Deps } from './deps';

export { listApprovals, type ListFilters, type StoredApproval } from '../db/approvals';

export async function approvalsToJson(
  deps: Deps,
  found: readonly StoredApproval[],
  reader: 'agent' | 'person',
): Promise<ApprovalJson[]> {
  const owned = await ownedPartsOf(
    deps.db,
    found.map(({ snapshot }) => snapshot.approval_id),
  );
  const around = ({ snapshot }: StoredApproval) => owned.get(snapshot.approval_id)!;
  const names = await namesOf(
    deps.db,
    found.flatMap((approval) => peopleNamed(approval.state, around(approval).deliveries)),
  );
  const now_ms = deps.now();
  return found.map((approval) => approvalJson({ ...approval, ...around(approval), names, now_ms, viewer: reader }));
}

export async function approvalToJson(
  deps: Deps,
  found: StoredApproval,
  reader: 'agent' | 'person',
): Promise<ApprovalJson> {
  const [presented] = await approvalsToJson(deps, [found], reader);
  return presented!;
}

/** How long an answer waits until Postgres shows what the workflow accepted. */
export const SHOWN_WITHIN_MS = 2_000;

/** Waits up to `limit_ms` for an approval in Postgres that `accept` accepts; null when there is none by then. */
export function waitForApproval(
  deps: Deps,
  approval_id: string,
  limit_ms: number,
  accept: (found: StoredApproval) => boolean = () => true,
): Promise<StoredApproval | null> {
  const read = async (): Promise<StoredApproval | null> => {
    const found = await findApproval(deps.db, approval_id);
    return found !== null && accept(found) ? found : null;
  };
  return limit_ms === 0 ? read() : deps.changes.waitFor(approval_id, read, { until_ms: deps.now() + limit_ms });
}

/** How long a new workflow may take to record its approval in Postgres. */
const OPENS_WITHIN_MS = 5_000;

/** The approval; null when there is none. Waits for one that a check has just started; throws `unavailable` when no worker opens it. */
export async function openedApproval(deps: Deps, id: string): Promise<StoredApproval | null> {
  const found = await findApproval(deps.db, id);
  if (found !== null || (await checkOf(deps.db, id)) === null) return found;
  const opened = await waitForApproval(deps, id, OPENS_WITHIN_MS);
  if (opened !== null || !(await deps.engine.exists(id))) return opened;
  throw new AgentWardenError(
    'unavailable',
    'The approval is being opened and cannot be read yet: the worker is busy or away. Nothing is lost; ask again in a moment.',
  );
}

export async function alreadyDecided(deps: Deps, { state }: StoredApproval): Promise<AgentWardenError> {
  const names = await namesOf(deps.db, state.decided_by === null ? [] : [state.decided_by]);
  const { code, message, ...facts } = refusalAfterEnd(state, names);
  return new AgentWardenError(code, message, facts);
}

export const notFound = (approval_id: string): AgentWardenError =>
  new AgentWardenError(
    'not_found',
    `There is no approval ${JSON.stringify(approval_id.slice(0, 60))}, or it is not yours to see.`,
  );
