/** Makes a change of the configuration and its audit entry in one transaction, so that every change names its author. */
import { appendAudit, type AuditInput } from '../db/audit';
import { inTransaction, type Db } from '../db/pool';
import { channelOf, type PersonCaller } from './caller';
import type { Deps } from './deps';

/** The author of a change, and how they made it. */
export type Author = Pick<AuditInput, 'actor' | 'channel' | 'ip'>;

export const actorOf = ({ person }: PersonCaller) => ({
  type: 'user' as const,
  id: person.id,
  name: person.name,
  email: person.emails[0] ?? null,
});

/** A signed-in person as author. */
export const authorOf = (caller: PersonCaller, ip: string): Author => ({
  actor: actorOf(caller),
  channel: channelOf(caller),
  ip,
});

/** For columns such as `created_by`: the person's id, or `system`. */
export const authorId = ({ actor }: Author): string => (actor.type === 'user' ? actor.id : 'system');

/** The content of the audit entry for a change. */
export type Note = Omit<AuditInput, keyof Author>;

/** `change` returns its result and the audit's note; a null note means that nothing changed. */
export function auditedChange<T>(
  deps: Pick<Deps, 'db' | 'now'>,
  author: Author,
  change: (trx: Db) => Promise<{ result: T; note: Note | null }>,
): Promise<T> {
  return inTransaction(deps.db, async (trx) => {
    const { result, note } = await change(trx);
    if (note !== null) await appendAudit(trx, [{ ...note, ...author }], deps.now());
    return result;
  });
}
