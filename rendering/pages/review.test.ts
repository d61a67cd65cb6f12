import { ANA, levelSpec, levelState, NOW_MS, view, vote } from '../../tests/support/sample-approval';
import { attribute, bodyText, elements, readHtml, select, textOf } from '../../tests/support/read-html';
import { renderConfirmPage, renderOutcomePage, renderResultPage, renderReviewPage } from './review';

const FORM = { action_url: '/r/v/lnk_1', nonce: 'n0nce' };
const position = (text: string, part: string): number => {
  expect(text).toContain(part);
  return text.indexOf(part);
};

describe('the review page', () => {
  const says = { display: { summary: 'Routine deploy.' } };
  const page = renderReviewPage(view({ snapshot: says, state: { votes: [vote()] } }), FORM);
  const text = bodyText(page);

  it('has its sections in the shared order, the buttons last', () => {
    const parts = [
      'devops-bot wants to run deploy.production',
      'What will run',
      'v2.1.0',
      'Who asked',
      'dana@acme.example',
      'Where it stands',
      '1 of 2 from sre',
      'The agent says',
      'Routine deploy.',
      'Your decision',
      'Deny To approve, first show all',
    ];
    const positions = parts.map((part) => position(text, part));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it('always says who decides, and for how long', () => {
    expect(text).toContain('You decide as Ana Lima (ana@acme.example)');
    expect(text).toContain('Medium risk Expires in 3 h 10 min (Fri 17:30 London)');
  });

  it('has one form with the four choices, a comment and the nonce', () => {
    const [form, ...others] = select(page, 'form');
    expect(others).toEqual([]);
    expect([attribute(form!, 'method'), attribute(form!, 'action')]).toEqual(['post', '/r/v/lnk_1']);
    const buttons = elements(form!).filter((element) => element.tagName === 'button');
    expect(buttons.map((button) => [attribute(button, 'name'), attribute(button, 'value'), textOf(button)])).toEqual([
      ['decision', 'deny', 'Deny'],
      ['decision', 'approve', 'Approve'],
      ['decision', 'pass', 'Not me'],
      ['decision', 'report', 'Report this'],
    ]);
    expect(elements(form!).find((element) => attribute(element, 'name') === 'nonce')?.attrs).toContainEqual({
      name: 'value',
      value: 'n0nce',
    });
    expect(select(page, 'textarea').map((area) => attribute(area, 'name'))).toEqual(['comment']);
  });

  it('needs no script, loads nothing and is small', () => {
    const tags = new Set(readHtml(page).map((element) => element.tagName));
    for (const tag of ['script', 'img', 'link', 'iframe', 'object', 'video', 'base']) expect(tags).not.toContain(tag);
    expect(page).not.toMatch(/url\(|@import|\son\w+=/i);
    expect(page.length).toBeLessThan(50_000);
  });

  it('reads well aloud: language, title, one first heading, labelled sections and fields', () => {
    expect(attribute(select(page, 'html')[0]!, 'lang')).toBe('en');
    expect(textOf(select(page, 'title')[0]!)).toBe('Approve? deploy.production · devops-bot');
    expect(select(page, 'h1')).toHaveLength(1);
    const ids = readHtml(page).flatMap((element) => attribute(element, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const section of select(page, 'section')) expect(ids).toContain(attribute(section, 'aria-labelledby'));
    for (const label of select(page, 'label')) expect(ids).toContain(attribute(label, 'for'));
  });

  it('gives back what was typed, first line break and markup included', () => {
    const again = renderReviewPage(view(), { ...FORM, comment: '\nline <b> & "x"', error: 'A comment is needed.' });
    expect(textOf(select(again, 'textarea')[0]!)).toBe('\nline <b> & "x"');
    expect(attribute(select(again, '.error')[0]!, 'role')).toBe('alert');
  });

  it('leads from what was refused to where one tries again', () => {
    const again = renderReviewPage(view(), { ...FORM, error: 'A comment is needed.' });
    const links = elements(select(again, '.error')[0]!).filter((element) => element.tagName === 'a');
    expect(links.map((link) => attribute(link, 'href'))).toEqual(['#decision']);
    expect(readHtml(again).some((element) => attribute(element, 'id') === 'decision')).toBe(true);
  });

  it('warns when somebody else is signed in here', () => {
    const other = bodyText(renderReviewPage(view(), { ...FORM, signed_in_as: 'Ben Okafor' }));
    expect(other).toContain('signed in as Ben Okafor, but the link was sent to Ana Lima');
  });

  it.each([
    ['optional', 'optional', 'Comment (optional)'],
    ['optional', 'required', 'Comment (required to deny)'],
    ['required', 'optional', 'Comment (required to approve)'],
    ['required', 'required', 'Comment (required)'],
  ] as const)('says when a comment is needed: approve %s, deny %s', (on_approve, on_deny, label) => {
    const levels = [levelSpec({ comment: { on_approve, on_deny } })];
    expect(bodyText(renderReviewPage(view({ snapshot: { levels } }), FORM))).toContain(label);
  });

  it('hides Approve until all was unfolded, by the style sheet alone', () => {
    const context = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, i]));
    const folded = renderReviewPage(view({ snapshot: { context } }), FORM);
    expect(folded).toContain('main:has(.box:not(.says) details.fold:not([open])) .bar .approve{display:none}');
    expect(bodyText(folded)).toContain('To approve, first show all of what will run');
    expect(select(folded, 'details')).toHaveLength(1);
  });

  it('stays below 50 kB besides a context of 100 kB, and holds all of that', () => {
    const context = Object.fromEntries(
      Array.from({ length: 400 }, (_, i) => [`key_${i}`, `${'value '.repeat(40)}${i}`]),
    );
    const big = renderReviewPage(view({ snapshot: { context, risk: 'high' } }), FORM);
    expect(big.length - JSON.stringify(context).length).toBeLessThan(50_000);
    for (const value of Object.values(context)) expect(big).toContain(value);
  });
});

describe('the second step', () => {
  const page = renderConfirmPage(view({ snapshot: { risk: 'high' } }), { ...FORM, decision: 'approve', comment: 'ok' });

  it('says that nothing is decided yet, shows the facts again and repeats the choice', () => {
    const text = bodyText(page);
    expect(text).toContain('High risk: confirm your choice. Nothing has been decided yet.');
    expect(text).toContain('v2.1.0');
    const fields = readHtml(page).filter(
      (element) => attribute(element, 'name') !== null && element.tagName !== 'meta',
    );
    expect(fields.map((field) => [attribute(field, 'name'), attribute(field, 'value')])).toEqual([
      ['nonce', 'n0nce'],
      ['step', 'confirm'],
      ['comment', null],
      ['decision', 'approve'],
    ]);
    expect(textOf(select(page, 'textarea')[0]!)).toBe('ok');
  });

  it.each(['approve', 'deny', 'pass', 'report'] as const)('has one button for %s and a way back', (decision) => {
    const made = renderConfirmPage(view(), { ...FORM, decision });
    expect(select(made, 'button').map((button) => attribute(button, 'value'))).toEqual([decision]);
    expect(select(made, '.button').map((link) => attribute(link, 'href'))).toEqual(['/r/v/lnk_1']);
  });
});

describe('the result', () => {
  const votes = [vote(), vote({ id: 'b', voter: ANA.id, at_ms: NOW_MS - 17 * 60_000 })];
  const approved = {
    status: 'approved',
    reason_code: 'quorum',
    decided_by: ANA.id,
    decided_at_ms: NOW_MS - 17 * 60_000,
    votes,
    levels: [levelState({ status: 'approved' })],
  } as const;

  it('says what counted, where it stands and that the agent knows', () => {
    const text = bodyText(
      renderResultPage(view({ state: { ...approved, votes, levels: [...approved.levels] } }), {
        decision: 'approve',
        at_ms: NOW_MS - 17 * 60_000,
      }),
    );
    expect(text).toContain('Your approval counted at 14:03. 2 of 2: approved. devops-bot was told.');
  });

  it('says what one can still do while it is pending', () => {
    const page = renderResultPage(view({ state: { votes: [vote({ voter: ANA.id })] } }), {
      decision: 'deny',
      at_ms: NOW_MS,
      change_url: '/r/v/lnk_1',
    });
    expect(bodyText(page)).toContain('Your denial counted at 14:20. 1 of 2 so far');
    expect(select(page, 'a').map((link) => attribute(link, 'href'))).toContain('/r/v/lnk_1');
  });

  it('does not call a report a decision', () => {
    const text = bodyText(renderResultPage(view(), { decision: 'report', at_ms: NOW_MS }));
    expect(text).toContain('A report is not a decision');
    expect(select(renderResultPage(view(), { decision: 'report', at_ms: NOW_MS }), 'form')).toEqual([]);
  });

  it('after a report leads whoever has not decided to the decision, and speaks of a change to nobody else', () => {
    const reported = { decision: 'report', at_ms: NOW_MS, change_url: '/r/v/lnk_1' } as const;
    const undecided = bodyText(renderResultPage(view(), reported));
    expect(undecided).toContain('Decide now');
    expect(undecided).not.toMatch(/change (your|my) decision/i);
    const decided = bodyText(renderResultPage(view({ state: { votes: [vote({ voter: ANA.id })] } }), reported));
    expect(decided).toContain('You can change your decision until the level is decided. Change my decision');
  });

  it('of an ended link is the outcome, who and when, without a form', () => {
    const ended = {
      ...approved,
      status: 'denied',
      reason_code: 'veto',
      decided_by: 'usr_ben',
      comment: 'Not during\nthe <sale>.',
    } as const;
    const page = renderOutcomePage(view({ state: { ...ended, votes, levels: [levelState({ status: 'denied' })] } }));
    const text = bodyText(page);
    expect(text).toContain('Denied by Ben Okafor at 14:03: this denial alone is enough.');
    expect(text).toContain('Not during the <sale>.');
    expect(text).toContain('devops-bot asked to run deploy.production');
    expect(text).toContain('Your approval counted at 14:03. devops-bot was told.');
    expect(select(page, 'form')).toEqual([]);
  });

  it('says of what did not run that it would have', () => {
    const heading = (status: 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled'): string =>
      textOf(select(renderOutcomePage(view({ state: { status, decided_at_ms: NOW_MS } })), 'h2')[0]!);
    expect((['pending', 'approved', 'denied', 'expired', 'cancelled'] as const).map(heading)).toEqual([
      'What will run',
      'What will run',
      'What would have run',
      'What would have run',
      'What would have run',
    ]);
  });

  it('says of a level that is over what became of it, and of a late decision that it did not count', () => {
    const levels = [levelState({ status: 'approved' }), levelState({ name: 'finance', stage: 2 })];
    const over = view({ state: { levels }, options: { link_level: 'platform' } });
    expect(bodyText(renderOutcomePage(over))).toContain(
      '(ana@acme.example) Level platform is approved. Next: finance.',
    );
    expect(bodyText(renderOutcomePage(over, { late: true }))).toContain(
      'Too late: your decision was not counted. Level platform is approved.',
    );
  });

  it('of a used link that is still pending says until when, and that the vote stands', () => {
    const text = bodyText(renderOutcomePage(view({ state: { votes: [vote({ voter: ANA.id })] } })));
    expect(text).toContain('Expires in 3 h 10 min (Fri 17:30 London) Your approval counted at 14:18.');
  });
});
