import { initialState, type ApprovalState, type LevelSpec, type Snapshot, type Vote } from './approval';
import { approvalJson, grantState, peopleNamed, type ApprovalJsonInput } from './approval-json';

const level = (name: string, stage: number, approve: number | 'all' = 1): LevelSpec => ({
  name,
  stage,
  paths: [
    { approvers: ['role:lead'], approve },
    { approvers: ['role:boss'], approve: 1 },
  ],
  deny: 1,
  veto: [],
  fallback: [],
  comment: { on_approve: 'optional', on_deny: 'optional' },
  assurance: 'link',
  timing: { on_expire: 'expire', escalate: [] },
  delegation: true,
  skipped: false,
});

const snapshot: Snapshot = {
  semantics: 1,
  approval_id: 'apr_1',
  agent: { id: 'bot', name: 'The bot' },
  action: 'pay.out',
  context: { amount: 5, __proto__: null },
  display: { why: 'because' },
  metadata: { run: 'r1' },
  digest: `sha256:${'a'.repeat(64)}`,
  risk: 'medium',
  reason: 'Payments need a second person',
  requester: 'ana@acme.example',
  on_behalf_of: null,
  policy: { version: 7, rule: 'pay' },
  created_at_ms: Date.UTC(2026, 0, 1),
  expires_at_ms: Date.UTC(2026, 0, 8),
  valid_for_ms: 3_600_000,
  separation: { excluded: [], same_person_across_levels: 'forbid' },
  calendars: {},
  levels: [level('team', 1, 2), level('finance', 2, 'all')],
};

const vote = (id: string, fields: Partial<Vote> = {}): Vote => ({
  id,
  level: 'team',
  voter: 'usr_ana',
  decision: 'approve',
  comment: null,
  channel: 'email',
  assurance: 'link',
  ip: '203.0.113.9',
  at_ms: Date.UTC(2026, 0, 2),
  paths: [0],
  veto: false,
  superseded_by: null,
  ...fields,
});

/** The first level is open and needs two approvals. The second level waits. */
function stateWith(fields: Partial<ApprovalState> = {}): ApprovalState {
  const state = initialState(snapshot);
  const [team, ...rest] = state.levels;
  return {
    ...state,
    version: 3,
    levels: [
      {
        ...team!,
        status: 'open',
        opened_at_ms: Date.UTC(2026, 0, 1),
        paths: [
          { approvers: ['role:lead'], need: 2 },
          { approvers: ['role:boss'], need: 1 },
        ],
      },
      ...rest,
    ],
    ...fields,
  };
}

const json = (state: ApprovalState, more: Partial<ApprovalJsonInput> = {}) =>
  approvalJson({
    snapshot,
    state,
    names: { usr_ana: 'Ana', usr_ben: 'Ben' },
    deliveries: [],
    grant: null,
    now_ms: Date.UTC(2026, 0, 2),
    viewer: 'person',
    ...more,
  });

