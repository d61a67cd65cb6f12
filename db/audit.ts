/** The audit: append (last in a transaction, or grouped by a writer), read, verify. */
export { appendAudit, type Appended } from './audit-chain';
export type { AuditActor, AuditEntry, AuditInput } from './audit-entry';
export { auditInOrder, listAudit, type AuditFilters } from './audit-read';
export { verifyAudit, type AuditVerdict } from './audit-verify';
export { AuditWriter, type AuditWriterOptions } from './audit-writer';
