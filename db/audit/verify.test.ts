import fc from 'fast-check';
import { sql } from 'kysely';
import { freshDatabase, withDatabase } from '../../tests/support/postgres';
import { appendAudit, verifyAudit, type AuditInput } from './index';
import { hashEntry } from './entry';
import { createDb } from '../pool';

/** A limit for busy machines; each test takes about a second. */
jest.setTimeout(60_000);

const ENTRIES = 12;
const { db, migrationUrl } = withDatabase();
/** An attacker with all rights, who can switch the triggers off. */
const intruder = createDb(migrationUrl, { max: 1 });

beforeAll(async () => {
  const inputs = Array.from({ length: ENTRIES }, (_, n): AuditInput => ({
    id: `evt_${n + 1}`,
    type: 'approval.voted',
    actor: { type: 'user', id: 'usr_ana', email: 'ana@acme.example' },
    approval_id: `apr_${n % 3}`,
    comment: `comment ${n}`,
    data: { amount: n },
  }));
  for (const input of inputs) await appendAudit(db, [input]);
  await sql`set session_replication_role = replica`.execute(intruder);
  for (const table of ['audit', 'audit_texts', 'audit_head']) {
    await sql`create table ${sql.raw(`kept_${table}`)} as table ${sql.raw(table)}`.execute(intruder);
  }
});
afterAll(() => intruder.destroy());

/** Restores the audit as it was written. */
async function restore(): Promise<void> {
  for (const table of ['audit_texts', 'audit', 'audit_head']) {
    await sql`delete from ${sql.raw(table)}`.execute(intruder);
    await sql`insert into ${sql.raw(table)} select * from ${sql.raw(`kept_${table}`)}`.execute(intruder);
  }
}
beforeEach(restore);

const intact = () => verifyAudit(db, 5);

/** The first bad entry that `verifyAudit` reports. Batches of five, so that faults occur at every position in a batch. */
async function firstBadAfter(...statements: string[]): Promise<{ seq: number; id: string | null; why: string } | null> {
  for (const statement of statements) await sql.raw(statement).execute(intruder);
  const { ok, first_bad } = await verifyAudit(db, 5);
  expect(ok).toBe(first_bad === null);
  return first_bad;
}

/** Edits an entry and recomputes its hash, as an attacker would. */
async function rewrite(seq: number, change: (entry: Record<string, unknown>) => void): Promise<void> {
  const row = await sql<{ entry: string }>`select entry::text as entry from audit where seq = ${seq}`.execute(intruder);
  const entry = JSON.parse(row.rows[0]?.entry ?? '') as Record<string, unknown>;
  change(entry);
  const text = JSON.stringify(entry);
  await sql`update audit set entry = ${text}::json, hash = ${hashEntry(text)} where seq = ${seq}`.execute(intruder);
}

test('an empty audit is good', async () => {
  const empty = await freshDatabase();
  const none = createDb(empty.url);
  expect(await verifyAudit(none)).toEqual({
    ok: true,
    entries: 0,
    head: { seq: 0, hash: '0'.repeat(64) },
    first_bad: null,
  });
  await none.destroy();
  await empty.drop();
});

test('an unchanged audit is good, and its last hash is reported', async () => {
  const last = await db.selectFrom('audit').select('hash').where('seq', '=', ENTRIES).executeTakeFirstOrThrow();
  expect(await intact()).toEqual({
    ok: true,
    entries: ENTRIES,
    head: { seq: ENTRIES, hash: last.hash },
    first_bad: null,
  });
});

test('an audit with erased texts is good', async () => {
  await sql`delete from audit_texts where path = 'comment'`.execute(intruder);
  expect(await intact()).toMatchObject({ ok: true, entries: ENTRIES });
});

const place = fc.integer({ min: 1, max: ENTRIES });
const runs = { numRuns: 15 };

test('T45: an edited entry is named, at any position and for any edited column', async () => {
  const edits = [
    `entry = replace(entry::text, '"amount":', '"amount":1')::json`,
    `entry = replace(entry::text, '"usr_ana"', '"usr_eve"')::json`,
    `entry = replace(entry::text, '{"actor"', '{"actor":{"id":"usr_eve"},"actor"')::json`,
    `entry = (entry::text || ' ')::json`,
    `type = 'approval.requested'`,
    `actor_id = 'usr_eve'`,
    `actor_id = null`,
    `approval_id = 'apr_9'`,
    `agent_id = 'bot'`,
    `at = at + interval '1 millisecond'`,
    `id = 'evt_other'`,
    `prev = repeat('f', 64)`,
    `hash = repeat('f', 64)`,
  ];
  await fc.assert(
    fc.asyncProperty(place, fc.constantFrom(...edits), async (seq, edit) => {
      await restore();
      expect(await firstBadAfter(`update audit set ${edit} where seq = ${seq}`)).toMatchObject({ seq });
    }),
    { numRuns: 40 },
  );
});

