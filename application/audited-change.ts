/** A change of the configuration and its audit entry, in one transaction: there is no change that nobody made. */
import { appendAudit, type AuditInput } from '../db/audit';
import { inTransaction, type Db } from '../db/pool';
import { channelOf, type PersonCaller } from './caller';
import type { Deps } from './deps';

export type Note = Omit<AuditInput, 'actor' | 'channel' | 'ip'>;

export const actorOf = ({ person }: PersonCaller) => ({
  type: 'user' as const,
  id: person.id,
  name: person.name,
  email: person.emails[0] ?? null,
});

/** `work` returns its result and what the audit says of it; null when nothing changed. */
export function changing<T>(
  deps: Deps,
  caller: PersonCaller,
  ip: string,
  work: (trx: Db) => Promise<{ result: T; note: Note | null }>,
): Promise<T> {
  return inTransaction(deps.db, async (trx) => {
    const { result, note } = await work(trx);
    if (note !== null)
      await appendAudit(trx, [{ ...note, actor: actorOf(caller), channel: channelOf(caller), ip }], deps.now());
    return result;
  });
}
