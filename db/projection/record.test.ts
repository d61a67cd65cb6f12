import { sql } from 'kysely';
import type { ApprovalState, Snapshot } from '../../domain/approval';
import { advance, initialState, type Command, type Facts } from '../../domain/approval';
import { addPerson, level, snapshot, voteOf, type Person } from '../../tests/support/engine';
import { withDatabase } from '../../tests/support/postgres';
import { verifyAudit } from '../audit';
import { createDb } from '../pool';
import { eventId, ProjectionConflict, recordEvent, type RecordInput } from './record';
import { rebuildProjection } from './rebuild';

describe('recording a command', () => {
  const { db, url, migrationUrl } = withDatabase();
  const owner = createDb(migrationUrl);
  let ana: Person;
  let ben: Person;
  beforeAll(async () => {
    ana = await addPerson(db, 'ana');
    ben = await addPerson(db, 'ben');
    await db.insertInto('agents').values({ id: 'bot', name: 'bot', created_by: 'test' }).execute();
  }, 60_000);
  afterAll(() => owner.destroy());

  const facts = (): Facts => ({
    members: { 'role:admin': [ana.id, ben.id] },
    excluded: [],
    delegates: {},
    inactive: [],
    channels: { [ana.id]: ['email'], [ben.id]: [] },
    openings: { admins: { expires_at_ms: null, reminders_ms: [], escalations: [] } },
  });

  /** The inputs of `record` for these commands, as the workflow makes them. */
  function story(request: Snapshot, ...events: Command[]): RecordInput[] {
    let state = initialState(request);
    return events.map((event) => {
      const next = advance(request, state, event, facts());
      state = next.state;
      return {
        approval_id: request.approval_id,
        event,
        happenings: next.events,
        sends: next.deliveries,
        state,
        ...(state.version === 1 ? { snapshot: request } : {}),
      };
    });
  }

  const opened: Command = { type: 'opened', at_ms: 1_000_000 };
  const vote = (person: Person, comment: string | null = null): Command => ({
    type: 'vote',
    at_ms: 2_000_000,
    vote: voteOf(person, { comment, ip: '192.0.2.7' }),
  });
  const stateOf = async (id: string): Promise<ApprovalState | undefined> =>
    (await db.selectFrom('approvals').select('state').where('id', '=', id).executeTakeFirst())?.state;

  test('writes row, votes, grant, deliveries and audit together', async () => {
    const request = snapshot({ requester: 'req@acme.example' });
    const [first, second] = story(request, opened, vote(ana, 'fine'));
    expect(await recordEvent(db, first!)).toEqual({ webhooks: [], suspended: false });
    await recordEvent(db, second!);
    const audited = await db
      .selectFrom('audit')
      .select(['type', 'entry'])
      .where('approval_id', '=', request.approval_id)
      .orderBy('seq')
      .execute();
    expect(audited.map(({ type }) => type)).toEqual(['approval.requested', 'approval.voted', 'approval.decided']);
    // Texts about people are stored beside the chain, where they can be erased.
    expect(JSON.stringify(audited)).not.toMatch(/fine|192\.0\.2\.7|req@acme|ana@acme|v2\.1\.0/);
    const deliveries = await db
      .selectFrom('deliveries')
      .select(['kind', 'status'])
      .where('approval_id', '=', request.approval_id)
      .orderBy('id')
      .execute();
    expect(deliveries).toEqual([
      { kind: 'request', status: 'queued' },
      { kind: 'outcome', status: 'queued' },
    ]);
    expect((await verifyAudit(db)).ok).toBe(true);
  });

  test('again returns the first answer and writes nothing', async () => {
    const [first] = story(snapshot(), opened);
    const answer = await recordEvent(db, first!);
    const before = await db
      .selectFrom('audit')
      .select(sql<number>`count(*)`.as('count'))
      .executeTakeFirstOrThrow();
    expect(await recordEvent(db, first!)).toEqual(answer);
    expect(
      await db
        .selectFrom('audit')
        .select(sql<number>`count(*)`.as('count'))
        .executeTakeFirstOrThrow(),
    ).toEqual(before);
  });

  test('twenty times at once writes it once', async () => {
    const [first] = story(snapshot(), opened);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => recordEvent(db, first!)));
    // Those that lose the race for the first row find it at their next try.
    expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true);
    const rows = await db.selectFrom('audit').select('seq').where('approval_id', '=', first!.approval_id).execute();
    expect(rows).toHaveLength(1);
  });

  test('with the same version and other content is a conflict, and changes nothing', async () => {
    const request = snapshot();
    const [first, second] = story(request, opened, vote(ana));
    const [, other] = story(request, opened, vote(ben));
    await recordEvent(db, first!);
    await recordEvent(db, second!);
    await expect(recordEvent(db, other!)).rejects.toBeInstanceOf(ProjectionConflict);
    expect((await stateOf(request.approval_id))!.decided_by).toBe(ana.id);
  });

  test('with a version that does not follow is a conflict', async () => {
    const request = snapshot();
    const [, second] = story(request, opened, vote(ana));
    await expect(recordEvent(db, second!)).rejects.toBeInstanceOf(ProjectionConflict);
    expect(await stateOf(request.approval_id)).toBeUndefined();
  });

  test('that fails at the last statement writes nothing', async () => {
    const [first] = story(snapshot(), opened);
    await sql`alter table audit add constraint no_more check (false) not valid`.execute(owner);
    try {
      await expect(recordEvent(db, first!)).rejects.toMatchObject({ code: '23514', constraint: 'no_more' });
    } finally {
      await sql`alter table audit drop constraint no_more`.execute(owner);
    }
    expect(await stateOf(first!.approval_id)).toBeUndefined();
    expect(await recordEvent(db, first!)).toMatchObject({ suspended: false });
  });

  test('notifies waiting requests', async () => {
    const [first] = story(snapshot(), opened);
    const told: string[] = [];
    const { Client } = await import('pg');
    const listener = new Client({ connectionString: url });
    await listener.connect();
    listener.on('notification', ({ payload }) => void told.push(payload!));
    await listener.query('listen approval');
    await recordEvent(db, first!);
    while (told.length === 0) await listener.query('select 1');
    await listener.end();
    expect(told).toEqual([first!.approval_id]);
  });

  test('stores hostile texts unchanged', async () => {
    const request = snapshot({ context: { text: 'a\u0001b \ud83d\ude00 ‮ "\\', nested: [{ '': 1, 'a.b': null }] } });
    const [first] = story(request, opened);
    await recordEvent(db, first!);
    const row = await db
      .selectFrom('approvals')
      .select('snapshot')
      .where('id', '=', request.approval_id)
      .executeTakeFirstOrThrow();
    expect(row.snapshot.context).toEqual(request.context);
    expect((await verifyAudit(db)).ok).toBe(true);
  });

  test('is rebuilt from the audit when the rows were lost', async () => {
    const request = snapshot({ levels: [level('admins', { paths: [{ approvers: ['role:admin'], approve: 2 }] })] });
    for (const input of story(request, opened, vote(ana, 'one'), vote(ben, 'two'))) await recordEvent(db, input);
    const tables = ['approvals', 'votes', 'approval_events'] as const;
    const all = async () =>
      Promise.all(
        tables.map(
          async (table) => (await sql<object>`select * from ${sql.table(table)} order by id`.execute(owner)).rows,
        ),
      );
    const before = await all();
    await sql`alter table deliveries drop constraint deliveries_approval_id_fkey`.execute(owner);
    for (const table of [...tables].reverse()) await sql`delete from ${sql.table(table)}`.execute(owner);
    const { approvals } = await rebuildProjection(owner);
    expect(approvals).toBe(before[0]!.length);
    expect(await all()).toEqual(before);
    expect(await rebuildProjection(owner)).toEqual({ approvals: 0, steps: 0 });
  });

  test('gives an id that follows from approval and version', () => {
    expect(eventId('apr_a', 1)).toBe(eventId('apr_a', 1));
    expect(new Set([eventId('apr_a', 1), eventId('apr_a', 2), eventId('apr_b', 1)]).size).toBe(3);
    expect(eventId('apr_a', 1)).toMatch(/^evt_[A-Za-z0-9]{22}$/);
  });
});
