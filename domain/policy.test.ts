import { BUILT_IN_POLICY, permissionWarnings, policyToJson } from './policy';
import { errorsOf, policyOf, warningsOf, withLevel, withRule } from './policy/support/read';

describe('what a document says', () => {
  test('a document with nothing but a version is the built-in policy', () => {
    expect(policyOf('version: 1')).toEqual(BUILT_IN_POLICY);
    expect(policyOf('{}')).toEqual(BUILT_IN_POLICY);
  });

  test('the built-in policy allows nothing and asks any admin for a week', () => {
    expect(BUILT_IN_POLICY.defaults).toEqual({
      effect: 'deny',
      flow: 'admins',
      ttl: '7d',
      valid_for: '24h',
      risk: 'medium',
      on_error: 'deny',
    });
    expect(BUILT_IN_POLICY.flows['admins']?.levels[0]).toMatchObject({
      paths: [{ approvers: ['role:admin'], approve: 1 }],
    });
  });

  test('JSON says the same as YAML', () => {
    const yaml = policyOf('rules:\n  - id: r\n    action: [a.*, b]\n    effect: allow\n    when: "context.a"\n');
    const json = policyOf(
      '{"rules": [\n\t{"id": "r", "action": ["a.*", "b"], "effect": "allow", "when": "context.a"}\n]}',
    );
    expect(policyToJson(json)).toEqual(policyToJson(yaml));
  });

  test('a level gets its defaults', () => {
    expect(policyOf(withLevel('approvers: [role:x]')).flows['f']?.levels[0]).toEqual({
      name: 'a',
      stage: 1,
      paths: [{ approvers: ['role:x'], approve: 1 }],
      deny: 1,
      veto: [],
      fallback: [],
      comment: { on_approve: 'optional', on_deny: 'optional' },
      assurance: 'link',
      timing: { on_expire: 'expire', escalate: [] },
      delegation: true,
    });
  });

  test('stages count up from the level before, and levels can share a stage', () => {
    const policy = policyOf(`flows:
  f:
    levels:
      - { name: a, approvers: [role:x] }
      - { name: b, approvers: [role:x] }
      - { name: c, stage: 2, approvers: [role:x] }
      - { name: d, stage: 7, approvers: [role:x] }
      - { name: e, approvers: [role:x] }
`);
    expect(policy.flows['f']?.levels.map(({ stage }) => stage)).toEqual([1, 2, 2, 7, 8]);
  });

  test('levels inherit calendar and channels of their flow unless they have their own', () => {
    const policy = policyOf(`calendars:
  london: { timezone: Europe/London, hours: { mon: "09:00-17:00" } }
  berlin: { timezone: Europe/Berlin, hours: { mon: "09:00-17:00" } }
levels:
  cfo: { approvers: ["user:cfo@acme.example"], calendar: berlin, timing: { expire_in: 1bd } }
flows:
  f:
    calendar: london
    notify: [email]
    levels:
      - { name: a, approvers: [role:x], timing: { expire_in: 2bh } }
      - { name: b, approvers: [role:x], notify: [sms, "slack:#ops"] }
      - { use: cfo, when: "context.big", stage: 5 }
`);
    const [a, b, cfo] = policy.flows['f']!.levels;
    expect(a).toMatchObject({ timing: { calendar: 'london' }, notify: ['email'] });
    expect(b).toMatchObject({ notify: ['sms', 'slack:#ops'] });
    expect(cfo).toMatchObject({ name: 'cfo', stage: 5, timing: { calendar: 'berlin' }, notify: ['email'] });
    expect(cfo?.when?.source).toBe('context.big');
  });

  test('as JSON it has every default, and can be read again', () => {
    const text = 'rules:\n  - { id: r, action: a, effect: deny, when: "context.a" }';
    const json = policyToJson(policyOf(text)) as { rules: unknown[]; version: number };
    expect(json.version).toBe(1);
    expect(json.rules).toEqual([{ id: 'r', agent: ['*'], action: ['a'], when: 'context.a', effect: 'deny' }]);
  });

  test('names such as `constructor` are ordinary names', () => {
    const policy = policyOf(
      'flows:\n  constructor: { levels: [{ name: toString, approvers: [role:x] }] }\nrules:\n  - { id: valueOf, action: a, effect: require_approval, flow: constructor }',
    );
    expect(Object.keys(policy.flows)).toEqual(['admins', 'constructor']);
    expect(errorsOf('rules:\n  - { id: r, action: a, effect: require_approval, flow: toString }')).toHaveLength(1);
    expect(errorsOf('flows:\n  __proto__: { levels: [{ name: a, approvers: [role:x] }] }')[0]).toMatch(/is not a name/);
  });
});

test('every fault is reported at once, in the order of the lines', () => {
  const found = errorsOf(`version: 1
defaults: { effect: allow, flow: nope }
rules:
  - id: a
    action: x
    effect: maybe
    when: context.b >
  - id: a
    efect: deny
flows:
  f:
    calendar: mars
    levels:
      - { name: l, approvers: [], approve: 0 }
`);
  expect(found.map((text) => text.split(':')[0])).toEqual([
    'defaults.effect@2',
    'defaults.flow@2',
    'rules.0.effect@6',
    'rules.0.when@7',
    'rules.1.id@8',
    'rules.1.action@8',
    'rules.1.effect@8',
    'rules.1.efect@9',
    'flows.f.calendar@12',
    'flows.f.levels.0.approvers@14',
    'flows.f.levels.0.approve@14',
  ]);
});

