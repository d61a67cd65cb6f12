import { initialState, type LevelSpec, type Snapshot } from '../domain/approval';
import { withDatabase } from '../tests/support/postgres';
import { levelSpec } from '../tests/support/sample-approval';
import {
  isOwnApproval,
  listApprovals,
  mayReview,
  suspendedWithPending,
  ownedPartsOf,
  type ApprovalFilters,
} from './approvals';
import { peopleWhoDelegateTo } from './delegations';
import { createPerson } from './people';

const level = (fields: Partial<LevelSpec> = {}): LevelSpec =>
  levelSpec({ name: 'team', paths: [{ approvers: ['role:lead'], approve: 1 }], ...fields });

const snapshot = (id: string, fields: Partial<Snapshot> = {}): Snapshot => ({
  semantics: 1,
  approval_id: id,
  agent: { id: 'bot', name: 'bot' },
  action: 'pay.out',
  context: { customer: 'Zebra' },
  display: null,
  metadata: {},
  digest: `sha256:${'a'.repeat(64)}`,
  risk: 'medium',
  reason: '',
  requester: null,
  on_behalf_of: null,
  policy: { version: 1, rule: null },
  created_at_ms: Date.UTC(2026, 0, 10),
  expires_at_ms: Date.UTC(2026, 0, 20),
  valid_for_ms: 1000,
  separation: { excluded: [], same_person_across_levels: 'forbid' },
  calendars: {},
  levels: [level()],
  ...fields,
});

const everybody: ApprovalFilters = { audience: { all: true } };
const me = (...selectors: string[]) => ({ person: 'usr_me', selectors, identities: ['usr_me', 'me@acme.example'] });

