import { attribute, bodyText, readHtml, select } from '../../tests/support/read-html';
import { renderLoginLinkPage, renderLoginRequestPage, renderLoginSentPage, renderMessagePage } from './login';

const fields = (page: string): [string | null, string | null][] =>
  readHtml(page)
    .filter((element) => element.tagName === 'input')
    .map((element) => [attribute(element, 'name'), attribute(element, 'value')]);

describe('signing in', () => {
  it('asks for an address and remembers where one came from', () => {
    const page = renderLoginRequestPage({
      action_url: '/login',
      return_to: '/approvals/apr_1',
      error: 'That is no address.',
    });
    expect(fields(page)).toEqual([
      ['return_to', '/approvals/apr_1'],
      ['email', null],
    ]);
    expect(bodyText(page)).toContain('That is no address.');
  });

  it('answers the same for every address', () => {
    const page = renderLoginSentPage({ login_url: '/login', link_lasts_ms: 900_000, to_outbox: false });
    expect(bodyText(page)).toContain('If this address belongs to somebody here');
    expect(bodyText(page)).toContain('Each link works once, for 15 min.');
    expect(bodyText(page)).not.toContain('outbox');
    expect(select(page, 'form')).toEqual([]);
    expect(select(page, 'a').map((link) => attribute(link, 'href'))).toEqual(['/login']);
  });

  it('takes one more tap behind the link', () => {
    const page = renderLoginLinkPage({ action_url: '/login/tok', nonce: 'n' });
    expect(select(page, 'form').map((form) => [attribute(form, 'method'), attribute(form, 'action')])).toEqual([
      ['post', '/login/tok'],
    ]);
    expect(fields(page)).toEqual([['nonce', 'n']]);
    expect(fields(renderLoginLinkPage({ action_url: '/login/tok' }))).toEqual([]);
  });
});

describe('a page that only says something', () => {
  it('says it in paragraphs, with the way on and the status', () => {
    const page = renderMessagePage({
      title: 'This link leads nowhere',
      body: 'It is <unknown>.\nNothing was changed.',
      status: 404,
      next: { label: 'Sign in', url: '/login' },
    });
    expect(bodyText(page)).toBe(
      '◆AgentWarden This link leads nowhere It is <unknown>. Nothing was changed. Sign in HTTP 404',
    );
    expect(select(page, 'a').map((link) => attribute(link, 'href'))).toEqual(['/login']);
  });
});
