/** Routes for the audit: list entries, verify the chain. */
import { actorId, listAudit, verifyAudit, type AuditEntry } from '../../application/audit';
import { ok, route } from '../http/route';
import { listOf } from '../http/schemas';
import { AuditQuery, EntrySchema, VerdictSchema } from './audit-schema';

export const list = route({
  id: 'list-audit',
  method: 'get',
  path: '/api/audit',
  tag: 'audit',
  summary: 'Audit entries, newest first',
  access: 'auditor',
  query: AuditQuery,
  answers: { 200: listOf(EntrySchema) },
  async handler(deps, { query: { limit, cursor, actor, ...filters } }) {
    const page: { items: AuditEntry[]; next_cursor: string | null } = await listAudit(
      deps.db,
      { ...filters, actor: actor === undefined ? undefined : await actorId(deps, actor) },
      { limit, cursor },
    );
    return ok(page);
  },
});

export const verify = route({
  id: 'verify-audit',
  method: 'get',
  path: '/api/audit/verify',
  tag: 'audit',
  summary: 'Recompute the whole chain; names the first bad entry',
  access: 'auditor',
  limit: 'audit_verify',
  answers: { 200: VerdictSchema },
  handler: async (deps) => ok(await verifyAudit(deps.db)),
});
