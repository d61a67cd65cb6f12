/** Approvals as answers: loaded with all that belongs to them, and awaited where somebody wants to wait. */
import { findApproval, namesFor, surroundingsOf, type StoredApproval } from '../db/approvals';
import { peopleNamed, presentApproval, type PresentedApproval } from '../domain/present';
import { instant } from '../domain/present';
import type { Deps } from './deps';

export async function presentAll(
  deps: Deps,
  found: readonly StoredApproval[],
  reader: 'agent' | 'person',
): Promise<PresentedApproval[]> {
  const surroundings = await surroundingsOf(
    deps.db,
    found.map(({ snapshot }) => snapshot.approval_id),
  );
  const around = ({ snapshot }: StoredApproval) => surroundings.get(snapshot.approval_id)!;
  const names = await namesFor(
    deps.db,
    found.flatMap((approval) => peopleNamed(approval.state, around(approval).deliveries)),
  );
  const now_ms = deps.now();
  return found.map((approval) => presentApproval({ ...approval, ...around(approval), names, now_ms, reader }));
}

export async function presentOne(
  deps: Deps,
  found: StoredApproval,
  reader: 'agent' | 'person',
): Promise<PresentedApproval> {
  const [presented] = await presentAll(deps, [found], reader);
  return presented!;
}

/** Waits at most so long for the projection to show the approval, at this version or later; null when it does not. */
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

/** How an approval ended, for whoever came too late. */
export async function outcomeOf(deps: Deps, { state }: StoredApproval) {
  const names = await namesFor(deps.db, state.decided_by === null ? [] : [state.decided_by]);
  return {
    status: state.status,
    reason_code: state.reason_code,
    decided_by:
      state.decided_by === null ? null : { id: state.decided_by, name: names[state.decided_by] ?? state.decided_by },
    decided_at: state.decided_at_ms === null ? null : instant(state.decided_at_ms),
  };
}
