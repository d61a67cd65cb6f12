// Starts the product in a scratch folder and compares its speed with that of its parts: see README.md.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import autocannon from 'autocannon';

const here = dirname(fileURLToPath(import.meta.url));
const AT_ONCE = 20;
const APPROVALS = 200;
const ONE_BY_ONE = 40;
/** Pause before a single decision, so that the opening of the approval is not measured with it. */
const OPENING_MS = 250;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const ratio = (a, b) => (a / b).toFixed(2);

async function start(folder) {
  const env = { ...process.env, PORT: '0', AGENTWARDEN_DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'error' };
  const child = spawn('npm', ['start', '--silent', '--', '--json'], {
    cwd: join(here, '..'),
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 2],
  });
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{')) return { child, info: JSON.parse(line) };
  throw new Error('the product did not start');
}

async function stop({ child }) {
  const ended = new Promise((done) => child.once('close', done));
  process.kill(-child.pid, 'SIGINT');
  await ended;
}

function client({ url, user_token, agent_key, agent_id }) {
  const call = async (headers, method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const person = { authorization: `Bearer ${user_token}` };
  const agent = { 'x-api-key': agent_key };
  return {
    permit: (action, requires_approval) =>
      call(person, 'POST', `/api/agents/${agent_id}/permissions`, { action, requires_approval }),
    check: (action) => call(agent, 'POST', '/sdk/check', { agent_id, action, context: { n: randomUUID() } }),
    vote: ({ approval_id, digest }) =>
      call(person, 'POST', `/api/approvals/${approval_id}/votes`, { decision: 'approve', digest }),
    wait: ({ approval_id }) => call(agent, 'GET', `/sdk/approvals/${approval_id}?wait=30`),
  };
}

/** Runs `work` `times` times, `atOnce` at a time. Returns runs per second. */
async function perSecond(times, atOnce, work) {
  const begun = performance.now();
  let left = times;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return (times * 1000) / (performance.now() - begun);
}

async function load(options) {
  const result = await autocannon({ connections: 50, duration: 8, ...options });
  if (result.non2xx > 0)
    throw new Error(`${result.non2xx} of ${result.requests.total} answers to ${options.url} were not 2xx`);
  return result.requests.average;
}

async function checks({ url, agent_key, agent_id }) {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': agent_key },
    body: JSON.stringify({ agent_id, action: 'bench.read', context: { amount: 12.5, customer: 'cus_42' } }),
  };
  const idle = await load({ url: `${url}/healthz` });
  const checked = await load({ url: `${url}/sdk/check`, ...request });
  return { idle, checked };
}

async function bareTemporal(address) {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue: 'bench',
    workflowsPath: join(here, 'bare-workflow.mjs'),
    activities: { nothing: async () => undefined },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
  });
  const temporal = new Client({ connection: await Connection.connect({ address }) });
  const updates = [];
  const one = async (opening_ms = 0) => {
    const handle = await temporal.workflow.start('bare', { taskQueue: 'bench', workflowId: randomUUID() });
    if (opening_ms) await pause(opening_ms);
    const begun = performance.now();
    await handle.executeUpdate('decide');
    updates.push(performance.now() - begun);
    await handle.result();
  };
  return worker.runUntil(async () => {
    await perSecond(ONE_BY_ONE, 1, one); // warm up
    updates.length = 0;
    await perSecond(ONE_BY_ONE, 1, () => one(OPENING_MS));
    const update_ms = median(updates);
    return { update_ms, perSecond: await perSecond(APPROVALS, AT_ONCE, one) };
  });
}

async function approvals(api) {
  const votes = [];
  const learnt = [];
  const one = async (opening_ms = 0) => {
    const asked = await api.check('bench.ask');
    if (opening_ms) await pause(opening_ms);
    const waiting = api.wait(asked).then(() => performance.now());
    const begun = performance.now();
    await api.vote(asked);
    const voted = performance.now();
    votes.push(voted - begun);
    learnt.push(Math.max(0, (await waiting) - voted));
  };
  await perSecond(ONE_BY_ONE, 1, one); // warm up
  votes.length = learnt.length = 0;
  await perSecond(ONE_BY_ONE, 1, () => one(OPENING_MS));
  const [vote_ms, learn_ms] = [median(votes), median(learnt)];
  return { vote_ms, learn_ms, perSecond: await perSecond(APPROVALS, AT_ONCE, one) };
}

const folder = mkdtempSync(join(tmpdir(), 'agentwarden-bench-'));
chmodSync(folder, 0o711);
const product = await start(folder);
try {
  const api = client(product.info);
  await api.permit('bench.read', false);
  await api.permit('bench.ask', true);
  const { idle, checked } = await checks(product.info);
  const whole = await approvals(api);
  const settings = JSON.parse(readFileSync(join(product.info.data_dir, 'run', 'settings.json'), 'utf8'));
  const bare = await bareTemporal(settings.TEMPORAL_ADDRESS);
  console.table({
    checks: {
      measured: `${checked.toFixed(0)}/s`,
      ratio: `${ratio(checked, idle)} of /healthz (${idle.toFixed(0)}/s)`,
    },
    approvals: {
      measured: `${whole.perSecond.toFixed(1)}/s`,
      ratio: `${ratio(whole.perSecond, bare.perSecond)} of bare (${bare.perSecond.toFixed(1)}/s)`,
    },
    decision: {
      measured: `${whole.vote_ms.toFixed(1)} ms`,
      ratio: `${ratio(whole.vote_ms, bare.update_ms)} of the bare update (${bare.update_ms.toFixed(1)} ms)`,
    },
    learning: {
      measured: `${whole.learn_ms.toFixed(1)} ms`,
      ratio: `${ratio(whole.learn_ms, whole.vote_ms)} of the decision`,
    },
  });
} finally {
  await stop(product);
  rmSync(folder, { recursive: true, force: true });
}
