import { sessionCookie, sessionCookieName } from './cookies';

describe('the cookie of a session', () => {
  test('is bound to the host and to https where there is https', () => {
    expect(sessionCookieName('https://warden.example')).toBe('__Host-aw_session');
    expect(sessionCookie('https://warden.example', 'v', 60)).toBe(
      '__Host-aw_session=v; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
    expect(sessionCookie('http://127.0.0.1:8080', 'v', 60)).toBe(
      'aw_session=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
    );
    expect(sessionCookie('http://127.0.0.1:8080', null, 60)).toContain('Max-Age=0');
  });
});
