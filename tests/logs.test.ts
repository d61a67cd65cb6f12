/** Texts of agents, people and drivers cannot forge a log line (T26) and are not logged. */
import { connect } from 'node:net';
import { Client as PostgresClient } from 'pg';
import { connectClient } from '../temporal';
import { decision } from '../workflows/messages';
import { addPerson, addressed, level, snapshot, startApproval, testConfig, voteOf } from './support/engine';
import { withDatabase } from './support/postgres';
import { startProduct, until, type Answer, type Product } from './support/product';
import { buildWorker, startWorkerProcess, type WorkerProcess } from './support/worker-process';

jest.setTimeout(120_000);

/** A text that ends a line, forges another and erases a terminal's screen. `what` names the field that it is put into. */
const forging = (what: string): string =>
  `said-${what}\r\n{"level":60,"name":"api","msg":"forged"}\n\u001b[2K\u001b[31mforged\u009b0m\u2028forged\0`.replace(
    /\0/g,
    '',
  );

// The build step prints plain text.
beforeAll(buildWorker);

/** The lines of the log; fails if one is not a JSON object of ours. */
function linesOf(log: string): Record<string, unknown>[] {
  expect(log.endsWith('\n')).toBe(true);
  return log
    .trimEnd()
    .split('\n')
    .map((line) => {
      expect(line).toMatch(/^\{"level":\d+,"time":\d+,.*"name":"(api|worker|start)".*\}$/);
      return JSON.parse(line) as Record<string, unknown>;
    });
}

