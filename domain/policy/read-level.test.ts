import { errorsOf, policyOf, withLevel } from './support/read';

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
    ['a person twice', 'approvers: ["user:a@x.example", "user:A@x.example"], approve: 2', /is listed twice/],
    ['deny of zero', 'approvers: [role:x], deny: 0', /deny@4: must be a whole number.*somebody must be able to say no/],
    ['deny of a half', 'approvers: [role:x], deny: 0.5', /deny@4/],
    ['no paths', 'paths: []', /paths@4: is empty/],
    [
      'six paths',
      `paths: [${Array.from({ length: 6 }, () => '{ approvers: [role:x] }').join(', ')}]`,
      /has 6 paths, at most 5/,
    ],
    ['paths beside approvers', 'paths: [{ approvers: [role:x] }], approvers: [role:y]', /is written beside paths/],
    ['an unknown key in a path', 'paths: [{ approvers: [role:x], veto: [role:y] }]', /veto@4: is not known here/],
    ['a selector without kind', 'approvers: [admin]', /must be role:NAME or user:ADDRESS, not "admin"/],
    ['a user without address', 'approvers: ["user:ana"]', /must be role:NAME or user:ADDRESS/],
    ['an empty veto', 'approvers: [role:x], veto: []', /veto@4: is empty/],
    ['an empty fallback', 'approvers: [role:x], fallback: []', /fallback@4: is empty/],
  ])('%s', (_, level, expected) => {
    expect(errorsOf(withLevel(level)).join('\n')).toMatch(expected);
  });

  test('an absent need is one', () => {
    expect(policyOf(withLevel('approvers: [role:x]')).flows['f']?.levels[0]?.paths[0]?.approve).toBe(1);
  });

  test('all, and as many as the list names, are valid', () => {
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
