/** Callers' mistakes: each gets an answer that says what to do, and nothing is done by half. */
import { request } from 'node:http';
import { startStage, type ApiStage } from './support/api';

let stage: ApiStage;

beforeAll(async () => {
  stage = await startStage();
  await stage.as(stage.adminToken, '/api/agents', { id: 'bot', name: 'Bot' });
  await stage.as(stage.adminToken, '/api/agents/bot/permissions', { action: 'notes.write', requires_approval: true });
});
afterAll(() => stage?.close());

const check = (body: unknown) =>
  stage.call('/sdk/check', {
    method: 'POST',
    headers: { 'x-api-key': stage.key, 'content-type': 'application/json' },
    body,
  });
const good = { agent_id: 'bot', action: 'notes.write', context: { n: 1 } };
const entries = async (): Promise<number> => (await stage.engine.db.selectFrom('audit').select('seq').execute()).length;

test('an unknown agent is a 404 that says how to create it', async () => {
  const { status, json } = await check({ ...good, agent_id: 'nobody' });
  expect([status, json.code, json.fix]).toEqual([404, 'agent_not_found', expect.stringContaining('POST /api/agents')]);
});

test('an unknown action is denied with the call that would allow it, and that call works', async () => {
  const { status, json } = await check({ ...good, action: 'notes.burn' });
  expect([status, json.decision, json.reason_code]).toEqual([200, 'deny', 'no_rule']);
  const [, path, body] = /POST (\/api\/\S+) (\{.*\})/.exec(json.reason)!;
  expect((await stage.as(stage.adminToken, path!, JSON.parse(body!))).status).toBe(201);
  expect((await check({ ...good, action: 'notes.burn' })).json.decision).toBe('allow');
});

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });

test.each<[string, unknown, string]>([
  ['malformed JSON', '{"agent_id": "bot",', ''],
  ['no JSON at all', 'hello', ''],
  ['a list', '[]', ''],
  ['duplicate keys', '{"agent_id": "bot", "action": "notes.write", "context": {"n": 1, "n": 2}}', 'context.n'],
  [
    'an integer that no double holds',
    '{"agent_id": "bot", "action": "notes.write", "context": {"n": 9007199254740993}}',
    'context.n',
  ],
  ['a number beyond all bounds', '{"agent_id": "bot", "action": "notes.write", "context": {"n": 1e400}}', 'context.n'],
  ['half a surrogate pair', '{"agent_id": "bot", "action": "notes.write", "context": {"n": "\\ud800"}}', 'context.n'],
  ['a wrong type', { ...good, action: 7 }, 'action'],
  ['an action that is none', { ...good, action: 'two words' }, 'action'],
  ['a context that is a list', { ...good, context: [1] }, 'context'],
  ['a missing field', { agent_id: 'bot' }, 'action'],
  ['an unknown field', { ...good, contxt: {} }, 'contxt'],
  ['a ttl that is none', { ...good, ttl: 'soon' }, 'ttl'],
  ['a context that is too deep', { ...good, context: deep(33) }, 'context'],
  [
    'a context with too many keys',
    { ...good, context: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, 1])) },
    'context',
  ],
  ['a context that is too long', { ...good, context: { text: 'x'.repeat(130 * 1024) } }, 'context'],
])('%s is a 400 that names the field, and changes nothing', async (_, body, path) => {
  const before = await entries();
  const { status, json } = await check(body);
  expect([status, json.code]).toEqual([400, 'invalid_request']);
  expect(json.errors.map((fault: any) => fault.path).join(' ')).toContain(path);
  for (const fault of json.errors) expect(fault.message.length).toBeGreaterThan(5);
  expect(await entries()).toBe(before);
});

test('all faults are reported at once', async () => {
  const { json } = await check({ agent_id: 5, action: 'two words', ttl: 'soon', colour: 'red' });
  const paths = json.errors.map((fault: any) => fault.path);
  for (const path of ['agent_id', 'action', 'colour']) expect(paths).toContain(path);
});

