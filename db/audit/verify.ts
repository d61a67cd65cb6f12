/**
 * Recomputes the whole chain and reports the first entry that is wrong. An attacker with write access could rewrite the
 * chain from some entry on, and the head with it. To detect that, compare `head` with one that was saved elsewhere.
 */
import { sql } from 'kysely';
import type { JsonObject } from '../../domain/approval';
import { columnsOf } from './chain';
import { GENESIS, hashEntry, hashText, type SealedText } from './entry';
import { textsOf } from './read';
import type { Db } from '../pool';

export interface AuditReport {
  ok: boolean;
  /** How many entries are good, up to the first bad one. */
  entries: number;
  /** The head row: number and hash of the last entry. */
  head: Head;
  first_bad: Bad | null;
}

interface Head {
  seq: number;
  hash: string;
}

interface Bad {
  seq: number;
  /** Null if the row is missing or was replaced. */
  id: string | null;
  why: string;
}

interface StoredEntry {
  seq: number;
  id: string;
  at: Date;
  type: string;
  actor_id: string | null;
  approval_id: string | null;
  agent_id: string | null;
  /** The stored bytes. */
  entry: string;
  prev: string;
  hash: string;
}

/** Entries in memory at a time. A large one has 150 kB with its texts. */
const BATCH = 500;

/** Reads through a cursor in one snapshot: entries may be appended meanwhile, and two rows with one `seq` are both read. */
export function verifyAudit(db: Db, batch = BATCH): Promise<AuditReport> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      let last: Head = { seq: 0, hash: GENESIS };
      const report = (first_bad: AuditReport['first_bad']): AuditReport => ({
        ok: first_bad === null,
        entries: last.seq,
        head: head ?? last,
        first_bad,
      });
      await sql`declare chain no scroll cursor for
        select seq, id, at, type, actor_id, approval_id, agent_id, entry::text as entry, prev, hash from audit order by seq, id`.execute(
        trx,
      );
      for (;;) {
        const { rows } = await sql<StoredEntry>`fetch ${sql.raw(String(batch))} from chain`.execute(trx);
        if (rows.length === 0) break;
        const texts = await textsOf(
          trx,
          rows.map(({ seq }) => seq),
        );
        for (const row of rows) {
          const bad = faultOf(row, last, texts.get(row.seq) ?? []);
          if (bad) return report(bad);
          last = { seq: row.seq, hash: row.hash };
        }
      }
      return report(headFault(head, last));
    });
}

/** The fault of the entry that should follow `last`; null if it has none. */
function faultOf(row: StoredEntry, last: Head, texts: SealedText[]): Bad | null {
  const here = (why: string): Bad => ({ seq: row.seq, id: row.id, why });
  if (row.seq > last.seq + 1)
    return { seq: last.seq + 1, id: null, why: `it is missing: the next entry is ${row.seq}` };
  if (row.seq <= last.seq) return here('there is another entry with this number');
  if (hashEntry(row.entry) !== row.hash) return here('it was edited: its content does not have its hash');
  const entry = JSON.parse(row.entry) as JsonObject;
  const column = differingColumn(row, entry);
  if (column) return here(`its column ${column} does not say what its hashed content says`);
  if (row.prev === last.hash) return textFault(row, entry, texts);
  // The entry is intact and names another predecessor, so the predecessor was replaced.
  if (last.seq === 0) return here('it is the first one and names a predecessor');
  return { seq: last.seq, id: null, why: `it was replaced: the entry ${row.seq} names another predecessor` };
}

function differingColumn(row: StoredEntry, entry: JsonObject): string | undefined {
  const hashed = { ...columnsOf(entry), seq: entry.seq, id: entry.id, prev: entry.prev, at: entry.at };
  const stored: Record<string, unknown> = { ...row, at: row.at.toISOString() };
  return Object.entries(hashed).find(([column, value]) => stored[column] !== value)?.[0];
}

/** Each stored text must match its hash in the entry. An erased text is absent. */
function textFault({ seq, id }: StoredEntry, entry: JsonObject, texts: SealedText[]): Bad | null {
  const sealed = (entry.sealed ?? {}) as Record<string, { sha256: string }>;
  for (const { path, salt, value } of texts) {
    if (!Object.hasOwn(sealed, path)) return { seq, id, why: `a text was added to it: ${path}` };
    if (sealed[path]?.sha256 !== hashText(salt, value)) return { seq, id, why: `a text of it was edited: ${path}` };
  }
  return null;
}

function headFault(head: Head | undefined, last: Head): Bad | null {
  const at = (seq: number, why: string): Bad => ({ seq, id: null, why });
  if (!head) return at(last.seq + 1, 'the head row of the audit is missing: the end of the chain is unknown');
  if (head.seq > last.seq)
    return at(last.seq + 1, `the tail was cut: ${head.seq} entries were written, ${last.seq} are left`);
  if (head.seq < last.seq) return at(head.seq + 1, `it was added past the head, which says ${head.seq}`);
  return head.hash === last.hash ? null : at(last.seq, 'it was replaced: the head names another hash');
}
