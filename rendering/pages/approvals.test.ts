import { ANA, levelState, NOW_MS, view, vote } from '../../tests/support/sample-approval';
import { attribute, bodyText, readHtml, select, textOf } from '../../tests/support/read-html';
import { renderReviewPage } from './review';
import { renderApprovalList, renderApprovalPage, type ListedApproval } from './approvals';

const FORMS = { action_url: '/approvals/apr_1', nonce: 'n', levels: ['platform'] };
const names = (page: string): (string | null)[] =>
  readHtml(page)
    .filter((element) => ['input', 'select', 'textarea', 'button'].includes(element.tagName))
    .map((element) => attribute(element, 'name'));

describe('the page of one approval', () => {
  it('has the vote form of the link page for whoever may vote', () => {
    const page = renderApprovalPage(view(), FORMS);
    expect(names(page)).toEqual(['nonce', 'level', 'comment', 'decision', 'decision', 'decision', 'decision']);
    expect(bodyText(page)).toContain('You decide as Ana Lima (ana@acme.example)');
    expect(bodyText(page)).not.toContain('This link was sent to');
    expect(bodyText(renderReviewPage(view(), FORMS))).toContain('This link was sent to Ana Lima.');
  });

  it('asks for the level when there are several', () => {
    const page = renderApprovalPage(view(), { ...FORMS, levels: ['finance', 'risk'] });
    expect(select(page, 'option').map((option) => attribute(option, 'value'))).toEqual(['finance', 'risk']);
  });

  it('has no buttons for somebody who is not asked', () => {
    const page = renderApprovalPage(view(), { ...FORMS, levels: [] });
    expect(select(page, 'button')).toEqual([]);
    expect(bodyText(page)).toContain('you are not asked to decide it');
  });

  it('lets those cancel who may, while it is pending', () => {
    const page = renderApprovalPage(view(), { ...FORMS, levels: [], cancel_url: '/approvals/apr_1/cancel' });
    expect(select(page, 'form').map((form) => attribute(form, 'action'))).toEqual(['/approvals/apr_1/cancel']);
    expect(names(page)).toEqual(['nonce', 'reason', null]);
  });

  it('leads on to the list where there is nothing to decide', () => {
    const links = (levels: string[]) =>
      select(renderApprovalPage(view(), { ...FORMS, levels }), 'a').map((link) => attribute(link, 'href'));
    expect(links([]).filter((href) => href === '/approvals')).toHaveLength(2);
    expect(links(['platform']).filter((href) => href === '/approvals')).toHaveLength(1);
  });

  it('says what cancelling does before the button', () => {
    const text = bodyText(renderApprovalPage(view(), { ...FORMS, cancel_url: '/c' }));
    expect(text).toMatch(/No longer needed\? .*cancelled, not denied\. Reason \(optional\) Cancel this request/);
  });

  const approved = {
    status: 'approved',
    reason_code: 'quorum',
    decided_by: 'usr_ben',
    decided_at_ms: NOW_MS,
    comment: 'Go.',
  } as const;

  it('shows the outcome, and revoke instead of cancel, once approved', () => {
    const page = renderApprovalPage(view({ state: { ...approved, levels: [levelState({ status: 'approved' })] } }), {
      ...FORMS,
      cancel_url: '/c',
      revoke_url: '/v',
    });
    expect(bodyText(page)).toContain('Approved by Ben Okafor at 14:20. Go.');
    expect(select(page, 'form').map((form) => attribute(form, 'action'))).toEqual(['/v']);
    expect(readHtml(page).find((element) => attribute(element, 'name') === 'reason')?.attrs).toContainEqual({
      name: 'required',
      value: '',
    });
  });

  it('says that the own vote stands and can be changed', () => {
    const text = bodyText(renderApprovalPage(view({ state: { votes: [vote({ voter: ANA.id })] } }), FORMS));
    expect(text).toContain('Your approval counted at 14:18. You can change your decision');
  });

  it('shows an error as one', () => {
    const error = (levels: string[]): string =>
      textOf(
        select(renderApprovalPage(view(), { ...FORMS, levels, error: 'A comment is needed.' }), '.error')[0]!,
      ).trim();
    expect(error(['platform'])).toBe('A comment is needed.\nGo to your decision');
    expect(error([])).toBe('A comment is needed.');
  });
});

describe('the list of what waits', () => {
  const item: ListedApproval = {
    url: '/approvals/apr_1',
    agent: 'devops-bot\u202e',
    action: 'deploy.production',
    context: { version: 'v2.1.0', amount: 500, currency: 'EUR', environment: 'production' },
    risk: 'high',
    status: 'pending',
    created_at_ms: NOW_MS - 420_000,
    until_ms: NOW_MS + 3 * 3_600_000,
    level: 'platform',
  };
  const options = { reviewer: ANA, now_ms: NOW_MS, next: null };

  it('says of each what, how risky, until when and at which level', () => {
    const page = renderApprovalList([item, { ...item, level: null, status: 'expired' }], options);
    const [first, second] = select(page, 'li').map((row) => textOf(row).replace(/\s+/g, ' ').trim());
    expect(first).toBe(
      'devops-bot⟦U+202E⟧ wants to run deploy.production amount €500.00, environment production High risk Expires in 3 h (Fri 17:20 London) asked 7 min ago · Level platform',
    );
    expect(second).toContain('High risk Expired');
    expect(attribute(select(page, 'li')[0]!.childNodes.find((node) => 'tagName' in node)! as never, 'href')).toBe(
      '/approvals/apr_1',
    );
  });

  it('tells two requests of one action apart by what is short, and needs nothing of the kind', () => {
    const context = { diff: 'x'.repeat(100_000), order: { id: 'ord_1' }, target: 'db-7', trap: 'a\u202eb' };
    const page = renderApprovalList(
      [
        { ...item, context },
        { ...item, context: { diff: 'x'.repeat(100) } },
      ],
      options,
    );
    const [first, second] = select(page, 'li').map((row) => textOf(row).replace(/\s+/g, ' ').trim());
    expect(first).toContain('deploy.production target db-7 High risk');
    expect(second).toContain('deploy.production High risk');
  });

  it('leads on to the older ones, and out', () => {
    const page = renderApprovalList([item], {
      ...options,
      next: '/approvals?cursor=c',
      sign_out: { action_url: '/logout', nonce: 'n' },
    });
    expect(select(page, '.button').map((link) => attribute(link, 'href'))).toEqual(['/approvals?cursor=c']);
    expect(select(page, 'form').map((form) => attribute(form, 'action'))).toEqual(['/logout']);
    expect(bodyText(page)).toContain('Signed in as Ana Lima (ana@acme.example)');
  });

  it('says so when nothing waits', () => {
    expect(bodyText(renderApprovalList([], options))).toContain('Nothing is waiting for your decision.');
  });
});