test('a body over 256 kB is a 413, also without a declared length', async () => {
  const large = JSON.stringify({ ...good, context: { text: 'x'.repeat(300_000) } });
  expect([(await check(large)).status, (await check(large)).json.code]).toEqual([413, 'payload_too_large']);
  const url = new URL('/sdk/check', stage.api.url);
  const status = await new Promise<number>((resolve, reject) => {
    const sending = request(url, {
      method: 'POST',
      headers: { 'x-api-key': stage.key, 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    });
    sending.on('response', (answer) => resolve(answer.resume().statusCode!)).on('error', reject);
    sending.end(large);
  });
  expect(status).toBe(413);
});

test('another content type is a 415, another method a 405 that lists the allowed ones', async () => {
  const typed = await stage.call('/sdk/check', {
    method: 'POST',
    headers: { 'x-api-key': stage.key, 'content-type': 'text/plain' },
    body: 'x',
  });
  expect([typed.status, typed.json.code]).toEqual([415, 'unsupported_media_type']);
  const got = await stage.call('/sdk/check', { headers: { 'x-api-key': stage.key } });
  expect([got.status, got.json.code, got.headers.get('allow')]).toEqual([
    405,
    'method_not_allowed',
    expect.stringContaining('POST'),
  ]);
});

test('a policy with mistakes is refused with the position of each, and the old policy stays in force', async () => {
  const before = (await stage.as(stage.adminToken, '/api/policy')).json;
  const faulty = `
version: 1
rules:
  - { id: a, action: notes.*, effect: perhaps }
  - { id: a, action: "no spaces", effect: allow, when: 'context.amount >' }
  - { id: c, action: notes.write, effect: require_approval, flow: nowhere }
flows:
  admins: { levels: [{ name: admins, approvers: [], approve: 0 }] }
`;
  const refused = await stage.call('/api/policy', {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${stage.adminToken}`,
      'content-type': 'application/yaml',
      'if-match': `"${before.version}"`,
    },
    body: faulty,
  });
  expect([refused.status, refused.json.code]).toEqual([422, 'policy_invalid']);
  expect(refused.json.errors.length).toBeGreaterThanOrEqual(5);
  for (const fault of refused.json.errors)
    expect(fault).toMatchObject({
      path: expect.stringMatching(/^(rules|flows)/),
      line: expect.any(Number),
      message: expect.any(String),
    });
  expect((await stage.as(stage.adminToken, '/api/policy')).json).toEqual(before);
});

test('of two people who publish at once the second gets policy_conflict', async () => {
  const put = (headers: Record<string, string>) =>
    stage.call('/api/policy', {
      method: 'PUT',
      headers: { authorization: `Bearer ${stage.adminToken}`, 'content-type': 'application/yaml', ...headers },
      body: 'version: 1\n',
    });
  expect((await put({})).json.code).toBe('if_match_required');
  const { version } = (await stage.as(stage.adminToken, '/api/policy')).json;
  const answers = await Promise.all([put({ 'if-match': `"${version}"` }), put({ 'if-match': `"${version}"` })]);
  expect(answers.map((each) => each.status).sort()).toEqual([200, 412]);
});

test('votes of strangers, for another digest, and after the end are refused', async () => {
  const { approval_id, digest } = (await check(good)).json;
  const stranger = await stage.newPerson({ name: 'Zoe', emails: ['zoe@acme.example'], roles: ['auditor'] });
  const path = `/api/approvals/${approval_id}/votes`;
  const refused = await stage.as(stranger.token, path, { decision: 'approve', digest });
  expect(refused.status).toBe(403);
  const stale = await stage.as(stage.adminToken, path, { decision: 'approve', digest: `sha256:${'0'.repeat(64)}` });
  expect([stale.status, stale.json.code]).toEqual([409, 'digest_mismatch']);
  const unnamed = await stage.as(stage.adminToken, path, { decision: 'approve' });
  expect([unnamed.status, unnamed.json.errors]).toEqual([
    400,
    [{ path: 'digest', message: expect.stringMatching(/^is missing/) }],
  ]);

  const first = await stage.as(stage.adminToken, path, { decision: 'approve', digest });
  const again = await stage.as(stage.adminToken, path, { decision: 'approve', digest });
  expect([first.status, again.status, again.json.vote.id]).toEqual([200, 200, first.json.vote.id]);
  const late = await stage.as(stage.adminToken, path, { decision: 'deny', digest });
  expect([late.status, late.json.code, late.json.outcome.status]).toEqual([409, 'already_decided', 'approved']);
});