describe('warnings', () => {
  const level = (timing: string): string => `calendars:
  c: { timezone: UTC, hours: { mon-fri: "09:00-17:00" } }
flows:
  f:
    calendar: c
    levels:
      - { name: a, approvers: [role:x], timing: { ${timing} } }
rules:
  - { id: r, action: a, effect: require_approval, flow: f, ttl: 3d }
`;

  test('where a level can outlive the ttl', () => {
    expect(warningsOf(level('expire_in: 2d'))).toEqual([]);
    expect(warningsOf(level('expire_in: 2d, escalate: [{ after: 1d, add: [role:y], extend: 2d }]'))[0]).toMatch(
      /flows.f.levels.0@7: a can outlive the ttl of 3d \(rule r\)/,
    );
    expect(warningsOf(level('expire_in: 3bd'))[0]).toMatch(/can outlive the ttl/);
  });

  test('where a setting has no effect', () => {
    expect(warningsOf(level('on_expire: deny'))[0]).toMatch(/has no effect without expire_in/);
    for (const escalations of ['', ', escalate: [{ after: 5m, add: [role:y] }]'])
      expect(warningsOf(level(`expire_in: 1h, on_expire: escalate${escalations}`))[0]).toMatch(
        /on_expire@\d+: is escalate, but no escalation has extend, so the level expires/,
      );
    expect(warningsOf(withRule('effect: allow, ttl: 1d'))[0]).toMatch(/ttl@2: has no effect with effect: allow/);
    expect(warningsOf('guardrails:\n  - { id: g, action: a, effect: deny, flow: admins }')[0]).toMatch(
      /has no effect without effect: require_approval/,
    );
  });

  test('where a rule is never reached', () => {
    const text = 'rules:\n  - { id: all, action: "*", effect: deny }\n  - { id: late, action: a, effect: allow }';
    expect(warningsOf(text)).toEqual(['rules.1@3: late is never reached: all before it matches everything']);
  });

  test('where guardrails ask by different flows, of which only the first can be asked', () => {
    const text = `guardrails:
  - { id: one, action: a, effect: require_approval }
  - { id: two, action: b, effect: require_approval, flow: f }
${withLevel('approvers: [role:x]')}`;
    expect(warningsOf(text)).toEqual([
      expect.stringMatching(/^guardrails.1@3: two is asked by its flow only where no guardrail before it/),
    ]);
  });

  test('where no denial could end a level', () => {
    expect(warningsOf(withLevel('approvers: ["user:a@x.example"], deny: 2'))[0]).toMatch(
      /asks for 2 denials, but only 1/,
    );
  });

  test('where the default flow can skip all of its levels', () => {
    const text = 'defaults: { flow: f }\n' + withLevel('approvers: [role:x], when: "context.a"');
    expect(warningsOf(text)[0]).toMatch(/flow of defaults, and all of its levels have when/);
  });

  test('for each rule that a permission hides', () => {
    const policy = policyOf(`rules:
  - { id: refunds, action: stripe.refund.*, effect: require_approval }
  - { id: bots, agent: "*-bot", action: "*", effect: deny }
  - { id: payouts, action: payout.create, effect: deny }
`);
    const permission = {
      agent_id: 'agt_1',
      action: 'stripe.*',
      effect: 'allow',
      flow: null,
      max_amount: null,
    } as const;
    expect(permissionWarnings(policy, [permission]).map(({ path }) => path)).toEqual(['rules.0']);
    expect(
      permissionWarnings(policy, [permission], [{ id: 'agt_1', name: 'support-bot' }]).map(({ path }) => path),
    ).toEqual(['rules.0', 'rules.1']);
    expect(permissionWarnings(policy, [permission])[0]?.message).toMatch(
      /refunds is hidden from agent agt_1 by its permission stripe.\*/,
    );
    expect(permissionWarnings(policy, [{ ...permission, effect: 'require_approval' }])).toEqual([]);
  });

  test('for a limited number of hidden rules, with a note that there may be more', () => {
    const policy = policyOf(
      `rules:\n${Array.from({ length: 200 }, (_, i) => `  - { id: r${i}, action: a.*, effect: deny }\n`).join('')}`,
    );
    const permissions = (count: number, action: string) =>
      Array.from({ length: count }, (_, i) => ({
        agent_id: `agt_${i}`,
        action,
        effect: 'allow' as const,
        flow: null,
        max_amount: null,
      }));
    expect(permissionWarnings(policy, permissions(40, 'b.c'))).toEqual([]);
    for (const many of [permissions(2, 'a.b'), permissions(1_000, 'b.c')])
      expect(permissionWarnings(policy, many).at(-1)?.message).toMatch(/too many to compare all/);
    expect(permissionWarnings(policy, permissions(1_000, 'a.b'))).toHaveLength(201);
  });
});
