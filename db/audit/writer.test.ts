import { sql } from 'kysely';
import { withDatabasePerTest } from '../../tests/support/postgres';
import { AuditWriter, verifyAudit, type AuditInput } from './index';
import { createDb, type Db } from '../pool';

let db: Db, url: string, migrationUrl: string;
withDatabasePerTest((database) => ({ db, url, migrationUrl } = database));

const input = (id?: string): AuditInput => ({ id, type: 'check.allowed', actor: { type: 'agent', id: 'bot' } });
const settled = async (work: Promise<unknown>[]) => (await Promise.allSettled(work)).map(({ status }) => status);

test('appends that come together share transactions and keep their order', async () => {
  const writer = new AuditWriter(db);
  const appended = await Promise.all(Array.from({ length: 300 }, () => writer.append(input())));
  expect(appended.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  const { rows } = await sql<{
    transactions: number;
  }>`select count(distinct xmin::text) as transactions from audit`.execute(db);
  expect(rows[0]?.transactions).toBe(2);
});

test('an entry that cannot be stored is refused alone', async () => {
  const writer = new AuditWriter(db);
  const work = [
    writer.append(input('evt_1')),
    writer.append(input('evt_1')),
    writer.append(input('evt_2')),
    writer.append({ ...input(), type: 'a\u0000b' }),
  ];
  expect(await settled(work)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  await writer.append(input('evt_3'));
  expect(await verifyAudit(db)).toMatchObject({ ok: true, entries: 3 });
});

test('when Postgres is unavailable every waiting append fails, and later ones work again', async () => {
  const short = createDb(url, { statement_timeout_ms: 200 });
  const writer = new AuditWriter(short);
  const owner = createDb(migrationUrl);
  await owner.transaction().execute(async (trx) => {
    await trx.selectFrom('audit_head').select('seq').forUpdate().execute();
    const work = Array.from({ length: 10 }, () => writer.append(input()));
    for (const one of await Promise.allSettled(work))
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  });
  expect((await writer.append(input())).seq).toBe(1);
  await Promise.all([short.destroy(), owner.destroy()]);
});

test('a full queue refuses at once instead of answering late', async () => {
  const writer = new AuditWriter(db, { max_queued: 5 });
  const work = Array.from({ length: 7 }, () => writer.append(input()));
  expect(await settled(work)).toEqual([...Array(5).fill('fulfilled'), 'rejected', 'rejected']);
  await expect(work[6]).rejects.toMatchObject({ code: 'unavailable', facts: { retry_after_s: 1 } });
});

test('closing waits for accepted entries and accepts no more', async () => {
  const writer = new AuditWriter(db, { max_batch: 10 });
  const work = Array.from({ length: 35 }, () => writer.append(input()));
  await writer.close();
  await expect(writer.append(input())).rejects.toMatchObject({ code: 'unavailable' });
  expect(await settled(work)).toEqual(Array(35).fill('fulfilled'));
  expect(await verifyAudit(db)).toMatchObject({ ok: true, entries: 35 });
  await writer.close();
});

test('entries without a time get the writer’s time', async () => {
  const writer = new AuditWriter(db, { now_ms: () => 1_000 });
  await writer.append(input('evt_clock'));
  await writer.append({ ...input('evt_own'), at_ms: 5_000 });
  const rows = await db.selectFrom('audit').select(['id', 'at']).orderBy('seq').execute();
  expect(rows).toEqual([
    { id: 'evt_clock', at: new Date(1_000) },
    { id: 'evt_own', at: new Date(5_000) },
  ]);
});