describe('lists of approvals', () => {
  const { db } = withDatabase();

  async function insert(
    id: string,
    fields: Partial<Snapshot> = {},
    row: { status?: 'pending' | 'approved'; open?: string[] } = {},
  ) {
    const frozen = snapshot(id, fields);
    const { status = 'pending', open = ['role:lead'] } = row;
    const ended =
      status === 'pending' ? {} : { decided_at: new Date(frozen.created_at_ms + 60_000), decided_by: 'usr_x' };
    await db
      .insertInto('approvals')
      .values({
        id,
        version: 1,
        status,
        agent_id: frozen.agent.id,
        action: frozen.action,
        risk: frozen.risk,
        digest: frozen.digest,
        requester: frozen.requester,
        on_behalf_of: frozen.on_behalf_of,
        created_at: new Date(frozen.created_at_ms),
        expires_at: new Date(frozen.expires_at_ms),
        open_levels: status === 'pending' ? ['team'] : [],
        open_selectors: status === 'pending' ? open : [],
        snapshot: JSON.stringify(frozen),
        state: JSON.stringify({ ...initialState(frozen), status }),
        ...ended,
      })
      .execute();
  }
  const vote = (id: string, approval_id: string, voter: string, fields: { superseded_by?: string } = {}) =>
    db
      .insertInto('votes')
      .values({
        id,
        approval_id,
        level: 'team',
        voter,
        decision: 'approve',
        channel: 'api',
        assurance: 'session',
        at: new Date(),
        ...fields,
      })
      .execute();
  const ids = async (filters: ApprovalFilters, limit = 50) =>
    (await listApprovals(db, filters, { limit })).items.map((item) => item.snapshot.approval_id);

  beforeAll(async () => {
    await db.insertInto('agents').values({ id: 'bot', name: 'bot', created_by: 'test' }).execute();
    await insert('apr_plain');
    await insert('apr_newer', { created_at_ms: Date.UTC(2026, 0, 12), action: 'mail.send' });
    await insert('apr_done', { created_at_ms: Date.UTC(2026, 0, 8) }, { status: 'approved' });
    await insert('apr_mine', {
      created_at_ms: Date.UTC(2026, 0, 7),
      requester: 'ME@acme.example',
      separation: { excluded: ['ME@acme.example'], same_person_across_levels: 'forbid' },
    });
    await insert('apr_for_me', { created_at_ms: Date.UTC(2026, 0, 6), on_behalf_of: 'usr_me' });
    await insert('apr_veto', { created_at_ms: Date.UTC(2026, 0, 5), levels: [level({ veto: ['role:risk'] })] });
    await insert('apr_fallback', {
      created_at_ms: Date.UTC(2026, 0, 4),
      levels: [level({ fallback: ['role:manager'] })],
    });
    await insert('apr_escalates', {
      created_at_ms: Date.UTC(2026, 0, 3),
      levels: [
        level({
          timing: {
            on_expire: 'escalate',
            escalate: [{ after: '1h', add: ['role:director'] }, { replace: ['user:ceo@acme.example'] }],
          },
        }),
      ],
    });
    await insert('apr_other_agent', { created_at_ms: Date.UTC(2026, 0, 2), agent: { id: 'gone', name: 'gone' } });
  });

  test('are in order of creation, newest first', async () => {
    expect((await ids(everybody)).slice(0, 3)).toEqual(['apr_newer', 'apr_plain', 'apr_done']);
  });

  test.each<[string, Partial<ApprovalFilters>, string[]]>([
    ['status', { status: 'approved' }, ['apr_done']],
    ['agent', { agent_id: 'gone' }, ['apr_other_agent']],
    ['action', { action: 'mail.send' }, ['apr_newer']],
    ['open level', { level: 'nowhere' }, []],
    ['beginning, inclusive', { from: new Date(Date.UTC(2026, 0, 10)) }, ['apr_newer', 'apr_plain']],
    ['end, exclusive', { to: new Date(Date.UTC(2026, 0, 3)) }, ['apr_other_agent']],
    ['id', { q: 'apr_plain' }, ['apr_plain']],
    ['requester, without regard to case', { q: 'me@ACME' }, ['apr_mine']],
    ['a wildcard, taken as it is', { q: 'apr%' }, []],
  ])('are filtered by %s', async (_, filters, found) => {
    expect(await ids({ ...everybody, ...filters })).toEqual(found);
  });

  test('page through approvals created at the same instant without losing one', async () => {
    const created_at_ms = Date.UTC(2020, 0, 1);
    for (const n of [1, 2, 3, 4, 5]) await insert(`apr_same${n}`, { created_at_ms, action: 'same.time' });
    const seen: string[] = [];
    for (let cursor: string | null = null; ;) {
      const page = await listApprovals(db, { ...everybody, action: 'same.time' }, { limit: 2, cursor });
      seen.push(...page.items.map((item) => item.snapshot.approval_id));
      cursor = page.next_cursor;
      if (cursor === null) break;
    }
    expect(seen).toEqual(['apr_same5', 'apr_same4', 'apr_same3', 'apr_same2', 'apr_same1']);
  });

  test.each([
    ['a path names them', ['role:lead'], 'apr_plain', true],
    ['a veto names them', ['role:risk'], 'apr_veto', true],
    ['a fallback names them', ['role:manager'], 'apr_fallback', true],
    ['an escalation adds them', ['role:director'], 'apr_escalates', true],
    ['an escalation puts them in place of others', ['user:ceo@acme.example'], 'apr_escalates', true],
    ['they asked for it', ['role:none'], 'apr_mine', true],
    ['it is done for them', ['role:none'], 'apr_for_me', true],
    ['nothing connects them', ['role:none'], 'apr_plain', false],
    ['only another approval names them', ['role:risk'], 'apr_plain', false],
  ])('show an approval if %s: %j %s %s', async (_, selectors, id, shown) => {
    const audience = { all: false as const, ...me(...selectors) };
    expect(await isOwnApproval(db, id, audience)).toBe(shown);
    expect((await ids({ audience })).includes(id)).toBe(shown);
  });

  test('show an approval to people who voted, even if the vote was replaced', async () => {
    await vote('vot_replaced', 'apr_done', 'usr_voter', { superseded_by: 'vot_x' });
    const audience = { all: false as const, person: 'usr_voter', selectors: [], identities: ['usr_voter'] };
    expect(await ids({ audience })).toEqual(['apr_done']);
    expect(await mayReview(db, 'apr_done', audience)).toBe(true);
  });

  test('requesting an approval is not reviewing it', async () => {
    expect(await mayReview(db, 'apr_mine', me('role:none'))).toBe(false);
    expect(await mayReview(db, 'apr_mine', me('role:lead'))).toBe(true);
  });

  describe('of approvals that wait for a person', () => {
    const waiting = (...selectors: string[]) => ids({ ...everybody, action: 'pay.out', waiting_for: me(...selectors) });

    test('hold the open ones, and no ended ones', async () => {
      const found = await waiting('role:lead');
      expect(found).toContain('apr_plain');
      expect(found).not.toContain('apr_done');
      expect(await waiting('role:risk')).toEqual([]);
    });

    test('leave out those that exclude the person, in any spelling', async () => {
      expect(await waiting('role:lead')).not.toContain('apr_mine');
    });

    test('leave out those where the person’s vote is in force', async () => {
      await vote('vot_mine', 'apr_plain', 'usr_me');
      expect(await waiting('role:lead')).not.toContain('apr_plain');
      await db.updateTable('votes').set({ superseded_by: 'vot_next' }).where('id', '=', 'vot_mine').execute();
      expect(await waiting('role:lead')).toContain('apr_plain');
    });
  });

  test('come with deliveries in order, and the grant', async () => {
    const row = { approval_id: 'apr_done', kind: 'request', channel: 'email', person: 'usr_me' };
    await db
      .insertInto('deliveries')
      .values([
        { ...row, id: 'dlv_2', created_at: new Date(2000) },
        { ...row, id: 'dlv_1', created_at: new Date(1000), finished_at: new Date(1500), status: 'sent' },
      ])
      .execute();
    await db
      .insertInto('grants')
      .values({
        approval_id: 'apr_done',
        digest: 'd',
        created_at: new Date(0),
        expires_at: new Date(5000),
        use_id: 'u',
        consumed_at: new Date(4000),
      })
      .execute();
    const found = await ownedPartsOf(db, ['apr_done', 'apr_plain']);
    expect(found.get('apr_done')).toEqual({
      deliveries: [
        {
          id: 'dlv_1',
          person: 'usr_me',
          channel: 'email',
          kind: 'request',
          status: 'sent',
          attempts: 0,
          error: null,
          at_ms: 1500,
        },
        {
          id: 'dlv_2',
          person: 'usr_me',
          channel: 'email',
          kind: 'request',
          status: 'queued',
          attempts: 0,
          error: null,
          at_ms: 2000,
        },
      ],
      grant: { expires_at_ms: 5000, consumed_at_ms: 4000, use_id: 'u', revoked_at_ms: null },
    });
    expect(found.get('apr_plain')).toEqual({ deliveries: [], grant: null });
    expect(await ownedPartsOf(db, [])).toEqual(new Map());
  });

  test('name inactive, deleted and unknown agents with pending approvals', async () => {
    expect(await suspendedWithPending(db)).toEqual(['gone']);
    await db.updateTable('agents').set({ status: 'inactive' }).where('id', '=', 'bot').execute();
    expect((await suspendedWithPending(db)).toSorted()).toEqual(['bot', 'gone']);
  });

  test('name the delegator while the delegation lasts', async () => {
    const stand = await createPerson(db, { name: 'Stand-in', emails: ['stand@acme.example'] }, 'system');
    const away = (until: string) => ({ until, delegate: stand.id });
    const boss = await createPerson(
      db,
      { name: 'Boss', emails: ['boss@acme.example'], roles: ['boss'], away: away('2026-02-01T00:00:00Z') },
      'system',
    );
    await createPerson(
      db,
      { name: 'Left', emails: ['left@acme.example'], active: false, away: away('2026-02-01T00:00:00Z') },
      'system',
    );
    const at = (time: string) => peopleWhoDelegateTo(db, stand.id, new Date(time));
    expect(await at('2026-01-31T00:00:00Z')).toEqual([
      { id: boss.id, emails: ['boss@acme.example'], roles: ['boss'], self_given_roles: [], self_given_emails: [] },
    ]);
    expect(await at('2026-02-01T00:00:00Z')).toEqual([]);
  });
});
