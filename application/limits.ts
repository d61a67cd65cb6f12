/**
 * How much one caller may ask for. The figures stop a loop that ran away and a guesser, not honest load: one process
 * answers some thousands of checks a second. Counted per process, in memory: a limit is a guard, not an account.
 */
import ipaddr from 'ipaddr.js';
import { AgentWardenError } from '../domain/errors';

export interface Limit {
  /** So many at once; as many come back, one by one, in `per_s`. */
  points: number;
  per_s: number;
  /** What is counted. */
  by: 'key' | 'agent' | 'person' | 'ip' | 'address';
}

/** The one table of budgets; `startApi` takes others for a test's own. */
export const LIMITS = {
  /** Questions of one key. */
  check: { points: 600_000, per_s: 60, by: 'key' },
  /** Everything else that a key does. */
  agent: { points: 60_000, per_s: 60, by: 'key' },
  /** Approvals that one agent may put before people (T36): an engine on a small machine carries about as many. */
  approvals: { points: 1_200, per_s: 60, by: 'agent' },
  person: { points: 6_000, per_s: 60, by: 'person' },
  /** Pages that need no account. */
  page: { points: 1_200, per_s: 60, by: 'ip' },
  /** Links, keys and tokens that are not good: so many guesses from one address (T5). */
  refused: { points: 300, per_s: 60, by: 'ip' },
  /** Reads the whole chain. */
  audit_verify: { points: 30, per_s: 60, by: 'person' },
  /** Login mails, beyond which the answer is the same and no mail goes out: from one source to whomever, ... */
  login_by_ip: { points: 30, per_s: 600, by: 'ip' },
  /** ... to one mailbox in which no login link works: one comes back each minute, whoever asked for those before, ... */
  login_first: { points: 3, per_s: 180, by: 'address' },
  /** ... and to one that has a link which works. Strangers can use this up: then that link is what its owner has. */
  login_again: { points: 2, per_s: 600, by: 'address' },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Record<LimitName, Limit>;

export interface Limiter {
  /** Throws `rate_limited` with the seconds to wait. */
  take(limit: LimitName, whose: string): void;
  /** Throws when the budget is used up, without using it. */
  peek(limit: LimitName, whose: string): void;
}

/** Callers that one budget remembers. Beyond it the longest silent is forgotten, which gives them a full budget: memory is worth more. */
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

/** One number per caller: when their budget will be whole again. */
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

  /** 0 when there is something left. */
  wait_ms(caller: string, now_ms: number): number {
    const missing_ms = Math.max(0, (this.whole_at_ms.get(caller) ?? 0) - now_ms);
    // Sums of fractions: a thousandth of a point too much is not a point too many.
    return Math.max(0, missing_ms + 0.999 * this.each_ms - this.all_ms);
  }

  /** As `wait_ms`; where that is 0, one is taken. */
  take(caller: string, now_ms: number): number {
    const wait_ms = this.wait_ms(caller, now_ms);
    if (wait_ms > 0) return wait_ms;
    const whole_at_ms = Math.max(this.whole_at_ms.get(caller) ?? 0, now_ms) + this.each_ms;
    this.whole_at_ms.delete(caller); // to the end of the order: the first is the longest silent
    this.whole_at_ms.set(caller, whole_at_ms);
    if (this.whole_at_ms.size > this.most) this.whole_at_ms.delete(this.whole_at_ms.keys().next().value!);
    return 0;
  }
}

/** One household or server: its IPv4 address, however it is written, or the /64 of which an IPv6 client has all addresses. */
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
