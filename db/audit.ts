/** The audit: append (last in a transaction, or grouped by a writer), read, verify. */
export { appendAudit } from './audit-chain';
export type { AuditActor, AuditEntry, AuditInput } from './audit-entry';
export { auditInOrder, entriesOf, listAudit } from './audit-read';
export { verifyAudit } from './audit-verify';
export { AuditWriter } from './audit-writer';
