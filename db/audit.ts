/** The audit: append (last in a transaction, or grouped by a writer), read, verify. */
export { appendAudit, type Appended } from './audit-chain';
export type { AuditActor, AuditEntry, AuditInput } from './audit-entry';
export { auditInOrder, listAudit, type AuditFilters } from './audit-read';
export { AuditWriter, type AuditWriterOptions } from './audit-writer';
