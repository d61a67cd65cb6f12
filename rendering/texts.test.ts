import { segments } from './sms';
import * as texts from './texts';

/** Arguments for each text that is a function. The compiler finds a text that has none here. */
type Calls<Group> = {
  [Name in keyof Group as Group[Name] extends (...args: never[]) => string ? Name : never]: Group[Name] extends (
    ...args: infer Arguments
  ) => string
    ? Arguments[]
    : never;
};

const CALLS: { [Group in keyof typeof texts]?: object } = {
  words: {
    wants: [['pending'], ['denied']],
    runs: [['pending'], ['approved'], ['expired']],
    expires: [['in 5 min']],
    you: [
      ['Ana', 'ana@acme.example'],
      ['Ana', 'ana@acme.example', 'Ben'],
    ],
    signed_in: [['Ana', 'ana@acme.example']],
    warning_title: [[1], [2]],
    more_warnings: [[3]],
    fields_shown: [[1, 2]],
    characters_shown: [[300, 2_402]],
    opens: [['acme.example']],
    goes_to: [['acme.example']],
    signed_in_as: [['Ben', 'Ana']],
    link_for: [['Ana']],
    told: [['bot']],
    level: [['platform']],
    voted: [['Ana', 'approve', 'at 14:03']],
    in_seat: [['Ben']],
    ended_by: [['Ana']],
    by: [['deny', 'Ana and Ben']],
    progress: [
      [1, 2],
      [1, 'all'],
    ],
    of_whom: [['sre']],
    request_is: [['denied']],
    level_is: [['platform', 'skipped']],
    next_levels: [['finance']],
    so_far: [['1 of 2']],
    reminder: [['in 5 min']],
  } satisfies Calls<typeof texts.words>,
  results: {
    approve: [['at 14:03']],
    deny: [['at 14:03']],
    pass: [['at 14:03']],
    report: [['at 14:03']],
  } satisfies Calls<typeof texts.results>,
  confirms: { intro: [['High risk']] } satisfies Calls<typeof texts.confirms>,
  mails: {
    subject: [
      ['low', 'a.b', 'bot'],
      ['critical', 'a.b', 'bot'],
    ],
    rest_on_page: [[1, 2]],
    alert_subject: [['a.b']],
    login_body: [['15 min']],
  } satisfies Calls<typeof texts.mails>,
  pages: {
    login_sent: [['15 min']],
    request: [['req_1']],
    outbox_to: [
      ['email', 'ana@acme.example'],
      ['sms', '+1'],
    ],
  } satisfies Calls<typeof texts.pages>,
  refusals: { too_long: [['comment', 5_000, 4_000]] } satisfies Calls<typeof texts.refusals>,
  sms: {
    request: [['a.b']],
    reminder: [['a.b']],
    alert: [['a.b']],
    until: [['Fri 17:30']],
    with: [['a=1']],
    behind: [[0], [1], [2]],
  } satisfies Calls<typeof texts.sms>,
  outcomes: { agent_suspended: [['bot']] } satisfies Calls<typeof texts.outcomes>,
};

type Text = (...args: unknown[]) => string;

/** Every text of a group; the functions are called. */
function textsOf(group: unknown, calls: Record<string, unknown[][]> = {}): string[] {
  if (typeof group === 'string') return [group];
  if (typeof group !== 'object' || group === null) return [];
  return Object.entries(group).flatMap(([name, text]) =>
    typeof text === 'function' ? calls[name]!.map((args) => (text as Text)(...args)) : textsOf(text),
  );
}

describe('the texts', () => {
  const everything = Object.entries(texts).flatMap(([name, group]) =>
    textsOf(group, CALLS[name as keyof typeof texts] as Record<string, unknown[][]>),
  );

  it('have no exclamation mark, no capitals that shout, and nothing left unfilled', () => {
    expect(everything.length).toBeGreaterThan(150);
    for (const text of everything) expect(text).not.toMatch(/!|\b[A-Z]{4,}\b|undefined|null|NaN|\[object/);
  });

  it('of text messages are in the GSM alphabet, so that a segment holds 160 characters', () => {
    for (const text of textsOf(texts.sms, CALLS.sms as Record<string, unknown[][]>))
      expect([text, segments(text.padEnd(160))]).toEqual([text, 1]);
  });

  it('list names as one says them', () => {
    expect([
      texts.listed([]),
      texts.listed(['Ana']),
      texts.listed(['Ana', 'Ben']),
      texts.listed(['Ana', 'Ben', 'Cem']),
    ]).toEqual(['', 'Ana', 'Ana and Ben', 'Ana, Ben and Cem']);
    expect(texts.listed(['a', 'b', 'c', 'd'], 3)).toBe('a, b and 2 more');
    expect([texts.plural(1, 'field'), texts.plural(1_200, 'field')]).toEqual(['1 field', '1,200 fields']);
  });
});
