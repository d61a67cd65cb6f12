/** Appends entries to the audit, and nothing else does. Each append locks the head row, so that the chain cannot fork. */
import { sql } from 'kysely';
import { GENESIS, place, prepare, type AuditInput, type Prepared } from './entry';
import { inTransaction, type Db } from '../pool';

export interface Appended {
  id: string;
  /** 1, 2, 3 …, in commit order, without gaps. */
  seq: number;
  /** The configuration's version when the entry was appended, read in the same transaction. */
  config_version: number;
}

/**
 * Appends entries in order. Call it **last** in a transaction: until the commit all other appends wait. A null byte or a
 * repeated id fails the whole transaction.
 */
export function appendAudit(db: Db, inputs: AuditInput[], now_ms = Date.now()): Promise<Appended[]> {
  return appendPrepared(
    db,
    inputs.map((input) => prepare(input, now_ms)),
  );
}

/** Appends prepared entries: their texts are hashed already, before the lock. */
export function appendPrepared(db: Db, prepared: Prepared[]): Promise<Appended[]> {
  if (prepared.length === 0) return Promise.resolve([]);
  return inTransaction(db, async (trx) => {
    const head = await trx.selectFrom('audit_head').select(['seq', 'hash']).forUpdate().executeTakeFirstOrThrow();
    const { rows, texts, last } = chain(prepared, head);
    const config_version = await insert(trx, rows, texts, last);
    return rows.map(({ id, seq }) => ({ id, seq, config_version }));
  });
}

interface Row {
  id: string;
  seq: number;
  at: string;
  type: string;
  actor_id: string | null;
  approval_id: string | null;
  agent_id: string | null;
  entry: string;
  prev: string;
  hash: string;
}

interface TextRow {
  seq: number;
  path: string;
  salt: string;
  value: string;
}

interface Head {
  seq: number;
  hash: string;
}

function chain(prepared: Prepared[], head: Head): { rows: Row[]; texts: TextRow[]; last: Head } {
  let last = head.seq === 0 ? { seq: 0, hash: GENESIS } : head;
  const rows: Row[] = [];
  const texts: TextRow[] = [];
  for (const { id, at, body, texts: own } of prepared) {
    const seq = last.seq + 1;
    const { text, hash } = place(body, seq, last.hash);
    rows.push({ ...columnsOf(body), id, seq, at, entry: text, prev: last.hash, hash });
    for (const item of own) texts.push({ seq, ...item });
    last = { seq, hash };
  }
  return { rows, texts, last };
}

/** The columns that lists filter by. `verifyAudit` compares them with the hashed entry. */
export function columnsOf(body: Record<string, unknown>): Pick<Row, 'type' | 'actor_id' | 'approval_id' | 'agent_id'> {
  const actor = body.actor as { id: string } | undefined;
  return {
    type: body.type as string,
    actor_id: actor?.id ?? null,
    approval_id: (body.approval_id as string | undefined) ?? null,
    agent_id: (body.agent_id as string | undefined) ?? null,
  };
}

/**
 * Inserts all entries and moves the head in one statement. The statement starts after the head was locked, so it reads the
 * current version of the configuration. Entries are passed as text inside JSON, to keep exactly the bytes that were hashed.
 */
async function insert(trx: Db, rows: Row[], texts: TextRow[], head: Head): Promise<number> {
  const result = await sql<{ config_version: number }>`
    with entries as (
      insert into audit (seq, id, at, type, actor_id, approval_id, agent_id, entry, prev, hash)
      select seq, id, at, type, actor_id, approval_id, agent_id, entry::json, prev, hash
      from json_to_recordset(${JSON.stringify(rows)}::json) as row
        (seq bigint, id text, at timestamptz, type text, actor_id text, approval_id text, agent_id text, entry text, prev text, hash text)
    ), texts as (
      insert into audit_texts (seq, path, salt, value)
      select seq, path, salt, value::json
      from json_to_recordset(${JSON.stringify(texts)}::json) as row (seq bigint, path text, salt text, value text)
    )
    update audit_head set seq = ${head.seq}, hash = ${head.hash}
    returning (select version from config_version) as config_version`.execute(trx);
  const [row] = result.rows;
  if (!row) throw new Error('The head row of the audit is missing. Restore the database from a backup.');
  return row.config_version;
}
