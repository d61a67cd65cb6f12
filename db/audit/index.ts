/** The audit: append at the end of a transaction or through the writer, read, verify. */
export { appendAudit } from './chain';
export type { AuditActor, AuditEntry, AuditInput } from './entry';
export { auditInOrder, entriesOf, listAudit } from './read';
export { verifyAudit } from './verify';
export { AuditWriter } from './writer';
