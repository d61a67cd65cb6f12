import { startStage, type ApiStage } from '../../tests/support/api';

const POLICY = `
version: 1
rules:
  - { id: one, action: one.*, effect: require_approval, flow: one }
flows:
  one:
    levels:
      - { name: team, approvers: [role:lead], approve: 1, timing: { expire_in: 2h } }
      - { name: big, when: 'context.amount > 10.0', approvers: [role:admin], approve: 1 }
`;

describe('what owners configure', () => {
  let stage: ApiStage;
  let token: string;
  beforeAll(async () => {
    stage = await startStage({ webhookAllowHosts: ['hooks.test'], metricsToken: 'scrape-me' });
    token = stage.adminToken;
  }, 60_000);
  afterAll(() => stage.close());

  const bearer = (more = {}) => ({ authorization: `Bearer ${token}`, ...more });
  const get = (path: string) => stage.as(token, path);
  const post = (path: string, body: unknown) => stage.as(token, path, body);
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    stage.call(path, { method, body, headers: bearer(headers) });
  const lastEntry = async (type: string) => (await get(`/api/audit?type=${type}&limit=1`)).json.items[0];

  describe('agents', () => {
    test('are made, read by id and by name, changed, replaced and deleted', async () => {
      const made = await post('/api/agents', {
        name: 'Deploy bot',
        id: 'deploy-bot',
        description: 'Ships',
        owner: 'ADA@acme.example',
      });
      expect(made).toMatchObject({
        status: 201,
        json: { id: 'deploy-bot', status: 'active', owner: stage.admin.id, created_by: stage.admin.id },
      });
      expect(made.headers.get('location')).toBe('/api/agents/deploy-bot');
      expect((await get('/api/agents/Deploy%20bot')).json).toEqual(made.json);
      expect((await get('/api/agents')).json.items).toContainEqual(made.json);
      expect((await send('PATCH', '/api/agents/deploy-bot', { name: 'Shipper' })).json).toMatchObject({
        name: 'Shipper',
        description: 'Ships',
      });
      expect((await send('PUT', '/api/agents/deploy-bot', { name: 'Shipper' })).json).toMatchObject({
        description: '',
        owner: null,
      });
      const described = async (description: string | null) =>
        (await send('PATCH', '/api/agents/deploy-bot', { description })).json.description;
      expect([await described('Ships again'), await described(null)]).toEqual(['Ships again', '']);
      expect((await send('DELETE', '/api/agents/deploy-bot')).status).toBe(204);
      expect((await get('/api/agents/deploy-bot')).json.code).toBe('agent_not_found');
      expect(await lastEntry('agent.deleted')).toMatchObject({
        agent_id: 'deploy-bot',
        actor: { id: stage.admin.id, name: 'Ada Admin' },
      });
    });

    test('get an id when none is given; an id or name that is taken is refused', async () => {
      expect((await post('/api/agents', { name: 'Anon' })).json.id).toMatch(/^[A-Za-z0-9][\w.-]+$/);
      expect(await post('/api/agents', { name: 'Anon' })).toMatchObject({
        status: 409,
        json: { code: 'identity_taken' },
      });
      expect((await post('/api/agents', { name: 'x', owner: 'nobody@acme.example' })).json.errors).toMatchObject([
        { path: 'owner' },
      ]);
      expect((await post('/api/agents', { name: 'x', id: '-x' })).status).toBe(400);
    });

    test('that are switched off have their pending approvals ended', async () => {
      await post('/api/agents', { name: 'Off', id: 'off' });
      await post('/api/agents/off/permissions', { action: 'a', requires_approval: true });
      const { json } = await stage.agent('/sdk/check', { agent_id: 'off', action: 'a' });
      await stage.agent(`/sdk/approvals/${json.approval_id}`);
      await send('PATCH', '/api/agents/off', { status: 'inactive' });
      expect((await stage.agent(`/sdk/approvals/${json.approval_id}?wait=20`)).json).toMatchObject({
        status: 'cancelled',
        reason_code: 'agent_suspended',
      });
    }, 30_000);
  });

  describe('permissions', () => {
    const path = '/api/agents/support-bot/permissions';
    test('are new or replaced, one per pattern', async () => {
      const made = await post(path, { action: 'refund.*', requires_approval: true });
      expect(made).toMatchObject({
        status: 201,
        json: {
          agent_id: 'support-bot',
          effect: 'require_approval',
          requires_approval: true,
          max_amount: null,
          flow: null,
        },
      });
      const replaced = await post(path, { action: 'refund.*', effect: 'allow', max_amount: 50 });
      expect(replaced).toMatchObject({
        status: 200,
        json: { id: made.json.id, effect: 'allow', requires_approval: false, max_amount: 50 },
      });
      const check = await stage.agent('/sdk/check', {
        agent_id: 'support-bot',
        action: 'refund.a',
        context: { amount: 51 },
      });
      expect(check.json).toMatchObject({
        decision: 'deny',
        reason_code: 'policy_rule',
        reason: expect.stringMatching(/51.*50|50.*51/),
      });
      expect(
        (await send('PATCH', `${path}/${made.json.id}`, { requires_approval: true, max_amount: null })).json,
      ).toMatchObject({ effect: 'require_approval', max_amount: null });
      expect((await get(path)).json.items).toHaveLength(1);
      expect((await send('DELETE', `${path}/${made.json.id}`)).status).toBe(204);
      expect((await send('DELETE', `${path}/${made.json.id}`)).status).toBe(404);
    });

    test('are listed in pages, by action', async () => {
      const { json: agent } = await post('/api/agents', { name: 'Paged' });
      const own = `/api/agents/${agent.id}/permissions`;
      for (const action of ['c', 'a', 'b']) await post(own, { action, effect: 'allow' });
      const first = (await get(`${own}?limit=2`)).json;
      const second = (await get(`${own}?limit=2&cursor=${first.next_cursor}`)).json;
      expect([first, second].map(({ items }) => items.map(({ action }: any) => action))).toEqual([['a', 'b'], ['c']]);
      expect(second.next_cursor).toBeNull();
      for (const query of ['limit=0', 'cursor=x', 'all=1'])
        expect((await get(`${own}?${query}`)).json.code).toBe('invalid_request');
    });

    test.each([
      [{ action: 'a' }, 'requires_approval'],
      [{ action: 'a b', effect: 'deny' }, 'action'],
      [{ action: 'a', effect: 'deny', requires_approval: true }, 'effect'],
      [{ action: 'a', effect: 'require_approval', flow: 'nowhere' }, 'flow'],
      [{ action: 'a', effect: 'allow', max_amount: -1 }, 'max_amount'],
    ])('refuse %j', async (body, field) => {
      expect(await post(path, body)).toMatchObject({ status: 400, json: { errors: [{ path: field }] } });
    });
  });

  test('keys are shown once, work for the agents that they name, and end', async () => {
    const made = await post('/api/keys', { name: 'ci', agents: ['ci-*'], expires_at: '2099-01-01T00:00:00Z' });
    expect(made).toMatchObject({
      status: 201,
      json: {
        id: expect.stringMatching(/^key_/),
        key: expect.stringMatching(/^aw_/),
        agents: ['ci-*'],
        expires_at: '2099-01-01T00:00:00.000Z',
      },
    });
    expect(made.json.key.startsWith(made.json.prefix)).toBe(true);
    const listed = await get('/api/keys');
    expect(listed.json.items.map(({ id }: { id: string }) => id)).toContain(made.json.id);
    expect(listed.text).not.toContain(made.json.key);
    expect((await post('/api/keys', { expires_at: '2001-01-01T00:00:00Z' })).status).toBe(400);
    expect((await send('POST', '/api/keys')).json.agents).toEqual(['*']);
    expect((await send('DELETE', `/api/keys/${made.json.id}`)).status).toBe(204);
    expect((await send('DELETE', `/api/keys/${made.json.id}`)).status).toBe(404);
  });

  describe('people', () => {
    test('are made with defaults, changed, and own their addresses alone', async () => {
      const made = await post('/api/users', {
        name: 'Pia',
        emails: ['Pia@Acme.example'],
        roles: ['finance'],
        phones: ['+441632960961'],
        timezone: 'Europe/London',
      });
      expect(made).toMatchObject({
        status: 201,
        json: {
          emails: ['pia@acme.example'],
          roles: ['finance'],
          channels: ['email'],
          quiet_hours: null,
          away: null,
          active: true,
        },
      });
      const { id } = made.json;
      const emails = ['pia@acme.example', 'pia@localhost'];
      expect((await send('PATCH', `/api/users/${id}`, { emails })).json).toMatchObject({ emails });
      expect(await post('/api/users', { name: 'Other', emails: ['PIA@acme.example'] })).toMatchObject({
        status: 409,
        json: { code: 'identity_taken', errors: [{ path: 'emails.0' }] },
      });
      const { person: stand } = await stage.newPerson({ name: 'Stand-in', emails: ['stand-in@acme.example'] });
      const away = { until: '2099-01-01T00:00:00Z', delegate: stand.id };
      expect(
        (await send('PATCH', `/api/users/${id}`, { away, quiet_hours: { from: '22:00', to: '07:00' } })).json,
      ).toMatchObject({ away, quiet_hours: { from: '22:00', to: '07:00' } });
      expect((await send('PATCH', `/api/users/${id}`, { away: null })).json.away).toBeNull();
      for (const bad of [
        { timezone: 'Mars/Olympus' },
        { away: { until: 'soon' } },
        { away: { until: away.until, delegate: id } },
        { phones: ['123'] },
        { quiet_hours: { from: '9', to: '10' } },
        { roles: ['a b'] },
      ])
        expect((await send('PATCH', `/api/users/${id}`, bad)).status).toBe(400);
      expect((await get('/api/users?role=finance')).json.items).toHaveLength(1);
    });

    test('change about themselves what does not decide who may approve', async () => {
      const { person, token: own } = await stage.newPerson({ name: 'Self', emails: ['self@acme.example'] });
      const change = (body: object) =>
        stage.call(`/api/users/${person.id}`, { method: 'PATCH', body, headers: { authorization: `Bearer ${own}` } });
      expect((await change({ timezone: 'Asia/Tokyo' })).json.timezone).toBe('Asia/Tokyo');
      for (const body of [{ roles: ['admin'] }, { emails: ['x@acme.example'] }, { active: true }])
        expect((await change(body)).status).toBe(403);
      expect((await stage.as(own, `/api/users/${person.id}`)).status).toBe(200);
      expect((await stage.as(own, `/api/users/${stage.admin.id}`)).status).toBe(403);
    });
  });

  describe('the policy', () => {
    const put = (document: string, headers: Record<string, string>, type = 'application/yaml') =>
      send('PUT', '/api/policy?note=first', document, { 'content-type': type, ...headers });

    test('begins with what is built in, as version 0', async () => {
      const { json, headers } = await get('/api/policy');
      expect(json).toMatchObject({
        version: 0,
        published_at: null,
        published_by: null,
        warnings: [],
        pending_on_older: 0,
      });
      expect(headers.get('etag')).toBe('"0"');
      expect((await get('/api/policy/versions/0')).json.document).toBe(json.document);
    });

    test('is published against the version that was edited, and refused whole', async () => {
      expect((await put(POLICY, {})).json.code).toBe('if_match_required');
      expect((await put(POLICY, { 'if-match': 'abc' })).status).toBe(400);
      const wrong = await put(
        'version: 1\nrules:\n  - { id: a, action: "a b", effect: nope }\nflows: { f: { levels: [] } }\n',
        { 'if-match': '"0"' },
      );
      expect(wrong).toMatchObject({ status: 422, json: { code: 'policy_invalid' } });
      expect(wrong.json.errors.length).toBeGreaterThanOrEqual(3);
      for (const fault of wrong.json.errors)
        expect(fault).toMatchObject({
          path: expect.any(String),
          line: expect.any(Number),
          message: expect.any(String),
        });
      const sentence = await put('version: 1\ndefaults: { ttl: 3h10m }\n', { 'if-match': '"0"' });
      expect(sentence.json.detail).toMatch(/for business time\. Nothing was published;/);
      expect((await get('/api/policy')).json.version).toBe(0);
      const published = await put(POLICY, { 'if-match': '"0"' });
      expect(published).toMatchObject({
        status: 200,
        json: { version: 1, document: POLICY, published_by: stage.admin.id },
      });
      expect(await put(POLICY, { 'if-match': '0' })).toMatchObject({ status: 412, json: { code: 'policy_conflict' } });
      expect((await put('{"version":1}', { 'if-match': 'W/"1"' }, 'application/json')).json.version).toBe(2);
      expect((await put(POLICY, { 'if-match': '"2"' })).json.version).toBe(3);
      expect(
        (await get('/api/policy/versions')).json.items.map(({ version, note }: { version: number; note: string }) => [
          version,
          note,
        ]),
      ).toEqual([
        [3, 'first'],
        [2, 'first'],
        [1, 'first'],
      ]);
      expect((await get('/api/policy/versions/1')).json.document).toBe(POLICY);
      expect((await get('/api/policy/versions/9')).status).toBe(404);
      expect((await put(POLICY, { 'if-match': '"3"' }, 'image/png')).status).toBe(415);
    });

    test('is validated without publishing, with warnings for rules that a permission hides', async () => {
      const validate = (document: string) =>
        send('POST', '/api/policy/validate', document, { 'content-type': 'application/yaml' });
      await post('/api/agents/support-bot/permissions', { action: 'one.*', effect: 'allow' });
      expect((await validate(POLICY)).json).toMatchObject({
        ok: true,
        errors: [],
        warnings: [{ path: 'rules.0', message: expect.stringContaining('support-bot') }],
      });
      expect((await validate('rules: 5')).json).toMatchObject({
        ok: false,
        errors: expect.arrayContaining([expect.objectContaining({ path: 'rules' })]),
      });
      const wrapped = async (document: unknown) => (await post('/api/policy/validate', { document })).json;
      expect(await wrapped(POLICY)).toMatchObject({ ok: true });
      expect(await wrapped({ version: 1 })).toMatchObject({ ok: true });
      expect(await wrapped('rules: 5')).toMatchObject({ ok: false, errors: [{ path: 'rules' }] });
      expect((await post('/api/policy/validate', { document: POLICY, version: 1 })).json).toMatchObject({
        errors: [{ path: 'document' }],
      });
      const [permission] = (await get('/api/agents/support-bot/permissions')).json.items;
      await send('DELETE', `/api/agents/support-bot/permissions/${permission.id}`);
    });

    test('is warned about an agent that its rule names, however many there are', async () => {
      const many = Array.from({ length: 250 }, (_, i) => ({ id: `a-${i}`, name: `Bot ${i}`, created_by: 'test' }));
      const last = { id: 'z-last', name: 'Zoe', created_by: 'test' };
      const { db } = stage.engine;
      await db
        .insertInto('agents')
        .values([...many, last])
        .execute();
      await post('/api/agents/z-last/permissions', { action: 'one.*', effect: 'allow' });
      const document = POLICY.replace('action: one.*,', 'agent: Zoe, action: one.*,');
      expect((await post('/api/policy/validate', { document })).json.warnings).toMatchObject([
        { path: 'rules.0', message: expect.stringContaining('z-last') },
      ]);
      await db.deleteFrom('permissions').where('agent_id', '=', 'z-last').execute();
    });

    test('is simulated: who could decide, who is excluded and why, and whether it can be satisfied', async () => {
      const { person } = await stage.newPerson({ name: 'Lou', emails: ['lou@acme.example'], roles: ['lead'] });
      const simulate = (body: object) =>
        post('/api/policy/simulate', { agent_id: 'support-bot', action: 'one.x', context: { amount: 5 }, ...body });
      const alone = (await simulate({ requester: 'lou@acme.example', at: '2026-03-02T10:00:00Z' })).json;
      // The same answer as a real check would give.
      expect(alone).toMatchObject({ decision: 'deny', reason_code: 'no_eligible_approver', feasible: false });
      expect(alone).toMatchObject({ flow: 'one', rule: 'one', reason: expect.stringContaining('level team') });
      expect(alone.levels).toMatchObject([
        {
          name: 'team',
          skipped: false,
          pool: [],
          excluded: [{ id: person.id, why: 'requester' }],
          needs: [1],
          expires_at: '2026-03-02T12:00:00.000Z',
        },
        { name: 'big', skipped: true },
      ]);
      expect((await simulate({ context: { amount: 11 } })).json).toMatchObject({
        decision: 'require_approval',
        reason_code: null,
        feasible: true,
        levels: [{ pool: [{ id: person.id, name: 'Lou' }] }, { skipped: false }],
      });
      expect((await simulate({ action: 'none' })).json).toMatchObject({
        decision: 'deny',
        reason_code: 'no_rule',
        flow: null,
        levels: [],
        feasible: null,
      });
      expect(
        (
          await simulate({
            action: 'none',
            document: { version: 1, rules: [{ id: 'a', action: 'none', effect: 'allow' }] },
          })
        ).json.decision,
      ).toBe('allow');
      expect((await simulate({ document: 'rules: 5' })).json.code).toBe('policy_invalid');
      expect((await simulate({ agent_id: 'nobody' })).json.code).toBe('agent_not_found');
    });
  });
});
