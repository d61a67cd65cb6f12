/** A minimal browser over HTTP: it keeps cookies and submits forms, and runs no scripts. */
import type { ApiStage, Reply } from './api';

export interface Visitor {
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  /** Sends the fields urlencoded, as a form does. */
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Reply>;
  cookies: Map<string, { value: string; path: string; attributes: string }>;
}

export function visitor(stage: ApiStage): Visitor {
  const cookies: Visitor['cookies'] = new Map();
  const cookieFor = (path: string): string =>
    [...cookies]
      .filter(([, { path: own, value }]) => value !== '' && (own === '/' || path.split('?')[0] === own))
      .map(([name, { value }]) => `${name.split(' ')[0]}=${value}`)
      .join('; ');
  const keep = (reply: Reply): Reply => {
    for (const line of reply.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      const path = attributes.find((attribute) => attribute.startsWith('Path='))?.slice(5) ?? '/';
      cookies.set(`${name} ${path}`, { value, path, attributes: attributes.join('; ') });
    }
    return reply;
  };
  const send = async (method: string, path: string, body: string | undefined, headers: Record<string, string>) => {
    const cookie = cookieFor(path);
    return keep(
      await stage.call(path, { method, body, headers: { ...(cookie === '' ? {} : { cookie }), ...headers } }),
    );
  };
  return {
    cookies,
    get: (path, headers = {}) => send('GET', path, undefined, headers),
    post: (path, fields, headers = {}) =>
      send('POST', path, new URLSearchParams(fields).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      }),
  };
}

export const nonceIn = ({ text }: Reply): string => /name="nonce" value="([^"]+)"/.exec(text)?.[1] ?? '';
