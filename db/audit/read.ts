/** Reads audit entries, with their erasable texts. */
import type { JsonObject } from '../../domain/approval';
import { assemble, type AuditEntry, type SealedText } from './entry';
import { pageOf, readCursor, type Page, type PageRequest } from '../paging';
import type { Db } from '../pool';
import { sql } from 'kysely';

export interface AuditFilters {
  /** Inclusive. */
  from?: Date;
  /** Exclusive. */
  to?: Date;
  type?: string;
  approval_id?: string;
  /** An actor's id. */
  actor?: string;
}

/** Newest first. */
export async function listAudit(
  db: Db,
  filters: AuditFilters,
  { limit, cursor }: PageRequest,
): Promise<Page<AuditEntry>> {
  const before = readCursor(cursor, ['number']);
  let query = db.selectFrom('audit').select(['seq', 'entry', 'hash']);
  if (before) query = query.where('seq', '<', before[0] as number);
  if (filters.from) query = query.where('at', '>=', filters.from);
  if (filters.to) query = query.where('at', '<', filters.to);
  if (filters.type) query = query.where('type', '=', filters.type);
  if (filters.approval_id) query = query.where('approval_id', '=', filters.approval_id);
  if (filters.actor) query = query.where('actor_id', '=', filters.actor);
  const rows = await query
    .orderBy('seq', 'desc')
    .limit(limit + 1)
    .execute();
  return pageOf(await withTexts(db, rows), limit, (entry) => [entry.seq]);
}

/** Actors and times of an approval's entries of one type. The first fifty. */
export const entriesOf = (
  db: Db,
  approval_id: string,
  type: string,
): Promise<{ actor_id: string | null; at: Date }[]> =>
  db
    .selectFrom('audit')
    .select(['actor_id', 'at'])
    .where('approval_id', '=', approval_id)
    .where('type', '=', type)
    .orderBy('seq')
    .limit(50)
    .execute();

/** All entries in the order of the chain, with one batch in memory at a time. */
export async function* auditInOrder(
  db: Db,
  { after_seq = 0, type_prefix = '' }: { after_seq?: number; type_prefix?: string } = {},
  batch = 500,
): AsyncGenerator<AuditEntry> {
  for (let last = after_seq; ;) {
    const rows = await db
      .selectFrom('audit')
      .select(['seq', 'entry', 'hash'])
      .where('seq', '>', last)
      .where(sql<boolean>`starts_with(type, ${type_prefix})`)
      .orderBy('seq')
      .limit(batch)
      .execute();
    yield* await withTexts(db, rows);
    last = rows.at(-1)?.seq ?? last;
    if (rows.length < batch) return;
  }
}

async function withTexts(db: Db, rows: { seq: number; entry: JsonObject; hash: string }[]): Promise<AuditEntry[]> {
  const texts = await textsOf(
    db,
    rows.map(({ seq }) => seq),
  );
  return rows.map(({ seq, entry, hash }) => assemble(entry, hash, texts.get(seq) ?? []));
}

/** The texts of these entries by `seq`, byte for byte as they were hashed. */
export async function textsOf(db: Db, seqs: number[]): Promise<Map<number, SealedText[]>> {
  const bySeq = new Map<number, SealedText[]>();
  if (seqs.length === 0) return bySeq;
  const rows = await sql<SealedText & { seq: number }>`
    select seq, path, salt, value::text as value from audit_texts where seq = any(${seqs}::bigint[]) order by seq, path`.execute(
    db,
  );
  for (const { seq, ...text } of rows.rows) bySeq.set(seq, [...(bySeq.get(seq) ?? []), text]);
  return bySeq;
}
