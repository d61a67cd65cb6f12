import { BUILT_IN_POLICY, parsePolicy, permissionWarnings, policyToJson, type Policy } from './policy';
import type { Fault } from './errors';

const lines = ({ path, line, message }: Fault): string => `${path}@${line}: ${message}`;

const errorsOf = (text: string): string[] => {
  const parsed = parsePolicy(text);
  return parsed.ok ? [] : parsed.errors.map(lines);
};

const warningsOf = (text: string): string[] => {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(parsed.errors.map(lines).join('\n'));
  return parsed.warnings.map(lines);
};

const policyOf = (text: string): Policy => {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(parsed.errors.map(lines).join('\n'));
  return parsed.policy;
};

/** A policy whose only flow has these lines as its one level. */
const withLevel = (level: string): string => `flows:
  f:
    levels:
      - { name: a, ${level} }
`;

/** A policy with one rule of these lines. */
const withRule = (rule: string): string => `rules:
  - { id: r, action: x.y, ${rule} }
`;

describe('what a document says', () => {
  test('nothing but its version is the built-in policy', () => {
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

  test('stages count on from the level before, and may be shared', () => {
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

  test('as JSON it has every default written out, and reads as text again', () => {
    const text = 'rules:\n  - { id: r, action: a, effect: deny, when: "context.a" }';
    const json = policyToJson(policyOf(text)) as { rules: unknown[]; version: number };
    expect(json.version).toBe(1);
    expect(json.rules).toEqual([{ id: 'r', agent: ['*'], action: ['a'], when: 'context.a', effect: 'deny' }]);
  });

  test('names that mean something to the language underneath are names', () => {
    const policy = policyOf(
      'flows:\n  constructor: { levels: [{ name: toString, approvers: [role:x] }] }\nrules:\n  - { id: valueOf, action: a, effect: require_approval, flow: constructor }',
    );
    expect(Object.keys(policy.flows)).toEqual(['admins', 'constructor']);
    expect(errorsOf('rules:\n  - { id: r, action: a, effect: require_approval, flow: toString }')).toHaveLength(1);
    expect(errorsOf('flows:\n  __proto__: { levels: [{ name: a, approvers: [role:x] }] }')[0]).toMatch(/is not a name/);
  });
});

describe('needs that are refused', () => {
  test.each([
    [
      'zero',
      'approvers: [role:x], approve: 0',
      /approve@4: must be a whole number from 1 to 100, not 0; a level that needs nobody/,
    ],
    ['negative', 'approvers: [role:x], approve: -1', /not -1/],
    ['fractional', 'approvers: [role:x], approve: 1.5', /not 1.5/],
    ['endless', 'approvers: [role:x], approve: .inf', /approve@4: must be a whole number/],
    ['text', 'approvers: [role:x], approve: "2"', /must be a whole number from 1 or all/],
    ['unknown word', 'approvers: [role:x], approve: most', /whole number from 1 or all/],
    ['null', 'approvers: [role:x], approve: null', /approve@4/],
    ['missing approvers', 'approve: 1', /approvers@4: is missing/],
    ['an empty approver list', 'approvers: []', /approvers@4: is empty: nobody could approve/],
    ['all of nobody', 'approvers: [], approve: all', /is empty: nobody could approve/],
    [
      'more than a named list can give',
      'approvers: ["user:a@x.example", "user:b@x.example"], approve: 3',
      /asks for 3 approvals, but the list names only 2/,
    ],
    ['a person twice', 'approvers: ["user:a@x.example", "user:A@x.example"], approve: 2', /stands twice/],
    ['deny of zero', 'approvers: [role:x], deny: 0', /deny@4: must be a whole number.*somebody must be able to say no/],
    ['deny of a half', 'approvers: [role:x], deny: 0.5', /deny@4/],
    ['no paths', 'paths: []', /paths@4: is empty/],
    [
      'six paths',
      `paths: [${Array.from({ length: 6 }, () => '{ approvers: [role:x] }').join(', ')}]`,
      /has 6 paths, at most 5/,
    ],
    ['paths beside approvers', 'paths: [{ approvers: [role:x] }], approvers: [role:y]', /stands beside paths/],
    ['an unknown key in a path', 'paths: [{ approvers: [role:x], veto: [role:y] }]', /veto@4: is not known here/],
    ['a selector without kind', 'approvers: [admin]', /must be role:NAME or user:ADDRESS, not "admin"/],
    ['a user without address', 'approvers: ["user:ana"]', /must be role:NAME or user:ADDRESS/],
    ['an empty veto', 'approvers: [role:x], veto: []', /veto@4: is empty/],
    ['an empty fallback', 'approvers: [role:x], fallback: []', /fallback@4: is empty/],
  ])('%s', (_, level, expected) => {
    expect(errorsOf(withLevel(level)).join('\n')).toMatch(expected);
  });

  test('a need that is left out is one', () => {
    expect(policyOf(withLevel('approvers: [role:x]')).flows['f']?.levels[0]?.paths[0]?.approve).toBe(1);
  });

  test('all, and as many as are named, are fine', () => {
    expect(errorsOf(withLevel('approvers: [role:x], approve: all'))).toEqual([]);
    expect(errorsOf(withLevel('approvers: ["user:a@x.example", "user:usr_b"], approve: 2'))).toEqual([]);
    expect(errorsOf(withLevel('approvers: ["user:a@x.example", role:x], approve: 7'))).toEqual([]);
  });
});

describe('levels and flows that are refused', () => {
  test.each([
    [
      'a decreasing stage',
      '{ name: a, stage: 2, approvers: [role:x] }\n      - { name: b, stage: 1, approvers: [role:x] }',
      /levels.1.stage@5: is 1, after stage 2: stages never decrease/,
    ],
    ['stage zero', '{ name: a, stage: 0, approvers: [role:x] }', /stage@4: must be a whole number from 1/],
    ['a fractional stage', '{ name: a, stage: 1.5, approvers: [role:x] }', /not 1.5/],
    [
      'two levels of one name',
      '{ name: a, approvers: [role:x] }\n      - { name: a, approvers: [role:y] }',
      /called a is in this flow already/,
    ],
    ['no name', '{ approvers: [role:x] }', /name@4: is missing/],
    ['a name that is none', '{ name: "a b", approvers: [role:x] }', /is not a name/],
    ['an unknown level', '{ use: nobody }', /use@4: names the level "nobody", which does not exist/],
    [
      'a used level that changes its approvers',
      '{ use: cfo, approvers: [role:x] }',
      /approvers@4: is not known here; known are use, stage, when/,
    ],
    ['the name of a named level without use', '{ name: cfo, approvers: [role:x] }', /write use: cfo/],
    ['an empty item', '', /is empty; remove it|must be a section/],
    ['an unknown key', '{ name: a, approvers: [role:x], quorum: 2 }', /quorum@4: is not known here/],
    ['a misspelt key', '{ name: a, aprovers: [role:x] }', /did you mean approvers\?/],
    [
      'an unknown assurance',
      '{ name: a, approvers: [role:x], assurance: password }',
      /must be one of link, sms_code, slack, session, sso, not "password"/,
    ],
    ['delegation that is no boolean', '{ name: a, approvers: [role:x], delegation: "yes" }', /must be true or false/],
    [
      'a comment rule that is none',
      '{ name: a, approvers: [role:x], comment: { on_deny: always } }',
      /must be one of optional, required/,
    ],
    [
      'a channel that is none',
      '{ name: a, approvers: [role:x], notify: [fax] }',
      /must be email, sms, slack or slack:#channel/,
    ],
    ['no channel', '{ name: a, approvers: [role:x], notify: [] }', /is empty: nobody would be told/],
    [
      'business time without a calendar',
      '{ name: a, approvers: [role:x], timing: { expire_in: 2bd } }',
      /waits for 2bd of business time, but no calendar is named/,
    ],
    [
      'an unknown calendar of a level',
      '{ name: a, approvers: [role:x], calendar: paris }',
      /names the calendar "paris"/,
    ],
    [
      'on_expire: escalate without an escalation that extends',
      '{ name: a, approvers: [role:x], timing: { expire_in: 1h, on_expire: escalate, escalate: [{ after: 5m, add: [role:y] }] } }',
      /on_expire@4: is escalate, but no escalation has extend/,
    ],
    [
      'on_expire: escalate without escalations',
      '{ name: a, approvers: [role:x], timing: { expire_in: 1h, on_expire: escalate } }',
      /no escalation has extend/,
    ],
    [
      'on_expire: approve',
      '{ name: a, approvers: [role:x], timing: { expire_in: 1h, on_expire: approve } }',
      /must be one of expire, deny, escalate/,
    ],
    [
      'an escalation that changes nothing',
      '{ name: a, approvers: [role:x], timing: { escalate: [{ after: 5m }] } }',
      /changes nothing/,
    ],
    [
      'an escalation that adds nobody',
      '{ name: a, approvers: [role:x], timing: { escalate: [{ add: [] }] } }',
      /nobody would be added/,
    ],
    [
      'an escalation that replaces by nobody',
      '{ name: a, approvers: [role:x], timing: { escalate: [{ replace: [] }] } }',
      /nobody would be left/,
    ],
    [
      'an escalation that adds and replaces',
      '{ name: a, approvers: [role:x], timing: { escalate: [{ add: [role:y], replace: [role:z] }] } }',
      /make two steps/,
    ],
    [
      'reminders without end',
      '{ name: a, approvers: [role:x], timing: { remind: { every: 1h, max: 1000 } } }',
      /reminders must end/,
    ],
    [
      'reminders without a distance',
      '{ name: a, approvers: [role:x], timing: { remind: { max: 2 } } }',
      /every@4: is missing/,
    ],
    [
      'a duration that is a number',
      '{ name: a, approvers: [role:x], timing: { expire_in: 5 } }',
      /must be a duration in quotes, not 5/,
    ],
    ['a duration of zero', '{ name: a, approvers: [role:x], timing: { expire_in: 0h } }', /is not a duration/],
    ['a fractional duration', '{ name: a, approvers: [role:x], timing: { expire_in: 1.5h } }', /is not a duration/],
    [
      'a duration beyond ten years',
      '{ name: a, approvers: [role:x], timing: { expire_in: 4000d } }',
      /longer than ten years/,
    ],
    [
      'a condition that is no text',
      '{ name: a, approvers: [role:x], when: true }',
      /when@4: must be a condition in quotes, not true/,
    ],
    ['a condition with a fault', '{ name: a, approvers: [role:x], when: "foo" }', /when@4: there is no variable foo/],
  ])('%s', (_, level, expected) => {
    const text = `flows:\n  f:\n    levels:\n      - ${level}\nlevels:\n  cfo: { approvers: [role:cfo] }\n`;
    expect(errorsOf(text).join('\n')).toMatch(expected);
  });

  test.each([
    ['no levels', 'flows:\n  f: {}', /flows.f.levels@2: is missing/],
    ['empty levels', 'flows:\n  f: { levels: [] }', /is empty: nobody could approve/],
    [
      'eleven levels',
      `flows:\n  f:\n    levels:\n${Array.from({ length: 11 }, (_, i) => `      - { name: l${i}, approvers: [role:x] }\n`).join('')}`,
      /levels@3: has 11 levels, at most 10/,
    ],
    [
      'an unknown calendar',
      'flows:\n  f: { calendar: mars, levels: [{ name: a, approvers: [role:x] }] }',
      /calendar@2: names the calendar "mars"/,
    ],
    [
      'an exclusion that is none',
      'flows:\n  f: { separation: { exclude: [author] }, levels: [{ name: a, approvers: [role:x] }] }',
      /must be requester, on_behalf_of, agent_owner or a path/,
    ],
    [
      'a same-person rule that is none',
      'flows:\n  f: { separation: { same_person_across_levels: allow }, levels: [{ name: a, approvers: [role:x] }] }',
      /must be one of forbid, act_again/,
    ],
    ['a flow that is a list', 'flows: []', /flows@1: must be a section of flows by name/],
    ['a named level with a stage', 'levels:\n  cfo: { approvers: [role:cfo], stage: 2 }', /stage@2: is not known here/],
  ])('%s', (_, text, expected) => {
    expect(errorsOf(text).join('\n')).toMatch(expected);
  });
});

describe('rules, guardrails and defaults that are refused', () => {
  test.each([
    ['no id', 'rules:\n  - { action: a, effect: deny }', /rules.0.id@2: is missing/],
    [
      'an id twice',
      'rules:\n  - { id: r, action: a, effect: deny }\n  - { id: r, action: b, effect: deny }',
      /rules.1.id@3: r stands twice/,
    ],
    ['no action', 'rules:\n  - { id: r, effect: deny }', /action@2: is missing/],
    ['an empty list of actions', 'rules:\n  - { id: r, action: [], effect: deny }', /would match nothing/],
    ['a pattern that is none', 'rules:\n  - { id: r, action: "a b", effect: deny }', /is not an action pattern/],
    ['no effect', 'rules:\n  - { id: r, action: a }', /effect@2: is missing/],
    ['an effect that is none', withRule('effect: ask'), /must be one of allow, deny, require_approval, not "ask"/],
    [
      'an unknown flow',
      withRule('effect: require_approval, flow: refnd') +
        'flows:\n  refund: { levels: [{ name: a, approvers: [role:x] }] }',
      /flow@2: names the flow "refnd", which does not exist; did you mean refund\?/,
    ],
    ['a risk that is none', withRule('effect: deny, risk: huge'), /must be one of low, medium, high, critical/],
    [
      'valid_for in business time',
      withRule('effect: require_approval, valid_for: 2bd'),
      /valid_for@2: is business time/,
    ],
    [
      'ttl in business time without a calendar',
      withRule('effect: require_approval, ttl: 2bd'),
      /ttl@2: is business time, but neither the rule nor its flow/,
    ],
    [
      'an unknown calendar in a condition',
      withRule('effect: deny, when: \'open("mars")\''),
      /when@2: there is no calendar mars/,
    ],
    [
      '201 rules',
      `rules:\n${Array.from({ length: 201 }, (_, i) => `  - { id: r${i}, action: a, effect: deny }\n`).join('')}`,
      /rules@1: has 201 rules, at most 200/,
    ],
    [
      'a condition over 2 kB',
      withRule(`effect: deny, when: "context.a == '${'x'.repeat(2048)}'"`),
      /longer than 2048 bytes/,
    ],
    ['effect: allow in a guardrail', 'guardrails:\n  - { id: g, action: a, effect: allow }', /guardrails only tighten/],
    ['a guardrail that changes nothing', 'guardrails:\n  - { id: g, action: a }', /changes nothing/],
    [
      'a guardrail that adds an unknown level',
      'guardrails:\n  - { id: g, action: a, add_levels: [cfo] }',
      /names the level "cfo", which does not exist/,
    ],
    [
      'an added level in business time without its own calendar',
      'levels:\n  cfo: { approvers: [role:cfo], timing: { expire_in: 1bd } }\nguardrails:\n  - { id: g, action: a, add_levels: [cfo] }',
      /adds cfo, which waits for 1bd of business time; give that level a calendar/,
    ],
    ['effect: allow as default', 'defaults: { effect: allow }', /defaults.effect@1: is allow, which would let through/],
    ['on_error: allow', 'defaults: { on_error: allow }', /on_error@1: is allow/],
    ['an unknown default flow', 'defaults: { flow: nope }', /names the flow "nope"/],
    ['a default ttl in business time', 'defaults: { ttl: 2bd }', /ttl@1: is business time/],
    ['another version of the format', 'version: 2', /version@1: is 2; this server reads version 1/],
    ['an unknown section', 'rulez: []', /rulez@1: is not known here; did you mean rules\?/],
    ['an unknown key in defaults', 'defaults: { tll: 1d }', /did you mean ttl\?/],
    ['rules that are no list', 'rules: { a: 1 }', /must be a list of rules/],
    ['a rule that is no section', 'rules: [3]', /rules.0@1: must be a section/],
    [
      'an unknown zone',
      'calendars:\n  c: { timezone: Mars/Base, hours: { mon: "09:00-17:00" } }',
      /calendars.c.timezone@2/,
    ],
    ['a calendar that never opens', 'calendars:\n  c:\n    timezone: UTC\n    hours: {}', /calendars.c.hours@4/],
  ])('%s', (_, text, expected) => {
    expect(errorsOf(text).join('\n')).toMatch(expected);
  });
});

describe('text that is refused', () => {
  test.each([
    ['nothing', '', /The document is empty/],
    ['a comment alone', '# nothing', /The document is empty/],
    ['a scalar', 'hello', /must be a section with version/],
    ['a list', '- 1', /must be a section with version/],
    ['an unended list', 'a: [', /cannot be read/],
    [
      'an unquoted condition',
      'rules:\n  - id: r\n    when: context.a == "b: c"',
      /@3: cannot be read: a value that holds ": " must be in quotes/,
    ],
    ['an unquoted star', 'rules:\n  - action: *\n', /must be in quotes/],
    ['two documents', 'version: 1\n---\nversion: 1', /several documents/],
    ['duplicate keys', 'version: 1\nrules: []\nrules: []', /^rules@3: is written twice/],
    ['duplicate keys in JSON', '{"rules": [{"id": "a",\n"id": "b"}]}', /rules.0.id@2: is written twice/],
    ['keys that are no text', '1: 2', /has a key that is not a text/],
    ['a list as key', '? [a]\n: 1', /has a key that is not a text/],
    ['an anchor', 'rules: &a []', /has the anchor &a/],
    ['an alias', 'rules: &a []\nguardrails: *a', /guardrails@2: is an alias/],
    ['a merge key', '<<: { version: 1 }', /<<@1: is not known here/],
    ['a custom tag', 'rules: !exec []', /has the tag !exec/],
    ['a known tag', 'version: !!int "1"', /has the tag/],
    ['deep nesting', '['.repeat(20_000), /nested too deeply/],
    ['nesting beyond what a policy has', `rules: ${'['.repeat(30)}${']'.repeat(30)}`, /nested more than 16 deep/],
    ['too much text', `# ${'x'.repeat(262_144)}`, /larger than 262144 bytes/],
  ])('%s', (_, text, expected) => {
    expect(errorsOf(text).join('\n')).toMatch(expected);
  });

  test('aliases that multiply are not followed', () => {
    const bomb = Array.from(
      { length: 20 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`,
    );
    const started = performance.now();
    expect(errorsOf(bomb.join('\n')).length).toBeGreaterThan(9);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('a document with endless faults reports the first two hundred', () => {
    expect(errorsOf(Array.from({ length: 3_000 }, (_, i) => `k${i}: 1`).join('\n'))).toHaveLength(200);
  });

  test('a quoted star, a quoted colon and 1.1’s odd booleans read as texts', () => {
    expect(errorsOf('rules:\n  - { id: "yes", action: "*", effect: deny, reason: "a: b" }')).toEqual([]);
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
    expect(warningsOf(withRule('effect: allow, ttl: 1d'))[0]).toMatch(/ttl@2: has no effect with effect: allow/);
    expect(warningsOf('guardrails:\n  - { id: g, action: a, effect: deny, flow: admins }')[0]).toMatch(
      /has no effect without effect: require_approval/,
    );
  });

  test('where a rule is never reached', () => {
    const text = 'rules:\n  - { id: all, action: "*", effect: deny }\n  - { id: late, action: a, effect: allow }';
    expect(warningsOf(text)).toEqual(['rules.1@3: late is never reached: all before it matches everything']);
  });

  test('where no denial could end a level', () => {
    expect(warningsOf(withLevel('approvers: ["user:a@x.example"], deny: 2'))[0]).toMatch(
      /asks for 2 denials, but only 1/,
    );
  });

  test('where the flow of last resort may skip all of its levels', () => {
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
});
