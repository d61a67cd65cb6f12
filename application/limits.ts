/**
 * Rate limits per caller. They stop a runaway loop or somebody who guesses, not normal load: one process answers some
 * thousands of checks a second. Each process counts in memory, so a restart or a second process gives a full budget.
 */
import ipaddr from 'ipaddr.js';
import { AgentWardenError } from '../domain/errors';

export interface Limit {
  /** Token bucket (GCRA): a burst of `points`, refilled evenly over `per_s` seconds. */
  points: number;
  per_s: number;
  /** The kind of caller that has a bucket of its own. */
  by: 'key' | 'agent' | 'person' | 'ip' | 'address';
}

/** All budgets. Tests pass others to `startApi`. */
export const LIMITS = {
  /** Checks of one key. */
  check: { points: 600_000, per_s: 60, by: 'key' },
  /** All other requests of a key. */
  agent: { points: 60_000, per_s: 60, by: 'key' },
  /** Approvals that one agent may start (T36): about what an engine on a small machine can run. */
  approvals: { points: 1_200, per_s: 60, by: 'agent' },
  person: { points: 6_000, per_s: 60, by: 'person' },
  /** Pages that need no account. */
  page: { points: 1_200, per_s: 60, by: 'ip' },
  /** Invalid links, keys and tokens: the guesses that one address has (T5). */
  refused: { points: 300, per_s: 60, by: 'ip' },
  /** Verifying the audit reads the whole chain. */
  audit_verify: { points: 30, per_s: 60, by: 'person' },
  /** Login emails that one client address can cause. Beyond this and the next two limits no email is sent, but the answer stays the same. */
  login_by_ip: { points: 30, per_s: 600, by: 'ip' },
  /** Login emails to an address without a working link: one more each minute, so that a stranger cannot lock its owner out. */
  login_first: { points: 3, per_s: 180, by: 'address' },
  /** Login emails to an address with a working link. A stranger can use these up, but the owner still has the link. */
  login_again: { points: 2, per_s: 600, by: 'address' },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Record<LimitName, Limit>;

export interface Limiter {
  /** Takes a point. Throws `rate_limited` with the seconds to wait when there is none. */
  take(limit: LimitName, whose: string): void;
  /** Throws like `take`, but takes no point. */
  peek(limit: LimitName, whose: string): void;
}

/** Callers that a budget remembers. Beyond this number it forgets the caller that was silent longest, to bound its memory. */
export const MOST_CALLERS = 50_000;

export function createLimiter(limits: Limits, now: () => number, most_callers = MOST_CALLERS): Limiter {
  const buckets = new Map<LimitName, Bucket>();
  const bucket = (name: LimitName): Bucket => {
    const known = buckets.get(name);
    if (known) return known;
    const made = new Bucket(limits[name], most_callers);
    buckets.set(name, made);
    return made;
  };
  const assertNone = (limit: Limit, wait_ms: number): void => {
    if (wait_ms > 0) throw tooMany(limit, wait_ms);
  };
  const callerOf = (name: LimitName, whose: string): string => (limits[name].by === 'ip' ? sourceOf(whose) : whose);
  return {
    take: (name, whose) => assertNone(limits[name], bucket(name).take(callerOf(name, whose), now())),
    peek: (name, whose) => assertNone(limits[name], bucket(name).wait_ms(callerOf(name, whose), now())),
  };
}

/** GCRA: per caller, the moment when the bucket is full again. */
class Bucket {
  private readonly whole_at_ms = new Map<string, number>();
  private readonly each_ms: number;
  private readonly all_ms: number;

  constructor(
    { points, per_s }: Limit,
    private readonly most: number,
  ) {
    this.all_ms = per_s * 1000;
    this.each_ms = this.all_ms / points;
  }

  /** Milliseconds until a point is free; 0 if one is free now. */
  wait_ms(caller: string, now_ms: number): number {
    const missing_ms = Math.max(0, (this.whole_at_ms.get(caller) ?? 0) - now_ms);
    // Rounding errors of the sums must not count as a missing point.
    return Math.max(0, missing_ms + 0.999 * this.each_ms - this.all_ms);
  }

  /** Like `wait_ms`, and takes a point if the result is 0. */
  take(caller: string, now_ms: number): number {
    const wait_ms = this.wait_ms(caller, now_ms);
    if (wait_ms > 0) return wait_ms;
    const whole_at_ms = Math.max(this.whole_at_ms.get(caller) ?? 0, now_ms) + this.each_ms;
    this.whole_at_ms.delete(caller); // moves the caller to the end of the map, whose first entry was silent longest
    this.whole_at_ms.set(caller, whole_at_ms);
    if (this.whole_at_ms.size > this.most) this.whole_at_ms.delete(this.whole_at_ms.keys().next().value!);
    return 0;
  }
}

/** The address of a client: its IPv4 address in one spelling, or its IPv6 /64 network, which one client can use whole. */
export function sourceOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${(address as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

function tooMany({ points, per_s, by }: Limit, wait_ms: number): AgentWardenError {
  const retry_after_s = Math.max(1, Math.ceil(wait_ms / 1000));
  return new AgentWardenError(
    'rate_limited',
    `More than ${points} requests in ${per_s} seconds from one ${by}. Nothing was done; try again in ${retry_after_s} s.`,
    { retry_after_s },
  );
}
