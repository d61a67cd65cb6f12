import { withDatabase } from '../../tests/support/postgres';
import { appendAudit, AuditWriter, auditInOrder, listAudit, type AuditEntry, type AuditInput } from './index';
import { createDb } from '../pool';

/** A limit for busy machines; each test takes about a second. */
jest.setTimeout(60_000);

const { db, migrationUrl } = withDatabase();

const input = (n: number): AuditInput => ({
  type: 'check.allowed',
  actor: { type: 'agent', id: 'bot', name: 'Bot' },
  agent_id: 'bot',
  action: 'a.b',
  data: { n, context: { amount: n } },
});

async function all(): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const entry of auditInOrder(db)) entries.push(entry);
  return entries;
}

test('an empty append changes nothing', async () => {
  expect(await appendAudit(db, [])).toEqual([]);
  expect(await all()).toEqual([]);
});

test('a thousand appends at once, by several writers and transactions, make one chain without gaps (T46)', async () => {
  const first = new AuditWriter(db);
  const second = new AuditWriter(db);
  const alone = (n: number) => db.transaction().execute((trx) => appendAudit(trx, [input(n)]));
  const appended = await Promise.all(
    Array.from({ length: 1000 }, async (_, n) =>
      n % 10 === 0 ? (await alone(n))[0] : n % 2 === 0 ? first.append(input(n)) : second.append(input(n)),
    ),
  );
  await Promise.all([first.close(), second.close()]);
  const seqs = appended.map((one) => one?.seq).sort((a, b) => Number(a) - Number(b));
  expect(seqs).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
  const entries = await all();
  expect(new Set(entries.map((entry) => entry.prev)).size).toBe(1000);
  entries.forEach((entry, index) => expect(entry.prev).toBe(entries[index - 1]?.hash ?? '0'.repeat(64)));
  for (const one of appended) expect(entries[Number(one?.seq) - 1]?.id).toBe(one?.id);
});

test('an append returns the version of the configuration that its transaction saw', async () => {
  const [before] = await appendAudit(db, [input(1)]);
  await db.insertInto('agents').values({ id: 'bot', name: 'Bot', created_by: 'system' }).execute();
  const [after] = await appendAudit(db, [input(2)]);
  expect(after?.config_version).toBe(Number(before?.config_version) + 1);
});

test('a transaction that rolls back leaves no entry and no gap', async () => {
  const [before] = await appendAudit(db, [input(1)]);
  await expect(
    db.transaction().execute(async (trx) => {
      await appendAudit(trx, [input(2)]);
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  const [after] = await appendAudit(db, [input(3)]);
  expect(after?.seq).toBe(Number(before?.seq) + 1);
});

test('an entry is read as it was appended, with its texts in their places', async () => {
  const told: AuditInput = {
    id: 'evt_told',
    at_ms: Date.parse('2026-11-22T10:00:00.123Z'),
    type: 'approval.voted',
    actor: { type: 'user', id: 'usr_ana', name: 'Ana', email: 'ana@acme.example' },
    channel: 'email',
    ip: '203.0.113.9',
    approval_id: 'apr_1',
    agent_id: 'bot',
    action: 'a.b',
    level: 'team',
    vote_id: 'vot_1',
    decision: 'deny',
    comment: 'no\u0000way \ud83d\ude00 "quoted" \\ back',
    assurance: 'link',
    digest: 'sha256:00',
    policy_version: 3,
    reason_code: null,
    data: { event: { type: 'vote', vote: { comment: 'x', ip: null } }, numbers: [1e21, 0.1, -0] },
  };
  const [appended] = await appendAudit(db, [told]);
  const page = await listAudit(db, { approval_id: 'apr_1' }, { limit: 5 });
  const { at_ms: _, reason_code: __, ...rest } = told;
  expect(page.items).toEqual([
    {
      ...rest,
      data: { ...told.data, numbers: [1e21, 0.1, 0] },
      at: '2026-11-22T10:00:00.123Z',
      seq: appended?.seq,
      prev: expect.stringMatching(/^[0-9a-f]{64}$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      sealed: Object.fromEntries(
        ['actor.email', 'actor.name', 'comment', 'data.event.vote.comment', 'ip'].map((path) => [
          path,
          { salt: expect.stringMatching(/^[0-9a-f]{32}$/), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        ]),
      ),
    },
  ]);
});

test('lists are newest first, filtered, and paged without gaps or repeats', async () => {
  for (let n = 0; n < 5; n++) {
    await appendAudit(db, [
      { ...input(n), type: 'agent.log', actor: { type: 'agent', id: 'logger' }, at_ms: 1000 * n },
    ]);
  }
  const first = await listAudit(db, { actor: 'logger' }, { limit: 2 });
  const second = await listAudit(db, { actor: 'logger' }, { limit: 2, cursor: first.next_cursor });
  const third = await listAudit(db, { actor: 'logger' }, { limit: 2, cursor: second.next_cursor });
  const ns = [first, second, third].map(({ items }) => items.map(({ data }) => data?.n));
  expect(ns).toEqual([[4, 3], [2, 1], [0]]);
  expect(third.next_cursor).toBeNull();
  const between = await listAudit(db, { type: 'agent.log', from: new Date(1000), to: new Date(3000) }, { limit: 9 });
  expect(between.items.map(({ data }) => data?.n)).toEqual([2, 1]);
});

test('a cursor that no list returned is refused', async () => {
  for (const cursor of ['x', 'bnVsbA', Buffer.from('["1"]').toString('base64url')]) {
    await expect(listAudit(db, {}, { limit: 1, cursor })).rejects.toMatchObject({ code: 'invalid_request' });
  }
});

test('reading in order starts after a given entry, filters by prefix, and continues beyond a batch', async () => {
  const seqs: number[] = [];
  for await (const entry of auditInOrder(db, { after_seq: 995, type_prefix: 'check.' }, 3)) seqs.push(entry.seq);
  expect(seqs.length).toBeGreaterThan(6);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect(seqs[0]).toBe(996);
});

test('the application may append to the audit, and can never change or delete an entry', async () => {
  const tries = [
    'update audit set type = type',
    'delete from audit',
    'truncate audit cascade',
    'delete from audit_texts',
  ];
  for (const statement of [...tries, 'update audit_texts set salt = salt', 'delete from audit_head']) {
    const { CompiledQuery } = await import('kysely');
    await expect(db.executeQuery(CompiledQuery.raw(statement))).rejects.toThrow('permission denied');
  }
});

test('even the owner of the tables must drop a trigger before changing an entry', async () => {
  const owner = createDb(migrationUrl);
  try {
    await expect(owner.deleteFrom('audit').execute()).rejects.toThrow('append-only');
    await expect(owner.updateTable('audit').set({ type: 'x' }).execute()).rejects.toThrow('append-only');
    await expect(owner.updateTable('audit_texts').set({ salt: 'x' }).execute()).rejects.toThrow('append-only');
  } finally {
    await owner.destroy();
  }
});
