/** Records a reviewer's report of a suspicious request. Admins see it on the approval's page. The approval goes on. */
import { entriesOf } from '../db/audit';
import type { StoredApproval } from '../db/approvals';
import { namesOf } from '../db/contacts';
import type { Person } from '../db/people';
import type { Channel } from '../domain/approval';
import type { Deps } from './deps';

const TYPE = 'approval.reported';

export interface Report {
  by: string;
  at_ms: number;
}

export async function reportsOf(deps: Deps, approval_id: string): Promise<Report[]> {
  const entries = await entriesOf(deps.db, approval_id, TYPE);
  return entries.map(({ actor_id, at }) => ({ by: actor_id ?? '', at_ms: at.getTime() }));
}

/** Records one report per person; a second one changes nothing. */
export async function report(
  deps: Deps,
  { snapshot }: StoredApproval,
  person: Person,
  how: { reason: string | null; channel: Channel; ip: string; level: string | null },
): Promise<void> {
  const known = await reportsOf(deps, snapshot.approval_id);
  if (known.some(({ by }) => by === person.id)) return;
  await deps.audit.append({
    type: TYPE,
    actor: { type: 'user', id: person.id, name: person.name, email: person.emails[0] ?? null },
    channel: how.channel,
    ip: how.ip,
    approval_id: snapshot.approval_id,
    agent_id: snapshot.agent.id,
    action: snapshot.action,
    level: how.level,
    digest: snapshot.digest,
    comment: how.reason,
  });
  deps.log.warn({ approval_id: snapshot.approval_id }, 'an approval was reported as suspicious');
}

/** A sentence for the admins' page that names who reported it; null when nobody did. */
export async function reportNotice(deps: Deps, approval_id: string): Promise<string | null> {
  const reports = await reportsOf(deps, approval_id);
  if (reports.length === 0) return null;
  const names = await namesOf(
    deps.db,
    reports.map(({ by }) => by),
  );
  return `Reported as suspicious by ${Object.values(names).sort().join(', ')}. The audit has their words.`;
}
