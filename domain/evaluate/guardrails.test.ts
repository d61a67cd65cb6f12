import { check, levelsOf, permission } from './support/check';

describe('guardrails', () => {
  const text = (guardrails: string, effect = 'allow', defaults = ''): string => `${defaults}
guardrails:
${guardrails}
rules:
  - { id: r, action: "*", effect: ${effect}, risk: medium${effect === 'require_approval' ? ', flow: team' : ''} }
levels:
  cfo: { approvers: ["user:cfo@acme.example"] }
  ceo: { approvers: [role:ceo], when: "context.amount > 100.0" }
flows:
  team: { notify: [sms], levels: [{ name: team, approvers: [role:lead] }, { use: cfo, when: "context.amount > 10.0" }] }
  two: { levels: [{ name: second, approvers: [role:second] }] }
`;

  test('deny wins over all other guardrails, before and after it', () => {
    const evaluation = check(
      text(`  - { id: ask, action: "*", effect: require_approval }
  - { id: no, action: stripe.*, effect: deny, reason: Never }
  - { id: high, action: "*", risk: high }`),
    );
    expect(evaluation).toMatchObject({
      decision: 'deny',
      reason: 'Guardrail no: Never',
      reason_code: 'guardrail',
      rule: 'r',
      guardrails: ['ask', 'no', 'high'],
      risk: 'high',
      plan: null,
    });
  });

  test('require_approval wins over allow, with its own flow or the default flow', () => {
    expect(check(text('  - { id: g, action: "*", effect: require_approval }'))).toMatchObject({
      decision: 'require_approval',
      reason: 'Guardrail g: needs 1 of role:admin',
      rule: 'r',
      plan: { flow: 'admins' },
    });
    expect(check(text('  - { id: g, action: "*", effect: require_approval, flow: two }')).plan?.flow).toBe('two');
  });

  test('a guardrail that leaves nobody to ask denies, whatever the flows of others', () => {
    const skipped = `
defaults: { flow: team }
rules: [{ id: r, action: "*", effect: allow }]
flows:
  team: { levels: [{ name: team, approvers: [role:lead], when: "context.amount > 10.0" }] }
  two: { levels: [{ name: second, approvers: [role:second] }] }
guardrails:`;
    const own = '\n  - { id: own, action: "*", effect: require_approval, flow: two }';
    const usual = '\n  - { id: usual, action: "*", effect: require_approval }';
    const context = { amount: 5 };
    expect(check(skipped + own, { context }).decision).toBe('require_approval');
    expect(check(skipped + usual, { context })).toMatchObject({ decision: 'deny', reason_code: 'policy_error' });
    for (const both of [own + usual, usual + own])
      expect(check(skipped + both, { context })).toMatchObject({
        decision: 'deny',
        reason_code: 'policy_error',
        reason: 'Every level of the flow team is skipped, so nobody could approve',
        guardrails: expect.arrayContaining(['own', 'usual']),
      });
  });

  test('require_approval keeps the flow of a rule that already asks', () => {
    const context = { amount: 5 };
    expect(
      check(text('  - { id: g, action: "*", effect: require_approval, flow: two }', 'require_approval'), { context })
        .plan?.flow,
    ).toBe('team');
  });

  test('add_levels on an allowed check asks only those levels', () => {
    const evaluation = check(text('  - { id: g, action: "*", add_levels: [cfo] }'));
    expect(evaluation).toMatchObject({
      decision: 'require_approval',
      reason: 'Guardrail g: needs a named person',
      plan: { flow: null },
    });
    expect(levelsOf(evaluation)).toEqual(['1 cfo']);
  });

  test('added levels come after the last stage, each in a stage of its own, in guardrail order, once per name', () => {
    const context = { amount: 500 };
    const guardrails = `  - { id: a, action: "*", add_levels: [ceo] }
  - { id: b, action: "*", add_levels: [cfo, ceo] }`;
    expect(levelsOf(check(text(guardrails, 'require_approval'), { context }))).toEqual(['1 team', '2 cfo', '3 ceo']);
    expect(levelsOf(check(text(guardrails), { context }))).toEqual(['1 ceo', '2 cfo']);
  });

  test('a level that the flow skipped is opened when a guardrail adds it', () => {
    const evaluation = check(text('  - { id: g, action: "*", add_levels: [cfo] }', 'require_approval'), {
      context: { amount: 5 },
    });
    expect(levelsOf(evaluation)).toEqual(['1 team', '3 cfo']);
    expect(evaluation.plan?.levels[1]?.notify).toEqual(['sms']);
  });

  test('if all added levels are skipped, the default flow asks; skipping never allows', () => {
    const evaluation = check(text('  - { id: g, action: "*", add_levels: [ceo] }'), { context: { amount: 5 } });
    expect(evaluation).toMatchObject({ decision: 'require_approval', plan: { flow: 'admins' } });
    expect(levelsOf(evaluation)).toEqual(['1 admins', '2 ceo skipped']);
  });

  test('the higher risk of rule and guardrail wins', () => {
    expect(check(text('  - { id: g, action: "*", risk: critical }')).risk).toBe('critical');
    expect(check(text('  - { id: g, action: "*", risk: low }')).risk).toBe('medium');
  });

  test('a guardrail that does not match changes nothing', () => {
    const guardrails = `  - { id: a, action: other.*, effect: deny }
  - { id: b, agent: other, action: "*", effect: deny }
  - { id: c, action: "*", when: "context.amount > 100.0", effect: deny }`;
    expect(check(text(guardrails), { context: { amount: 1 } })).toMatchObject({ decision: 'allow', guardrails: [] });
  });

  test('guardrails also apply to checks that a permission allows', () => {
    const evaluation = check(text('  - { id: no, action: "*", effect: deny }', 'deny'), {}, [permission('*', 'allow')]);
    expect(evaluation).toMatchObject({ decision: 'deny', reason_code: 'guardrail', rule: null });
  });

  test('an error in a guardrail is decided by on_error, and a denial stays a denial', () => {
    const failing = '  - { id: g, action: "*", when: "context.missing > 1.0", effect: deny }';
    const asking = 'defaults: { on_error: require_approval }';
    expect(check(text(failing))).toMatchObject({ decision: 'deny', reason_code: 'policy_error', rule: 'r' });
    expect(check(text(failing)).reason).toMatch(/^Guardrail g could not be evaluated: .*missing/);
    expect(check(text(failing, 'allow', asking))).toMatchObject({
      decision: 'require_approval',
      plan: { flow: 'admins' },
    });
    expect(check(text(failing, 'deny', asking))).toMatchObject({ decision: 'deny', reason_code: 'policy_rule' });
    const context = { amount: 50 };
    expect(levelsOf(check(text(failing, 'require_approval', asking), { context }))).toEqual(['1 team', '2 cfo']);
  });

  test('an error beside added levels also asks the people of the default flow', () => {
    const guardrails = `  - { id: a, action: "*", add_levels: [cfo] }
  - { id: b, action: "*", when: "context.missing", effect: deny }`;
    const evaluation = check(text(guardrails, 'allow', 'defaults: { on_error: require_approval }'));
    expect(levelsOf(evaluation)).toEqual(['1 admins', '2 cfo']);
  });

  test('making one guardrail fail does not avoid the flow of another', () => {
    const guardrails = `  - { id: a, action: "*", when: "context.missing", effect: deny }
  - { id: b, action: "*", effect: require_approval, flow: two }`;
    const evaluation = check(text(guardrails, 'allow', 'defaults: { on_error: require_approval }'));
    expect(levelsOf(evaluation)).toEqual(['1 second']);
  });
});
