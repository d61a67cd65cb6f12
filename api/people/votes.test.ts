import { startStage, type ApiStage, type Reply } from '../../tests/support/api';

const POLICY = `
version: 1
rules:
  - { id: one, action: one.*, effect: require_approval, flow: one }
  - { id: two, action: two.*, effect: require_approval, flow: two }
  - { id: high, action: high.*, effect: require_approval, flow: one, risk: high }
  - { id: words, action: words.*, effect: require_approval, flow: words }
flows:
  one:
    levels: [{ name: team, approvers: [role:lead], approve: 1 }]
  two:
    levels:
      - { name: team, approvers: [role:lead], approve: 1 }
      - { name: finance, approvers: [role:finance], approve: 1 }
  words:
    levels: [{ name: team, approvers: [role:lead], approve: 1, comment: { on_deny: required }, assurance: session }]
`;

const LEADS = 50;

describe('votes of signed-in people', () => {
  let stage: ApiStage;
  let tokens: string[];
  let stranger: string;
  let auditor: string;

  beforeAll(async () => {
    stage = await startStage();
    const leads = await Promise.all(
      Array.from({ length: LEADS }, (_, i) =>
        stage.newPerson({
          name: `Lead ${i}`,
          emails: [`lead${i}@acme.example`],
          roles: i === 0 ? ['lead', 'finance'] : ['lead'],
          channels: [],
        }),
      ),
    );
    tokens = leads.map(({ token }) => token);
    stranger = (await stage.newPerson({ name: 'Stranger', emails: ['stranger@acme.example'] })).token;
    auditor = (await stage.newPerson({ name: 'Auditor', emails: ['auditor@acme.example'], roles: ['auditor', 'lead'] }))
      .token;
    await stage.publish(POLICY);
  }, 60_000);
  afterAll(() => stage.close());

  const ask = async (action: string, more: object = {}): Promise<{ id: string; digest: string }> => {
    const { json } = await stage.agent('/sdk/check', { agent_id: 'support-bot', action, ...more });
    expect(json).toMatchObject({ decision: 'require_approval' });
    return { id: json.approval_id, digest: json.digest };
  };
  const vote = (
    { id, digest }: { id: string; digest: string },
    token: string,
    decision = 'approve',
    more: object = {},
    headers = {},
  ): Promise<Reply> => stage.as(token, `/api/approvals/${id}/votes`, { decision, digest, ...more }, headers);

  test('one of fifty at once decides, the others learn who did, and nobody is counted twice', async () => {
    const asked = await ask('one.race');
    await stage.agent(`/sdk/approvals/${asked.id}`);
    const answers = await Promise.all(tokens.map(async (token) => settle(() => vote(asked, token))));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    for (const { status, json } of answers.filter((answer) => answer !== good[0])) {
      expect({ status, code: json.code, outcome: json.outcome }).toMatchObject({
        status: 409,
        code: 'already_decided',
        outcome: { status: 'approved', decided_by: { name: expect.stringMatching(/^Lead/) } },
      });
    }
    const votes = await stage.engine.db.selectFrom('votes').select('id').where('approval_id', '=', asked.id).execute();
    expect(votes).toHaveLength(1);
  }, 60_000);

  test('the same vote fifty times at once is one vote, with one id', async () => {
    const asked = await ask('two.repeat');
    await stage.agent(`/sdk/approvals/${asked.id}`);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        settle(() => vote(asked, tokens[1]!, 'approve', {}, { 'idempotency-key': 'mine' })),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ json }) => json.vote.id)).size).toBe(1);
    expect(
      await stage.engine.db.selectFrom('votes').select('id').where('approval_id', '=', asked.id).execute(),
    ).toHaveLength(1);
  }, 60_000);

  test('a key that was used with one vote is no good for another one, alone or among several (T50)', async () => {
    const asked = await ask('two.keyed');
    const key = { 'idempotency-key': 'once' };
    const first = await vote(asked, tokens[1]!, 'approve', { level: 'team', comment: 'fine' }, key);
    const again = await vote(asked, tokens[1]!, 'approve', { level: 'team', comment: 'fine' }, key);
    expect([first.status, again.status, again.json.vote.id]).toEqual([200, 200, first.json.vote.id]);
    const mismatch = { status: 422, json: { code: 'idempotency_mismatch' } };
    expect(await vote(asked, tokens[1]!, 'deny', { level: 'team', comment: 'fine' }, key)).toMatchObject(mismatch);
    expect(await vote(asked, tokens[1]!, 'approve', { level: 'team' }, key)).toMatchObject(mismatch);
    const both = ['approve', 'deny'].map((decision) => ({ approval_id: asked.id, digest: asked.digest, decision }));
    // The same key of another person is a different key.
    const several = await stage.as(tokens[0]!, '/api/approvals/votes', { votes: both }, key);
    expect(several.json.results.map(({ status }: { status: number }) => status)).toEqual([200, 422]);
  });

  test('a retry with its key gets the first answer, also after the end; without it, that it was a repetition', async () => {
    const asked = await ask('one.keyed');
    const key = { 'idempotency-key': 'retried' };
    const first = await vote(asked, tokens[3]!, 'approve', {}, key);
    expect(first.json).toMatchObject({ vote: { counted: true, replaced: null }, approval: { status: 'approved' } });
    const again = await vote(asked, tokens[3]!, 'approve', {}, key);
    expect([again.status, again.json.vote]).toEqual([200, first.json.vote]);
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect((await vote(asked, tokens[3]!)).json.vote).toEqual({ ...first.json.vote, counted: false });
  });

  test('a repetition after the end is the first vote’s answer; another decision is told the outcome', async () => {
    const asked = await ask('one.late');
    const first = await vote(asked, tokens[2]!, 'deny', { comment: 'not today' });
    expect(first).toMatchObject({
      status: 200,
      json: { vote: { counted: true }, approval: { status: 'denied', comment: 'not today' } },
    });
    expect(await vote(asked, tokens[2]!, 'deny')).toMatchObject({
      status: 200,
      json: { vote: { id: first.json.vote.id, counted: false } },
    });
    expect(await vote(asked, tokens[2]!, 'approve')).toMatchObject({
      status: 409,
      json: {
        code: 'already_decided',
        outcome: { status: 'denied', reason_code: 'deny_threshold', decided_by: { name: 'Lead 2' } },
      },
    });
  });

  test('the answer shows the approval with the vote in it', async () => {
    const asked = await ask('two.shown');
    const { json } = await vote(asked, tokens[3]!, 'approve');
    expect(json.approval).toMatchObject({
      status: 'pending',
      levels: [
        { name: 'team', status: 'approved' },
        { name: 'finance', status: 'open' },
      ],
      votes: [
        { level: 'team', voter: { name: 'Lead 3' }, channel: 'api', assurance: 'session', ip: expect.any(String) },
      ],
    });
  });

  test.each([
    ['a stranger', () => stranger, {}, 403, 'not_eligible'],
    ['an auditor, who would audit themself', () => auditor, {}, 403, 'forbidden'],
    ['somebody who saw other bytes', () => tokens[4]!, { digest: `sha256:${'0'.repeat(64)}` }, 409, 'digest_mismatch'],
    ['somebody who names a level that waits', () => tokens[0]!, { level: 'finance' }, 409, 'level_not_open'],
    ['somebody who names no level of it', () => tokens[4]!, { level: 'nowhere' }, 400, 'invalid_request'],
  ])('refuses %s', async (_, token, more, status, code) => {
    const asked = await ask('two.refused');
    expect(await vote(asked, token(), 'approve', more)).toMatchObject({
      status,
      json: { code, request_id: expect.any(String) },
    });
  });

  test('refuses the requester, however they are named', async () => {
    const asked = await ask('one.own', { requester: 'LEAD5@acme.example' });
    expect(await vote(asked, tokens[5]!)).toMatchObject({ status: 403, json: { code: 'not_eligible' } });
  });

  test('wants the comment that the level requires', async () => {
    const asked = await ask('words.deny');
    expect(await vote(asked, tokens[6]!, 'deny', { comment: '  ' })).toMatchObject({
      status: 422,
      json: { code: 'comment_required' },
    });
    expect((await vote(asked, tokens[6]!, 'deny', { comment: 'because' })).status).toBe(200);
  });

  test('an agent’s key cannot vote', async () => {
    const asked = await ask('one.agent');
    const credentials: Record<string, string>[] = [
      { 'x-api-key': stage.key },
      { authorization: `Bearer ${stage.key}` },
    ];
    const tried = credentials.map((headers) =>
      stage.call(`/api/approvals/${asked.id}/votes`, { body: { decision: 'approve', digest: asked.digest }, headers }),
    );
    for (const { status, json } of await Promise.all(tried))
      expect({ status, code: json.code }).toEqual({ status: 403, code: 'forbidden' });
    expect((await stage.agent(`/sdk/approvals/${asked.id}`)).json.status).toBe('pending');
  });

  test('several votes stand each for itself, and high risk is decided alone', async () => {
    const [good, high] = [await ask('one.several'), await ask('high.several')];
    const votes = [good, high, { id: 'apr_nothere', digest: good.digest }].map(({ id, digest }) => ({
      approval_id: id,
      decision: 'approve',
      digest,
    }));
    const { status, json } = await stage.as(tokens[7]!, '/api/approvals/votes', { votes });
    expect(status).toBe(200);
    expect(json.results).toMatchObject([
      { approval_id: good.id, status: 200, vote_id: expect.stringMatching(/^vot_/) },
      { approval_id: high.id, status: 403, problem: { code: 'forbidden' } },
      { approval_id: 'apr_nothere', status: 404, problem: { code: 'not_found' } },
    ]);
    const strange = await stage.as(stranger, '/api/approvals/votes', { votes: votes.slice(1, 2) });
    expect(strange.json.results).toMatchObject([{ status: 404, problem: { code: 'not_found' } }]);
    expect(strange.text).not.toContain('high.several');
  });

  test('shows each person what they may review, and what waits for them', async () => {
    const asked = await ask('two.list');
    await stage.agent(`/sdk/approvals/${asked.id}`);
    const mine = (token: string, more = '') =>
      stage
        .as(token, `/api/approvals?mine=true${more}`)
        .then(({ json }) => json.items.map(({ id }: { id: string }) => id));
    expect(await mine(tokens[8]!)).toContain(asked.id);
    expect(await mine(stranger)).toEqual([]);
    expect((await stage.as(stranger, '/api/approvals')).json.items).toEqual([]);
    expect((await stage.as(stranger, `/api/approvals/${asked.id}`)).status).toBe(404);
    expect((await stage.as(auditor, `/api/approvals/${asked.id}`)).status).toBe(200);
    await vote(asked, tokens[8]!);
    expect(await mine(tokens[8]!)).not.toContain(asked.id);
    expect(await mine(tokens[0]!)).toContain(asked.id);
    expect((await stage.as(tokens[8]!, `/api/approvals/${asked.id}`)).json.votes).toHaveLength(1);
  });

  test('pages through a list without losing or repeating one', async () => {
    const all = (await stage.as(stage.adminToken, '/api/approvals?limit=200')).json.items.map(
      ({ id }: { id: string }) => id,
    );
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { json } = await stage.as(stage.adminToken, `/api/approvals?limit=3${cursor}`);
      seen.push(...json.items.map(({ id }: { id: string }) => id));
      if (json.next_cursor === null) break;
      cursor = `&cursor=${json.next_cursor}`;
    }
    expect(seen).toEqual(all);
    expect((await stage.as(stage.adminToken, '/api/approvals?cursor=nonsense')).json).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'cursor' }],
    });
    expect(
      (await stage.as(stage.adminToken, '/api/approvals?limit=0&statis=x')).json.errors
        .map(({ path }: { path: string }) => path)
        .toSorted(),
    ).toEqual(['limit', 'statis']);
  });

  test('finds by status, action, agent, level and words of the context', async () => {
    const asked = await ask('two.found', { context: { customer: 'Zebra Ltd 100%' } });
    await stage.agent(`/sdk/approvals/${asked.id}`);
    const search = async (query: string) =>
      (await stage.as(stage.adminToken, `/api/approvals?${query}`)).json.items.map(({ id }: { id: string }) => id);
    for (const query of [
      'q=zebra',
      'q=100%25',
      'action=two.found',
      'status=pending&level=team',
      'agent_id=Support%20bot',
    ])
      expect(await search(query)).toContain(asked.id);
    for (const query of ['q=zebr_', 'action=two', 'status=approved&action=two.found', 'level=finance&action=two.found'])
      expect(await search(query)).not.toContain(asked.id);
  });

  test('cancels for admins and for whoever requested it, and says so again', async () => {
    const asked = await ask('one.cancel', { requester: 'stranger@acme.example' });
    expect((await stage.as(tokens[9]!, `/api/approvals/${asked.id}/cancel`, {})).status).toBe(403);
    const cancel = () => stage.as(stranger, `/api/approvals/${asked.id}/cancel`, { reason: 'no need' });
    const first = await cancel();
    expect(first).toMatchObject({
      status: 200,
      json: { status: 'cancelled', reason_code: 'user_cancelled', comment: 'no need' },
    });
    expect((await cancel()).json.version).toBe(first.json.version);
    expect(await vote(asked, tokens[9]!)).toMatchObject({ status: 409, json: { outcome: { status: 'cancelled' } } });
    const own = await ask('one.cancel');
    const withdrawn = await stage.agent(`/sdk/approvals/${own.id}/cancel`, { reason: 'never mind' });
    expect(withdrawn).toMatchObject({ status: 200, json: { status: 'cancelled', reason_code: 'requester_cancelled' } });
  });
});

/** Sends again on 503 and 429, as clients do. */
async function settle(send: () => Promise<Reply>): Promise<Reply> {
  for (let tries = 0; ; tries++) {
    const reply = await send();
    if (reply.status !== 503 || tries === 5) return reply;
  }
}
