import { refuseForeignOrigin, sessionCookie, sessionCookieName } from './authentication';

const deps = (publicUrl: string) => ({
  settings: { publicUrl, trustedProxies: [], webhookAllowHosts: [], mail: { from: 'warden@acme.example' } },
});
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the cookie of a session', () => {
  test('is bound to the host and to https where there is https', () => {
    expect(sessionCookieName('https://warden.example')).toBe('__Host-aw_session');
    expect(sessionCookie('https://warden.example', 'v', 60)).toBe(
      '__Host-aw_session=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure',
    );
    expect(sessionCookie('http://127.0.0.1:8080', 'v', 60)).toBe(
      'aw_session=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
    );
    expect(sessionCookie('http://127.0.0.1:8080', null, 60)).toContain('Max-Age=0');
  });
});

describe('a change that a browser sends by itself', () => {
  const allowed = (headers: Record<string, string>, method = 'POST', publicUrl = 'https://warden.example'): boolean => {
    try {
      refuseForeignOrigin(deps(publicUrl), { headers, method });
      return true;
    } catch {
      return false;
    }
  };

  test.each<[string, Record<string, string>, boolean]>([
    ['from our own page', { 'sec-fetch-site': 'same-origin' }, true],
    ['typed by the person', { 'sec-fetch-site': 'none' }, true],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['from a neighbour domain', { 'sec-fetch-site': 'same-site' }, false],
    [
      'from another site that claims our origin',
      { 'sec-fetch-site': 'cross-site', origin: 'https://warden.example' },
      false,
    ],
    ['from an older browser, with our origin', { origin: 'https://warden.example' }, true],
    ['through another name of this host', { origin: 'http://localhost:8080', host: 'localhost:8080' }, true],
    ['from an older browser, with another origin', { origin: 'https://evil.example', host: 'warden.example' }, false],
    ['with an origin that is none', { origin: 'evil' }, false],
    ['of a form that names no origin', { origin: 'null', ...FORM }, true],
    ['of a script that names no origin', { origin: 'null', 'content-type': 'application/json' }, false],
    ['of a program without such headers', {}, true],
  ])('%s', (_, headers, good) => expect(allowed(headers)).toBe(good));

  test('is not asked about where nothing changes', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      expect(allowed({ 'sec-fetch-site': 'cross-site' }, method)).toBe(true);
  });
});
