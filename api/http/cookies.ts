/** The session cookie, and reading what a browser sent. On https its name has the `__Host-` prefix, so no other host can set it. */
import type { IncomingHttpHeaders } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';

/** Whether cookies may be `Secure`: browsers drop those that come over plain http. */
export const isHttps = (publicUrl: string): boolean => publicUrl.startsWith('https:');

export const sessionCookieName = (publicUrl: string): string =>
  isHttps(publicUrl) ? '__Host-aw_session' : 'aw_session';

/** The `Set-Cookie` header of a session; `value` null deletes the cookie. */
export function sessionCookie(publicUrl: string, value: string | null, max_age_s: number): string {
  return stringifySetCookie({
    name: sessionCookieName(publicUrl),
    value: value ?? '',
    maxAge: value === null ? 0 : max_age_s,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps(publicUrl),
  });
}

export const cookiesOf = (headers: IncomingHttpHeaders): Record<string, string | undefined> =>
  parseCookie(headers.cookie ?? '');