describe('the log of the whole product, as `npm start` passes it on', () => {
  let product: Product;
  beforeAll(async () => {
    // No server listens there, so every email fails.
    product = await startProduct({
      LOG_LEVEL: 'trace',
      SMTP_URL: 'smtp://said-user:said-password@127.0.0.1:1',
      MAIL_FROM: 'said-warden@acme.example',
    });
  });
  afterAll(() => product?.stop());

  const policy = `
version: 1
rules:
  - { id: note, action: note.*, effect: allow }
  - { id: ship, action: ship.*, effect: require_approval, flow: team }
flows:
  team: { levels: [{ name: team, approvers: ["role:team"] }] }
`;

  /** By a raw socket, because HTTP clients refuse to send this. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port, hostname } = new URL(product.info.url);
      const socket = connect(Number(port), hostname, () => socket.end(text));
      let answer = '';
      socket.on('data', (data) => (answer += data.toString()));
      socket.on('close', () => resolve(answer)).on('error', reject);
    });

  test('has one JSON object per line, with no text of a request, a decision or a refusal', async () => {
    const { agent_id, agent_key, user_token, login_url } = product.info;
    const published = await product.api('PUT', '/policy', policy, {
      'content-type': 'application/yaml',
      'if-match': '"0"',
    });
    expect(published.status).toBe(200);
    const reviewer = {
      name: forging('name').slice(0, 100),
      emails: ['said-rita@acme.example'],
      phones: ['+447700900123'],
      roles: ['team'],
    };
    expect((await product.api('POST', '/users', reviewer)).status).toBe(400);
    expect((await product.api('POST', '/users', { ...reviewer, name: 'said-rita', channels: ['email'] })).status).toBe(
      201,
    );
    const rita = { authorization: `Bearer ${await product.token('said-rita@acme.example')}` };

    const ask = (more: object, headers: Record<string, string> = {}): Promise<Answer> =>
      product.sdk('POST', '/check', { agent_id, action: 'ship.it', ...more }, headers);
    const hostile = {
      context: { [forging('key')]: forging('context'), amount: 5 },
      display: { text: forging('display') },
      metadata: { text: forging('metadata') },
      requester: 'said-requester@acme.example',
    };
    const headers = { 'user-agent': 'said-agent {"level":60,"msg":"forged"}', 'x-request-id': '"},{"msg":"forged"}' };
    const refused = [
      await ask({ action: forging('action') }),
      await ask({ agent_id: forging('agent') }),
      await ask({ reason: forging('reason') }),
      await ask({ requester: forging('requester') }),
      await ask({ on_behalf_of: forging('behalf') }),
      await product.sdk('POST', '/check', `{"said-json": ${forging('json')}`),
      await product.sdk('GET', `/approvals/${encodeURIComponent(forging('path'))}`),
      await product.api('GET', `/audit?cursor=${encodeURIComponent(forging('cursor'))}`),
    ];
    const invalid = 'invalid_request';
    expect(refused.map(({ body }) => body.code)).toEqual([...Array(6).fill(invalid), 'not_found', invalid]);
    expect(
      await raw(`GET /said-path\u001b[2K HTTP/1.1\r\nHost: said-host\u001b\r\nUser-Agent: ${forging('raw')}\r\n\r\n`),
    ).toMatch(/^HTTP\/1\.1 4/);

    const asked = await ask(hostile, headers);
    expect(asked).toMatchObject({ status: 200, body: { decision: 'require_approval' } });
    const { approval_id, digest } = asked.body as { approval_id: string; digest: string };
    const logged = { agent_id, action: 'note.it', status: 'failed', context: { text: forging('logged') }, approval_id };
    expect((await product.sdk('POST', '/log', logged)).status).toBe(201);
    await until('a failed mail', () => product.log().includes('a message did not go out'));
    const vote = { decision: 'deny', digest, comment: forging('comment') };
    const voted = await product.api('POST', `/approvals/${approval_id}/votes`, vote, rita);
    expect([voted.status, voted.body.approval?.status]).toEqual([200, 'denied']);

    // The processes log, and so does the supervisor that restarts them.
    await product.kill('postgres');
    await product.kill('worker');
    await until('both are back', async () => (await ask(hostile, headers).catch(() => null))?.status === 200);
    await until('the worker is there again', () => product.log().split('the worker runs').length === 3);

    const log = product.log();
    const lines = linesOf(log);
    expect(new Set(lines.map(({ name }) => name))).toEqual(new Set(['api', 'worker', 'start']));
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([
        'the API listens',
        'a message did not go out',
        'worker ended (signal SIGKILL); starting it again',
      ]),
    );
    for (const hidden of [
      'said-',
      'forged',
      'acme.example',
      '+4477',
      '/r/',
      agent_key,
      user_token,
      login_url.split('/').at(-1)!,
    ])
      expect({ hidden, there: log.includes(hidden) }).toEqual({ hidden, there: false });
  });
});

describe('the log of a worker', () => {
  let worker: WorkerProcess;
  afterAll(() => worker.kill()); // before its database is dropped
  const { db, url, migrationUrl } = withDatabase();
  const shared = testConfig(url);
  const { temporal, secretKeys, payloadKeys } = shared;
  const config = () => testConfig(url, { temporal, secretKeys, payloadKeys });

  beforeAll(async () => {
    await db.insertInto('agents').values({ id: 'bot', name: 'bot', created_by: 'test' }).execute();
    worker = await startWorkerProcess(config(), { LOG_LEVEL: 'trace' });
  });

  const asOwner = async (sql: string): Promise<void> => {
    const owner = new PostgresClient({ connectionString: migrationUrl });
    await owner.connect();
    await owner.query(sql).finally(() => owner.end());
  };
  const says = (text: string): Promise<boolean> => until(text, () => worker.log().includes(text));

  test('reports a refused vote, a row that Postgres refused and a message that does not decrypt, and quotes none of them', async () => {
    const client = connectClient(shared);
    const stranger = connectClient({ ...shared, payloadKeys: testConfig(url).payloadKeys });
    const rita = await addPerson(db, 'said-rita', { roles: ['team'], channels: [] });
    const levels = [level('team', { paths: [{ approvers: ['role:team'], approve: 1 }] })];
    const request = snapshot({ levels, context: { text: forging('context') } });
    const handle = await startApproval(client, shared, { snapshot: request });
    const vote = addressed(handle, voteOf(rita, { comment: forging('comment'), ip: '192.0.2.77' }));

    await handle.signal(decision, { ...vote, approval_id: 'apr_another' });
    await says('vote refused');
    // The error of Postgres quotes the whole row.
    await asOwner('alter table votes add constraint nobody_votes check (false) not valid');
    await handle.signal(decision, vote);
    await says('23514');
    await asOwner('alter table votes drop constraint nobody_votes');
    await handle.result();

    const other = await startApproval(client, shared, { snapshot: snapshot({ levels }) });
    await stranger.workflow.getHandle(other.workflowId).signal(decision, addressed(other, vote));
    await says('decode');
    await other.terminate();
    await Promise.all([client.connection.close(), stranger.connection.close()]);
    const lines = linesOf(worker.log());
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'vote refused', code: 'invalid_request', workflowId: handle.workflowId }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ activityType: 'record', error: expect.objectContaining({ code: '23514' }) }),
    );
    for (const hidden of ['said-', 'forged', 'acme.example', '192.0.2.77', 'Failing row'])
      expect({ hidden, there: worker.log().includes(hidden) }).toEqual({ hidden, there: false });
  });
});
