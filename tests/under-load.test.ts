/** Many requests at once to several APIs and workers: nothing acknowledged is lost, nothing happens twice. */
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { startApi, type RunningApi } from '../api/server';
import { startWorker, type RunningWorker } from '../worker';
import type { Config } from '../config';
import { verifyAudit } from '../db/audit';
import { startStage, type ApiStage } from './support/api';
import { level, snapshot, workflowBundle } from './support/engine';
import { until } from './support/product';
import { buildWorker, startWorkerProcess, type WorkerProcess } from './support/worker-process';

jest.setTimeout(60_000);

const POLICY = `
version: 1
rules: [{ id: pay, action: pay.*, effect: require_approval, flow: two }]
flows: { two: { levels: [{ name: team, approvers: [role:lead], approve: 2 }] } }
`;

describe('two workers and two APIs', () => {
  const quiet = pino({ level: 'silent' });
  let stage: ApiStage;
  let other: RunningApi;
  let second: RunningWorker;
  let leads: string[];
  const processes: WorkerProcess[] = [];

  beforeAll(async () => {
    await buildWorker();
    stage = await startStage();
    const { config } = stage.engine;
    other = await startApi(config, quiet);
    second = await startWorker(config, quiet, await workflowBundle());
    const people = await Promise.all(
      ['ann', 'ben'].map((name) =>
        stage.newPerson({ name, emails: [`${name}@acme.example`], roles: ['lead'], channels: [] }),
      ),
    );
    leads = people.map(({ token }) => token);
    await stage.publish(POLICY);
  });
  afterAll(async () => {
    await Promise.all(processes.map((worker) => worker.kill()));
    await second.stop();
    await other.stop();
    await stage.close();
  });

  async function startProcess(config: Config): Promise<WorkerProcess> {
    const worker = await startWorkerProcess(config);
    processes.push(worker);
    return worker;
  }

  interface Answer {
    status: number;
    json: any;
  }

  const post = async (url: string, path: string, body: object, headers: Record<string, string>): Promise<Answer> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: await response.json() };
  };

  /** Retries as a client does: the same request with the same key, to each API in turn, until there is an answer. */
  async function insist(first: number, path: string, body: object, headers: Record<string, string>): Promise<any> {
    const keyed = { 'idempotency-key': randomUUID(), ...headers };
    const apis = [stage.api.url, other.url];
    let tries = first;
    const { status, json } = await until(path, async () => {
      const answer = await post(apis[tries++ % 2]!, path, body, keyed);
      return answer.status !== 503 && answer.json.code !== 'in_progress' && answer;
    });
    expect({ status, detail: json.detail }).toEqual({ status: 200, detail: undefined });
    return json;
  }

  /** One approval from check to consume. Each step goes to the other API than the step before. */
  async function story(number: number): Promise<string> {
    const key = { 'x-api-key': stage.key };
    const question = { agent_id: 'support-bot', action: 'pay.out', context: { number } };
    const { approval_id, digest } = await insist(number, '/sdk/check', question, key);
    const votes = await Promise.all(
      leads.map((token, index) =>
        insist(
          number + index,
          `/api/approvals/${approval_id}/votes`,
          { decision: 'approve', digest },
          { authorization: `Bearer ${token}` },
        ),
      ),
    );
    // A retry after the end gets the vote that counted.
    expect(new Set(votes.map(({ vote }) => vote.id)).size).toBe(2);
    const uses = await Promise.all(
      [0, 1].map((index) =>
        post(
          [stage.api.url, other.url][index]!,
          `/sdk/approvals/${approval_id}/consume`,
          { digest, use_id: `use-${index}` },
          key,
        ),
      ),
    );
    expect(uses.map(({ status }) => status).sort()).toEqual([200, 409]);
    return approval_id;
  }

  /** The number of their audit entries by type. */
  async function audited(ids: string[]): Promise<Record<string, number>> {
    const rows = await stage.engine.db
      .selectFrom('audit')
      .select(({ fn }) => ['type', fn.countAll<string>().as('count')])
      .where('approval_id', 'in', ids)
      .groupBy('type')
      .execute();
    return Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)]));
  }

  const once = (ids: string[]) => ({
    'approval.requested': ids.length,
    'approval.voted': 2 * ids.length,
    'approval.decided': ids.length,
    'approval.consumed': ids.length,
    'approval.consume_refused': ids.length,
  });

  test('serve approvals together: every step counts once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, number) => story(number)));
    expect(new Set(ids).size).toBe(20);
    expect(await audited(ids)).toMatchObject(once(ids));
    expect(await verifyAudit(stage.engine.db)).toMatchObject({ ok: true });
  });

  test('stop in the middle of the work, and their successors finish it', async () => {
    const { config } = stage.engine;
    let worker = await startProcess(config);
    const stories = Array.from({ length: 20 }, (_, number) => story(number));
    for (let round = 0; round < 2; round++) {
      // Some are finished, the others are running.
      await Promise.race(stories.slice(round * 5));
      expect(await worker.terminate()).toEqual({ code: 0, signal: null });
      worker = await startProcess(config);
    }
    const ids = await Promise.all(stories);
    expect(await audited(ids)).toMatchObject(once(ids));
    expect(await worker.terminate()).toEqual({ code: 0, signal: null });
  });

  test('end three hundred approvals with the same deadline, each once and as expired', async () => {
    const expires_at_ms = Date.now() + 8_000;
    const levels = [level('team', { paths: [{ approvers: ['role:lead'], approve: 1 }] })];
    const agent = { id: 'support-bot', name: 'Support bot' };
    const requests = Array.from({ length: 300 }, () => snapshot({ agent, levels, expires_at_ms }));
    await Promise.all(requests.map((request) => stage.engine.start(request)));
    const ids = requests.map(({ approval_id }) => approval_id);
    const ended = () =>
      stage.engine.db
        .selectFrom('approvals')
        .select(['status', 'reason_code', 'decided_at'])
        .where('id', 'in', ids)
        .where('status', '!=', 'pending')
        .execute();
    const rows = await until(
      'all have ended',
      async () => {
        const found = await ended();
        return found.length === ids.length && found;
      },
      45_000,
    );
    for (const { status, reason_code, decided_at } of rows) {
      expect([status, reason_code]).toEqual(['expired', 'request_ttl']);
      expect(decided_at!.getTime()).toBeGreaterThanOrEqual(expires_at_ms);
    }
    expect(await audited(ids)).toMatchObject({ 'approval.decided': 300 });
    expect(
      await stage.engine.db.selectFrom('grants').select('digest').where('approval_id', 'in', ids).execute(),
    ).toEqual([]);
  });
});
