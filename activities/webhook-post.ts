/**
 * Posts to a URL that an admin registered. The connector checks each IP address, literal or from DNS, at the moment of connecting. So a name that
 * resolves differently after an earlier check gains nothing (T38).
 */
import { lookup as dnsLookup } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import { isPublicAddress } from '../domain/public-address';

export type PostResult =
  | { ok: true; status: number }
  | { ok: false; status: number | null; error: string; final: boolean; retry_after_ms: number | null };

export type Poster = (url: string, headers: Record<string, string>, body: string) => Promise<PostResult>;

const ATTEMPT_LIMIT_MS = 15_000;
const RESPONSE_LIMIT_BYTES = 64 * 1024;

export class ForbiddenAddress extends Error {
  readonly code = 'AW_FORBIDDEN_ADDRESS';
}

type Lookup = (
  hostname: string,
  options: { all: true },
  done: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void;

export interface PosterOptions {
  /** Hosts, optionally with `:port`, that may use http and private addresses. */
  allowHosts: string[];
  lookup?: Lookup;
  /** For the connection and the whole response. */
  attempt_limit_ms?: number;
}

export function createPoster({ allowHosts, lookup = dnsLookup, attempt_limit_ms = ATTEMPT_LIMIT_MS }: PosterOptions): {
  post: Poster;
  close(): Promise<void>;
} {
  const allowed = new Set(allowHosts.map((host) => host.toLowerCase()));
  const isAllowed = (hostname: string, port: string): boolean =>
    allowed.has(hostname) || allowed.has(`${hostname}:${port}`);

  // One post per connection: a post that waits for another one would time out unsent. The worker limits how many run at once.
  const publicOnly = new Agent({ connect: publicOnlyConnector(lookup), pipelining: 1 });
  const anywhere = new Agent({ connect: { timeout: ATTEMPT_LIMIT_MS }, pipelining: 1 });

  return {
    post: async (address, headers, body) => {
      const url = new URL(address);
      const port = url.port || (url.protocol === 'https:' ? '443' : '80');
      const free = isAllowed(url.hostname.toLowerCase(), port);
      if (url.protocol !== 'https:' && !(free && url.protocol === 'http:')) return refused('https_required');
      return post({ dispatcher: free ? anywhere : publicOnly, url, headers, body, limit_ms: attempt_limit_ms });
    },
    close: async () => void (await Promise.all([publicOnly.close(), anywhere.close()])),
  };
}

const refused = (error: string): PostResult => ({ ok: false, status: null, error, final: true, retry_after_ms: null });

function publicOnlyConnector(lookup: Lookup): buildConnector.connector {
  const checkedLookup = (hostname: string, options: object, done: (...results: unknown[]) => void): void =>
    lookup(hostname, { all: true }, (error, addresses) => {
      if (error) return done(error);
      const bad = addresses.some(({ address }) => !isPublicAddress(address));
      if (bad || addresses.length === 0) return done(new ForbiddenAddress());
      const first = addresses[0]!;
      return (options as { all?: boolean }).all ? done(null, addresses) : done(null, first.address, first.family);
    });
  const connect = buildConnector({ timeout: ATTEMPT_LIMIT_MS, lookup: checkedLookup as never });
  return (options, done) => {
    // A literal address is never looked up, so it is checked here.
    const literal = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) && !isPublicAddress(literal)) return done(new ForbiddenAddress(), null);
    return connect(options, done);
  };
}

interface Post {
  dispatcher: Agent;
  url: URL;
  headers: Record<string, string>;
  body: string;
  limit_ms: number;
}

async function post({ dispatcher, url, headers, body, limit_ms }: Post): Promise<PostResult> {
  const signal = AbortSignal.timeout(limit_ms);
  try {
    // undici's `request` follows no redirects. A 3xx is a failure like any other.
    const {
      statusCode,
      headers: response,
      body: stream,
    } = await request(url, { method: 'POST', dispatcher, headers, body, signal });
    await stream.dump({ limit: RESPONSE_LIMIT_BYTES, signal });
    if (statusCode >= 200 && statusCode < 300) return { ok: true, status: statusCode };
    const retry_after_ms = readRetryAfter(response['retry-after'], Date.now());
    return { ok: false, status: statusCode, error: `http_${statusCode}`, final: false, retry_after_ms };
  } catch (error) {
    return { ok: false, status: null, error: nameOf(error), final: false, retry_after_ms: null };
  }
}

function nameOf(error: unknown): string {
  const { name, code, cause } = error as { name?: string; code?: string; cause?: { code?: string } };
  if (error instanceof ForbiddenAddress) return 'address_not_allowed';
  if (name === 'TimeoutError' || name === 'AbortError' || /TIMEOUT/.test(code ?? '')) return 'timeout';
  return `connection_failed${/^[A-Z_]{3,40}$/.test(code ?? cause?.code ?? '') ? `_${(code ?? cause?.code)!.toLowerCase()}` : ''}`;
}

/** The value is a number of seconds or an HTTP date. Null: absent or unreadable. */
export function readRetryAfter(value: string | string[] | undefined, now_ms: number): number | null {
  if (typeof value !== 'string') return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now_ms);
}
