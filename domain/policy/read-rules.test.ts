import { errorsOf, withRule } from './support/read';

describe('rules, guardrails and defaults that are refused', () => {
  test.each([
    ['no id', 'rules:\n  - { action: a, effect: deny }', /rules.0.id@2: is missing/],
    [
      'an id twice',
      'rules:\n  - { id: r, action: a, effect: deny }\n  - { id: r, action: b, effect: deny }',
      /rules.1.id@3: r is used twice/,
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
    ['effect: allow as default', 'defaults: { effect: allow }', /defaults.effect@1: is allow, which would allow/],
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
