/** Approved actions that may no longer run (T13): consuming is refused with a code of its own and audited, and the grant stays. */
import pino from 'pino';
import { startStage, type ApiStage, type Reply } from '../tests/support/api';
import { startApi, type RunningApi } from '../api/server';

const policy = (guardrails = '') => `
version: 1
${guardrails}
rules:
  - { id: pay, action: pay.*, effect: require_approval, flow: one }
  - { id: short, action: short.*, effect: require_approval, flow: one, valid_for: 1s }
flows:
  one:
    levels: [{ name: team, approvers: [role:lead], approve: 1 }]
`;

interface Approved {
  id: string;
  digest: string;
  agent: string;
}

describe('an approval that was given', () => {
  let stage: ApiStage;
  let other: RunningApi;
  let lead: string;
  let agents = 0;

  beforeAll(async () => {
    stage = await startStage();
    other = await startApi(stage.engine.config, pino({ level: 'silent' }));
    lead = (await stage.newPerson({ name: 'Lea', emails: ['lea@acme.example'], roles: ['lead'], channels: [] })).token;
    await stage.publish(policy());
  }, 60_000);
  afterAll(async () => {
    await other.stop();
    await stage.close();
  });

  /** An approval with an agent of its own, so that suspending the agent affects no other test. */
  async function approved(action = 'pay.out'): Promise<Approved> {
    const agent = `bot-${++agents}`;
    expect((await stage.as(stage.adminToken, '/api/agents', { name: agent, id: agent })).status).toBe(201);
    const { json } = await stage.agent('/sdk/check', { agent_id: agent, action, context: { amount: 5 } });
    const vote = { decision: 'approve', digest: json.digest };
    expect((await stage.as(lead, `/api/approvals/${json.approval_id}/votes`, vote)).status).toBe(200);
    return { id: json.approval_id, digest: json.digest, agent };
  }

  const consume = ({ id, digest }: Approved, use_id: string): Promise<Reply> =>
    stage.agent(`/sdk/approvals/${id}/consume`, { digest, use_id });

  /** Consumes at the other replica. */
  async function consumeThere({ id, digest }: Approved, use_id: string): Promise<{ status: number; json: any }> {
    const response = await fetch(`${other.url}/sdk/approvals/${id}/consume`, {
      method: 'POST',
      headers: { 'x-api-key': stage.key, 'content-type': 'application/json' },
      body: JSON.stringify({ digest, use_id }),
    });
    return { status: response.status, json: await response.json() };
  }

  const setStatus = (agent: string, status: string): Promise<Reply> =>
    stage.call(`/api/agents/${agent}`, {
      method: 'PATCH',
      body: { status },
      headers: { authorization: `Bearer ${stage.adminToken}` },
    });

  const grantOf = ({ id }: Approved) =>
    stage.engine.db.selectFrom('grants').selectAll().where('approval_id', '=', id).executeTakeFirstOrThrow();

  const auditOf = async (query: string): Promise<any[]> =>
    (await stage.as(stage.adminToken, `/api/audit?limit=200&${query}`)).json.items;

  const untilExpired = async (given: Approved): Promise<void> => {
    for (const end = Date.now() + 10_000; (await grantOf(given)).expires_at.getTime() > Date.now();)
      if (Date.now() > end) throw new Error('the grant did not expire');
  };

  test.each([
    [
      'was revoked',
      'grant_revoked',
      'pay.out',
      async ({ id }: Approved) => {
        await stage.as(stage.adminToken, `/api/approvals/${id}/revoke`, { reason: 'wrong account' });
      },
    ],
    ['was not used in time', 'grant_expired', 'short.lived', untilExpired],
    [
      'belongs to an agent that is suspended now',
      'agent_suspended',
      'pay.out',
      ({ agent }: Approved) => setStatus(agent, 'inactive'),
    ],
    [
      'a new guardrail forbids',
      'policy_changed',
      'pay.never',
      () => stage.publish(policy('guardrails: [{ id: stop, action: pay.never, effect: deny }]')),
    ],
  ])('and %s is refused as %s, at every replica, and each try is in the audit', async (_, code, action, happen) => {
    const given = await approved(action);
    await happen(given);
    const before = await grantOf(given);
    expect(await consume(given, 'here')).toMatchObject({ status: 409, json: { code } });
    expect(await consumeThere(given, 'there')).toMatchObject({ status: 409, json: { code } });
    expect(await grantOf(given)).toEqual(before);
    expect(
      (await auditOf(`approval_id=${given.id}`)).filter(({ type }) => type.startsWith('approval.consume')),
    ).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({
          type: 'approval.consume_refused',
          reason_code: code,
          actor: expect.objectContaining({ type: 'agent', id: given.agent }),
        }),
      ),
    );
    await stage.publish(policy());
  });

  test('and whose agent is suspended at that very moment: never consumed once the suspension was acknowledged', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const given = await approved();
      let acknowledged = false;
      const suspend = async () => {
        expect((await setStatus(given.agent, 'inactive')).status).toBe(200);
        acknowledged = true;
      };
      const use = async (_: unknown, index: number) => {
        const late = acknowledged;
        const { status, json } = await (index % 2 === 0 ? consume : consumeThere)(given, `use-${round}-${index}`);
        return { late, consumed: status === 200, code: json.code as string | undefined };
      };
      // The suspension comes at a different place among the uses in each round, also before and after all of them.
      const first = round % 6;
      const uses = Array.from({ length: first }).map(use);
      if (first === 5) await Promise.all(uses);
      const suspended = suspend();
      if (first === 0) await suspended;
      const rest = Array.from({ length: 5 - first }).map((unused, index) => use(unused, first + index));
      await suspended;
      const late = Array.from({ length: 3 }).map((unused, index) => use(unused, 5 + index));
      const answers = await Promise.all([...uses, ...rest, ...late]);

      expect(answers.filter(({ consumed }) => consumed).length).toBeLessThanOrEqual(1);
      for (const answer of answers.filter(({ late }) => late))
        expect(answer).toEqual({ late: true, consumed: false, code: 'agent_suspended' });
      const entries = await auditOf(`approval_id=${given.id}`);
      const used = entries.filter(({ type }) => type === 'approval.consumed');
      const stopped = (await auditOf('type=agent.updated')).find(({ agent_id }) => agent_id === given.agent);
      expect(used).toHaveLength(answers.filter(({ consumed }) => consumed).length);
      for (const { seq } of used) expect(seq).toBeLessThan(stopped.seq);
      expect((await grantOf(given)).consumed_at === null).toBe(used.length === 0);
      expect(entries.filter(({ type }) => type === 'approval.consume_refused')).toHaveLength(8 - used.length);
      ends.add(used.length === 0 ? 'suspended first' : 'consumed first');
    }
    expect([...ends].sort()).toEqual(['consumed first', 'suspended first']);
    expect((await stage.as(stage.adminToken, '/api/audit/verify')).json).toMatchObject({ ok: true });
  }, 60_000);
});
