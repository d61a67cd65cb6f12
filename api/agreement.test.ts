import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { createLinkToken } from '../encryption/link-token';
import { state as stateQuery } from '../workflows/messages';
import { startStage, type ApiStage, type Reply } from '../tests/support/api';
import { nonceIn, visitor } from '../tests/support/browsing';
import { startApi } from './server';

const POLICY = `
version: 1
rules:
  - { id: three, action: three.*, effect: require_approval, flow: three }
  - { id: away, action: away.*, effect: require_approval, flow: away }
  - { id: two, action: two.*, effect: require_approval, flow: two, risk: high }
flows:
  three: { levels: [{ name: team, approvers: [role:lead], approve: 3 }] }
  away: { levels: [{ name: boss, approvers: [role:boss], approve: 1 }] }
  two:
    levels:
      - { name: left, stage: 1, approvers: [role:left], approve: 1 }
      - { name: right, stage: 1, approvers: [role:right], approve: 1 }
`;

describe('every record says the same', () => {
  let stage: ApiStage;
  let leads: string[];
  beforeAll(async () => {
    stage = await startStage();
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        stage.newPerson({ name: `Lead ${i}`, emails: [`lead${i}@acme.example`], roles: ['lead'], channels: [] }),
      ),
    );
    leads = made.map(({ token }) => token);
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(() => stage.close());

  const ask = async (action: string) => {
    const { json } = await stage.agent('/sdk/check', { agent_id: 'support-bot', action });
    await stage.agent(`/sdk/approvals/${json.approval_id}`);
    return { id: json.approval_id as string, digest: json.digest as string };
  };
  const vote = ({ id, digest }: { id: string; digest: string }, token: string, more: object = {}): Promise<Reply> =>
    stage.as(token, `/api/approvals/${id}/votes`, { decision: 'approve', digest, ...more });

  test('after twenty votes at once: Postgres, the audit and the workflow hold the same three', async () => {
    const asked = await ask('three.race');
    const answers = await Promise.all(
      leads.map(async (token) => {
        for (let tries = 0; ; tries++) {
          const answer = await vote(asked, token);
          if (answer.status !== 503 || tries === 5) return answer;
        }
      }),
    );
    const counted = answers.filter(({ status }) => status === 200).map(({ json }) => json.vote.id as string);
    expect(counted).toHaveLength(3);
    for (const { status, json } of answers.filter((answer) => answer.status !== 200))
      expect({ status, code: json.code }).toEqual({ status: 409, code: 'already_decided' });
    const rows = await stage.engine.db.selectFrom('votes').select('id').where('approval_id', '=', asked.id).execute();
    const audit = (await stage.as(stage.adminToken, `/api/audit?type=approval.voted&approval_id=${asked.id}`)).json;
    const inWorkflow = await stage.engine.client.workflow.getHandle(asked.id).query(stateQuery);
    for (const ids of [
      rows.map(({ id }) => id),
      audit.items.map(({ vote_id }: { vote_id: string }) => vote_id),
      inWorkflow.votes.map(({ id }) => id),
    ])
      expect(ids.toSorted()).toEqual(counted.toSorted());
  }, 60_000);

  test('the audit of a vote says who, when, which, with what words, from where and by which way', async () => {
    const asked = await ask('three.audit');
    const { json } = await vote(asked, leads[0]!, { decision: 'deny', comment: 'No budget' });
    const [entry] = (await stage.as(stage.adminToken, `/api/audit?type=approval.voted&approval_id=${asked.id}`)).json
      .items;
    expect(entry).toMatchObject({
      actor: { type: 'user', id: json.approval.votes[0].voter.id },
      decision: 'deny',
      comment: 'No budget',
      ip: expect.stringMatching(/127\.0\.0\.1/),
      channel: 'api',
      assurance: 'session',
      level: 'team',
      vote_id: json.vote.id,
    });
    const [end] = (await stage.as(stage.adminToken, `/api/audit?type=approval.decided&approval_id=${asked.id}`)).json
      .items;
    expect(end).toMatchObject({ decision: 'denied', reason_code: 'deny_threshold' });
  });

  test('a delegate sees what waits for whom they stand in for, and votes in that seat', async () => {
    const { person: stand, token } = await stage.newPerson({
      name: 'Stand-in',
      emails: ['stand@acme.example'],
      channels: [],
    });
    await stage.newPerson({
      name: 'Boss',
      emails: ['boss@acme.example'],
      roles: ['boss'],
      channels: [],
      away: { until: '2099-01-01T00:00:00Z', delegate: stand.id },
    });
    const asked = await ask('away.one');
    const mine = (await stage.as(token, '/api/approvals?mine=true')).json.items;
    expect(mine.map(({ id }: { id: string }) => id)).toEqual([asked.id]);
    expect((await stage.as(token, `/approvals/${asked.id}`)).text).toContain('name="nonce"');
    const { json } = await vote(asked, token);
    expect(json.approval).toMatchObject({
      status: 'approved',
      votes: [{ voter: { name: 'Stand-in' }, seat_of: { name: 'Boss' } }],
    });
  });

  test('requester and whoever it is done for see the approval, and decide nothing', async () => {
    const [asker, other] = await Promise.all(
      ['asker', 'other'].map((name) =>
        stage.newPerson({ name, emails: [`${name}@acme.example`], roles: ['lead'], channels: [] }),
      ),
    );
    const { json } = await stage.agent('/sdk/check', {
      agent_id: 'support-bot',
      action: 'three.own',
      requester: asker!.person.id,
      on_behalf_of: 'OTHER@acme.example',
    });
    for (const { token } of [asker!, other!]) {
      expect((await stage.as(token, `/api/approvals/${json.approval_id}`)).status).toBe(200);
      expect((await stage.as(token, '/api/approvals?mine=true')).json.items).toEqual([]);
      const page = await stage.as(token, `/approvals/${json.approval_id}`);
      expect(page.text).not.toContain('value="approve"');
    }
  });

  test('who may vote at two levels chooses one on the page, and at high risk confirms it there', async () => {
    const { token } = await stage.newPerson({
      name: 'Both',
      emails: ['both@acme.example'],
      roles: ['left', 'right'],
      channels: [],
    });
    await stage.newPerson({ name: 'Right', emails: ['right@acme.example'], roles: ['right'], channels: [] });
    await stage.newPerson({ name: 'Left', emails: ['left@acme.example'], roles: ['left'], channels: [] });
    const asked = await ask('two.levels');
    const browser = visitor(stage);
    const bearer = { authorization: `Bearer ${token}` };
    const url = `/approvals/${asked.id}`;
    const page = await browser.get(url, bearer);
    expect(page.text).toContain('<select id="level"');
    const nonce = nonceIn(page);
    const second = await browser.post(url, { decision: 'approve', level: 'right', comment: 'yes', nonce }, bearer);
    expect(second.status).toBe(200);
    const action = /<form method="post" action="([^"]+)"/.exec(second.text)![1]!.replaceAll('&amp;', '&');
    expect(action).toBe(`${url}?level=right`);
    expect((await browser.post(action, { decision: 'approve', step: 'confirm', nonce }, bearer)).status).toBe(403);
    const confirmed = await browser.post(
      action,
      { decision: 'approve', step: 'confirm', comment: 'yes', nonce: nonceIn(second) },
      bearer,
    );
    expect(confirmed.status).toBe(303);
    const { json } = await stage.as(stage.adminToken, `/api/approvals/${asked.id}`);
    expect(json).toMatchObject({ status: 'pending', votes: [{ level: 'right', decision: 'approve', comment: 'yes' }] });
  });

  test('on the page one cancels with the form, and a refusal is told where one is', async () => {
    const asked = await ask('three.cancel');
    const bearer = { authorization: `Bearer ${stage.adminToken}` };
    const browser = visitor(stage);
    const url = `/approvals/${asked.id}`;
    const page = await browser.get(url, bearer);
    const form = { reason: 'not needed', nonce: nonceIn(page) };
    expect((await browser.post(`${url}/revoke`, form, bearer)).status).toBe(409);
    expect((await browser.post(`${url}/cancel`, form, bearer)).headers.get('location')).toBe(url);
    expect((await stage.agent(`/sdk/approvals/${asked.id}`)).json).toMatchObject({
      status: 'cancelled',
      reason_code: 'user_cancelled',
      comment: 'not needed',
    });
    const late = await browser.post(url, { decision: 'approve', nonce: form.nonce }, bearer);
    expect(late.status).toBe(409);
    const stranger = (await stage.newPerson({ name: 'Nosy', emails: ['nosy@acme.example'] })).token;
    const other = await browser.get(url, { authorization: `Bearer ${stranger}` });
    expect([other.status, other.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(other.text).not.toContain('three.cancel');
  });

  test('after the keys were rotated, old links, tokens and forms are good until the old key is retired', async () => {
    const asked = await ask('three.rotate');
    const { config } = stage.engine;
    const lead = (await stage.as(leads[1]!, '/api/session')).json.user;
    const link = `/r/${createLinkToken(stage.api.deps.rings.link, { approval_id: asked.id, person: lead.id, level: 'team', digest: asked.digest, channel: 'email', expires_at_ms: Date.now() + 60_000 })}`;
    const fresh = { kid: 'fresh', secret: randomBytes(32) };
    const quiet = pino({ level: 'silent' });
    const rotated = await startApi({ ...config, secretKeys: [fresh, ...config.secretKeys] }, quiet);
    const retired = await startApi({ ...config, secretKeys: [fresh] }, quiet);
    const visit = ({ url }: { url: string }) => fetch(url + link, { redirect: 'manual' });
    const session = ({ url }: { url: string }) =>
      fetch(`${url}/api/session`, { headers: { authorization: `Bearer ${leads[1]!}` } });
    try {
      expect([(await visit(rotated)).status, (await session(rotated)).status]).toEqual([303, 200]);
      expect([(await visit(retired)).status, (await session(retired)).status]).toEqual([404, 401]);
    } finally {
      await Promise.all([rotated.stop(), retired.stop()]);
    }
  }, 30_000);
});
