/** Kills each process (SIGKILL) between any two steps of an approval: nothing is lost and nothing happens twice. */
import { randomUUID } from 'node:crypto';
import { startProduct, until, type Answer, type Part, type Product } from './support/product';

jest.setTimeout(240_000);

const POLICY = `
version: 1
rules: [{ id: ship, action: ship, effect: require_approval, flow: two }]
flows:
  admins: { levels: [{ name: admins, approvers: ["role:admin"], approve: 1 }] }
  two:
    levels:
      - { name: team, approvers: ["role:team"], approve: 2 }
      - { name: chief, approvers: ["role:admin"], approve: 1 }
`;

let product: Product;
const bearer = new Map<string, Record<string, string>>();

beforeAll(async () => {
  product = await startProduct();
  await product.api('PUT', '/policy', POLICY, { 'content-type': 'application/yaml', 'if-match': '"0"' });
  for (const name of ['ann', 'ben']) {
    await product.api('POST', '/users', { name, emails: [`${name}@acme.example`], roles: ['team'] });
    bearer.set(name, { authorization: `Bearer ${await product.token(`${name}@acme.example`)}` });
  }
});
afterAll(() => product?.stop());

/** Retries as a client does: the same request with the same key, while the answer is 503 or there is none. */
const insist = (what: string, send: () => Promise<Answer>): Promise<Answer> =>
  until(
    what,
    async () => {
      const answer = await send().catch(() => undefined); // no connection: the API is down
      if (!answer || answer.status === 503) return undefined;
      if (answer.status >= 500) throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer;
    },
    60_000,
  );

describe.each<Part>(['worker', 'api', 'temporal', 'postgres'])('when the %s is killed before every step', (part) => {
  test('the approval is decided and consumed, and every step counts once', async () => {
    const context = { version: randomUUID() };
    const step = async (what: string, send: () => Promise<Answer>): Promise<any> => {
      await product.kill(part);
      const answer = await insist(what, send);
      expect({ what, status: answer.status, body: answer.status === 200 ? null : answer.body }).toEqual({
        what,
        status: 200,
        body: null,
      });
      return answer.body;
    };
    const keyed = (): Record<string, string> => ({ 'idempotency-key': randomUUID() });

    const once = keyed();
    const { approval_id, digest } = await step('check', () =>
      product.sdk('POST', '/check', { agent_id: product.info.agent_id, action: 'ship', context }, once),
    );
    const votes = [];
    for (const who of ['ann', 'ben', 'admin']) {
      const headers = { ...keyed(), ...bearer.get(who) };
      votes.push(
        await step(`vote of ${who}`, () =>
          product.api('POST', `/approvals/${approval_id}/votes`, { decision: 'approve', digest }, headers),
        ),
      );
    }
    const use = { context, use_id: randomUUID() };
    await step('consume', () => product.sdk('POST', `/approvals/${approval_id}/consume`, use));
    const again = await step('consume again', () => product.sdk('POST', `/approvals/${approval_id}/consume`, use));
    expect(again.use_id).toBe(use.use_id);

    const read = async (path: string): Promise<any> => (await insist(path, () => product.api('GET', path))).body;
    const approval = await read(`/approvals/${approval_id}`);
    expect(approval).toMatchObject({ status: 'approved', reason_code: 'quorum', grant: { state: 'consumed' } });
    expect(approval.votes.map((vote: any) => vote.id)).toEqual(votes.map((each) => each.vote.id));
    const audit = (await read(`/audit?approval_id=${approval_id}&limit=200`)).items.map((entry: any) => entry.type);
    const count = (type: string): number => audit.filter((each: string) => each === type).length;
    expect([
      count('approval.requested'),
      count('approval.voted'),
      count('approval.decided'),
      count('approval.consumed'),
    ]).toEqual([1, 3, 1, 1]);
    expect(await read('/audit/verify')).toMatchObject({ ok: true });
  });
});

test('an approval whose deadline passes while everything is down is expired after the restart', async () => {
  const { approval_id } = (
    await product.sdk('POST', '/check', { agent_id: product.info.agent_id, action: 'ship', ttl: 2 })
  ).body;
  for (const part of ['worker', 'temporal', 'postgres'] as const) await product.kill(part);
  const ended = await until(
    'the end',
    async () => {
      const answer = await product.sdk('GET', `/approvals/${approval_id}?wait=5`).catch(() => undefined);
      return answer?.status === 200 && answer.body.status !== 'pending' ? answer.body : undefined;
    },
    60_000,
  );
  expect(ended).toMatchObject({ status: 'expired', reason_code: 'request_ttl' });
});