describe('the JSON of an approval', () => {
  test('has every key, even those without a value', () => {
    expect(Object.keys(json(stateWith())).toSorted()).toEqual(
      // prettier-ignore
      ['action', 'agent_id', 'comment', 'context', 'created_at', 'decided_at', 'decided_by', 'deliveries', 'digest', 'display', 'expires_at', 'grant', 'id', 'levels', 'metadata', 'on_behalf_of', 'policy', 'reason_code', 'requester', 'risk', 'status', 'version', 'votes', 'warnings'],
    );
  });

  test('writes times in RFC 3339, in UTC', () => {
    expect(json(stateWith())).toMatchObject({
      created_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-01-08T00:00:00.000Z',
      decided_at: null,
    });
  });

  test('shows `all` until the level opens, and then the number that it stands for', () => {
    const [team, finance] = json(stateWith()).levels;
    expect(team!.paths.map(({ approve }) => approve)).toEqual([2, 1]);
    expect(finance!.paths.map(({ approve }) => approve)).toEqual(['all', 1]);
    expect(finance).toMatchObject({ status: 'waiting', opened_at: null, closed_at: null });
  });

  test('counts, for each path, one approval per seat, and no replaced vote', () => {
    const votes = [
      vote('vot_1', { paths: [0, 1] }),
      vote('vot_2', { voter: 'usr_ben', seat_of: 'usr_ana' }),
      vote('vot_3', { voter: 'usr_ben', superseded_by: 'vot_4' }),
      vote('vot_4', { voter: 'usr_ben', decision: 'deny' }),
      vote('vot_5', { voter: 'usr_cleo', level: 'finance' }),
      vote('vot_6', { voter: 'usr_dora' }),
    ];
    const [team, finance] = json(stateWith({ votes })).levels;
    expect(team!.paths.map(({ approvals }) => approvals)).toEqual([2, 1]);
    expect(finance!.paths.map(({ approvals }) => approvals)).toEqual([1, 0]);
  });

  test('names people, and shows people without a name by id', () => {
    const state = stateWith({
      votes: [vote('vot_1', { voter: 'usr_ben', seat_of: 'usr_ana' }), vote('vot_2', { voter: 'usr_gone' })],
      decided_by: 'usr_ben',
      decided_at_ms: 0,
    });
    const { votes, decided_by } = json(state);
    expect(votes).toMatchObject([
      { voter: { id: 'usr_ben', name: 'Ben' }, seat_of: { id: 'usr_ana', name: 'Ana' } },
      { voter: { id: 'usr_gone', name: 'usr_gone' } },
    ]);
    expect(votes[1]).not.toHaveProperty('seat_of');
    expect(decided_by).toEqual({ id: 'usr_ben', name: 'Ben' });
    expect(peopleNamed(state, [{ person: 'usr_x' }, { person: null }]).toSorted()).toEqual([
      'usr_ana',
      'usr_ben',
      'usr_gone',
      'usr_x',
    ]);
  });

  const delivery = {
    id: 'dlv_1',
    person: 'usr_ana',
    channel: 'email',
    kind: 'request',
    status: 'failed',
    attempts: 3,
    error: 'mailbox_full',
    at_ms: 0,
  };

  test('shows agents the error `no_longer_needed`, because it is not a failure', () => {
    const unneeded = { ...delivery, error: 'no_longer_needed' };
    const agent = json(stateWith({}), { deliveries: [unneeded], viewer: 'agent' });
    expect(agent.deliveries[0]!.error).toBe('no_longer_needed');
  });

  test('shows IP addresses and the reasons of failed messages to people, not to agents', () => {
    const state = stateWith({ votes: [vote('vot_1')] });
    const person = json(state, { deliveries: [delivery] });
    const agent = json(state, { deliveries: [delivery], viewer: 'agent' });
    expect([person.votes[0]!.ip, person.deliveries[0]!.error]).toEqual(['203.0.113.9', 'mailbox_full']);
    expect([agent.votes[0]!.ip, agent.deliveries[0]!.error]).toEqual([null, 'failed']);
    expect(agent.deliveries[0]).toMatchObject({
      to: 'Ana',
      channel: 'email',
      attempts: 3,
      at: '1970-01-01T00:00:00.000Z',
    });
    expect(json(state, { deliveries: [{ ...delivery, person: null, channel: 'slack:#ops' }] }).deliveries[0]!.to).toBe(
      'slack:#ops',
    );
  });

  test.each([
    ['ready', {}, 999],
    ['expired', {}, 1000],
    ['consumed', { consumed_at_ms: 5, use_id: 'u' }, 2000],
    ['revoked', { revoked_at_ms: 5 }, 2000],
    ['revoked', { revoked_at_ms: 5, consumed_at_ms: 4 }, 0],
  ])('has a grant that is %s', (state, fields, now_ms) => {
    const grant = { expires_at_ms: 1000, consumed_at_ms: null, use_id: null, revoked_at_ms: null, ...fields };
    expect(grantState(grant, now_ms)).toBe(state);
    expect(json(stateWith(), { grant, now_ms }).grant).toMatchObject({
      state,
      expires_at: '1970-01-01T00:00:01.000Z',
    });
  });
});
