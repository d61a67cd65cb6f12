/**
 * One POST to an address that somebody else chose. Every address that is connected to is looked at, literal or looked
 * up, at the moment of connecting: a name that changes its mind between a test and the connection gains nothing (T38).
 */
import { lookup as dnsLookup } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import { isPublicAddress } from '../domain/public-address';

export type PostAnswer =
  | { ok: true; status: number }
  | { ok: false; status: number | null; error: string; final: boolean; retry_after_ms: number | null };

export type Poster = (url: string, headers: Record<string, string>, body: string) => Promise<PostAnswer>;

const ATTEMPT_LIMIT_MS = 15_000;
const ANSWER_LIMIT_BYTES = 64 * 1024;

export class ForbiddenAddress extends Error {
  readonly code = 'AW_FORBIDDEN_ADDRESS';
}

type Lookup = (
  hostname: string,
  options: { all: true },
  done: (error: Error | null, addresses: { address: string; family: number }[]) => void,
) => void;

export interface PosterOptions {
  /** Hosts, with optional `:port`, that may be plain http and anywhere. */
  allowHosts: string[];
  lookup?: Lookup;
  /** For connecting and the whole answer together. */
  attempt_limit_ms?: number;
}

/** `close` ends the kept connections. */
export function createPoster({ allowHosts, lookup = dnsLookup, attempt_limit_ms = ATTEMPT_LIMIT_MS }: PosterOptions): {
  post: Poster;
  close(): Promise<void>;
} {
  const allowed = new Set(allowHosts.map((host) => host.toLowerCase()));
  const isAllowed = (hostname: string, port: string): boolean =>
    allowed.has(hostname) || allowed.has(`${hostname}:${port}`);

  // A connection for each post: one that waited for another's would use its time up unsent. The worker bounds their number.
  const careful = new Agent({ connect: carefulConnector(lookup), pipelining: 1 });
  const open = new Agent({ connect: { timeout: ATTEMPT_LIMIT_MS }, pipelining: 1 });

  return {
    post: async (address, headers, body) => {
      const url = new URL(address);
      const port = url.port || (url.protocol === 'https:' ? '443' : '80');
      const free = isAllowed(url.hostname.toLowerCase(), port);
      if (url.protocol !== 'https:' && !(free && url.protocol === 'http:')) return refused('https_required');
      return post({ dispatcher: free ? open : careful, url, headers, body, limit_ms: attempt_limit_ms });
    },
    close: async () => void (await Promise.all([careful.close(), open.close()])),
  };
}

const refused = (error: string): PostAnswer => ({ ok: false, status: null, error, final: true, retry_after_ms: null });

function carefulConnector(lookup: Lookup): buildConnector.connector {
  const publicOnly = (hostname: string, options: object, done: (...results: unknown[]) => void): void =>
    lookup(hostname, { all: true }, (error, addresses) => {
      if (error) return done(error);
      const bad = addresses.some(({ address }) => !isPublicAddress(address));
      if (bad || addresses.length === 0) return done(new ForbiddenAddress());
      const first = addresses[0]!;
      return (options as { all?: boolean }).all ? done(null, addresses) : done(null, first.address, first.family);
    });
  const connect = buildConnector({ timeout: ATTEMPT_LIMIT_MS, lookup: publicOnly as never });
  return (options, done) => {
    // A literal address is never looked up, so it is tested here.
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

async function post({ dispatcher, url, headers, body, limit_ms }: Post): Promise<PostAnswer> {
  const signal = AbortSignal.timeout(limit_ms);
  try {
    // undici's `request` follows no redirects: a 3xx is an answer like any other, and not a success.
    const {
      statusCode,
      headers: answer,
      body: stream,
    } = await request(url, { method: 'POST', dispatcher, headers, body, signal });
    await stream.dump({ limit: ANSWER_LIMIT_BYTES, signal });
    if (statusCode >= 200 && statusCode < 300) return { ok: true, status: statusCode };
    const retry_after_ms = readRetryAfter(answer['retry-after'], Date.now());
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

/** Seconds or an HTTP date; null when absent or unreadable. */
export function readRetryAfter(value: string | string[] | undefined, now_ms: number): number | null {
  if (typeof value !== 'string') return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now_ms);
}