test('T45: an entry that was edited together with its hash is found by the next entry', async () => {
  await fc.assert(
    fc.asyncProperty(place, async (seq) => {
      await restore();
      await rewrite(seq, (entry) => (entry.data = { amount: 1e6 }));
      expect(await firstBadAfter()).toMatchObject({ seq, why: expect.stringContaining('replaced') });
    }),
    runs,
  );
});

test('T45: an edited, an added and a swapped text are named', async () => {
  const changes = [
    (seq: number) => `update audit_texts set value = '"yes"' where path = 'comment' and seq = ${seq}`,
    (seq: number) => `update audit_texts set salt = repeat('0', 32) where path = 'comment' and seq = ${seq}`,
    (seq: number) => `insert into audit_texts values (${seq}, 'ip', repeat('0', 32), '"203.0.113.9"')`,
    (seq: number) => `update audit_texts set path = 'actor.name' where path = 'comment' and seq = ${seq}`,
  ];
  await fc.assert(
    fc.asyncProperty(place, fc.constantFrom(...changes), async (seq, change) => {
      await restore();
      expect(await firstBadAfter(change(seq))).toMatchObject({
        seq,
        id: `evt_${seq}`,
        why: expect.stringContaining('text'),
      });
    }),
    runs,
  );
});

test('T45: a removed entry is named, with and without closing the gap', async () => {
  await fc.assert(
    fc.asyncProperty(place, fc.boolean(), async (seq, renumber) => {
      await restore();
      const closing = renumber
        ? [
            `update audit set seq = seq - 1 + 1000 where seq > ${seq}`,
            'update audit set seq = seq - 1000 where seq > 900',
          ]
        : [];
      expect(await firstBadAfter(`delete from audit where seq = ${seq}`, ...closing)).toMatchObject({ seq });
    }),
    runs,
  );
});

test('T45: of two swapped entries the first is named', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(place, { minLength: 2, maxLength: 2 }), async ([a = 0, b = 0]) => {
      await restore();
      const bad = await firstBadAfter(
        `update audit set seq = 1000 where seq = ${a}`,
        `update audit set seq = ${a} where seq = ${b}`,
        `update audit set seq = ${b} where seq = 1000`,
      );
      expect(bad).toMatchObject({ seq: Math.min(a, b) });
    }),
    runs,
  );
});

test('T45: a cut tail is named, even if the head was set back without its hash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: ENTRIES }), fc.boolean(), async (seq, head) => {
      await restore();
      const cut = await firstBadAfter(
        `delete from audit where seq >= ${seq}`,
        ...(head ? [`update audit_head set seq = ${seq - 1}`] : []),
      );
      expect(cut).toMatchObject({ seq: head ? seq - 1 : seq });
    }),
    runs,
  );
});

test('T45: a forked chain is named, even if two entries with one number are in different batches', async () => {
  await sql`alter table audit drop constraint audit_pkey cascade, drop constraint audit_prev_key, drop constraint audit_id_key, drop constraint audit_hash_key`.execute(
    intruder,
  );
  for (const seq of [1, 4, 5, 6, ENTRIES]) {
    await restore();
    const bad = await firstBadAfter(`insert into audit select * from audit where seq = ${seq}`);
    expect(bad).toMatchObject({ seq, why: expect.stringContaining('another entry') });
  }
  await restore();
  await sql`alter table audit add primary key (seq), add unique (prev), add unique (id), add unique (hash)`.execute(
    intruder,
  );
});

test('a second entry with the same number or predecessor cannot be stored', async () => {
  await expect(firstBadAfter(`insert into audit select * from audit where seq = 3`)).rejects.toThrow('duplicate key');
  await expect(
    firstBadAfter(`update audit set prev = (select prev from audit where seq = 2) where seq = 3`),
  ).rejects.toThrow('duplicate key');
});

test('entries past the head, a first entry with a predecessor and a missing head are named', async () => {
  expect(await firstBadAfter('update audit_head set seq = 10')).toMatchObject({ seq: 11 });
  await restore();
  expect(await firstBadAfter(`update audit_head set hash = repeat('0', 64)`)).toMatchObject({ seq: ENTRIES });
  await restore();
  expect(await firstBadAfter('delete from audit_head')).toMatchObject({ seq: ENTRIES + 1 });
  await restore();
  await rewrite(1, (entry) => (entry.prev = 'f'.repeat(64)));
  expect(await firstBadAfter(`update audit set prev = repeat('f', 64) where seq = 1`)).toMatchObject({ seq: 1 });
});

test('a rewritten entry without required fields does not break the verification', async () => {
  await rewrite(7, (entry) => delete entry.actor);
  expect(await firstBadAfter()).toMatchObject({ seq: 7 });
});

test('the chain is verified while entries are appended', async () => {
  const writing = Promise.all(
    Array.from({ length: 50 }, () => appendAudit(db, [{ type: 'x', actor: { type: 'system', id: 'system' } }])),
  );
  const verdicts = await Promise.all(Array.from({ length: 5 }, () => verifyAudit(db, 3)));
  await writing;
  for (const verdict of verdicts) expect(verdict).toMatchObject({ ok: true, entries: verdict.head.seq });
  expect(await intact()).toMatchObject({ ok: true, entries: ENTRIES + 50 });
});
