/**
 * How much one caller may ask for. The figures stop a loop that ran away and a guesser, not honest load: one process
 * answers some thousands of checks a second. Counted per process, in memory: a limit is a guard, not an account.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AgentWardenError } from '../domain/errors';

export interface Limit {
  points: number;
  per_s: number;
  /** What is counted. */
  by: 'key' | 'agent' | 'person' | 'ip' | 'address';
}

/** The one table of budgets; `createApp` takes others for a deployment's or a test's own. */
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
  login_by_ip: { points: 30, per_s: 600, by: 'ip' },
  /** Mails to one address; beyond it the answer is the same and no mail goes out. */
  login_by_address: { points: 5, per_s: 900, by: 'address' },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Record<LimitName, Limit>;

export interface Limiter {
  /** Throws `rate_limited` with the seconds to wait. */
  take(limit: LimitName, whose: string): Promise<void>;
  /** Throws when the budget is used up, without using it. */
  peek(limit: LimitName, whose: string): Promise<void>;
}

export function createLimiter(limits: Limits): Limiter {
  const buckets = new Map(
    Object.entries(limits).map(([name, { points, per_s }]) => [
      name,
      new RateLimiterMemory({ keyPrefix: name, points, duration: per_s }),
    ]),
  );
  const bucket = (name: LimitName): RateLimiterMemory => buckets.get(name)!;
  return {
    async take(name, whose) {
      try {
        await bucket(name).consume(whose);
      } catch (refused) {
        throw refused instanceof RateLimiterRes ? tooMany(limits[name], refused.msBeforeNext) : refused;
      }
    },
    async peek(name, whose) {
      const state = await bucket(name).get(whose);
      if (state !== null && state.consumedPoints >= limits[name].points)
        throw tooMany(limits[name], state.msBeforeNext);
    },
  };
}

function tooMany({ points, per_s, by }: Limit, wait_ms: number): AgentWardenError {
  const retry_after_s = Math.max(1, Math.ceil(wait_ms / 1000));
  return new AgentWardenError(
    'rate_limited',
    `More than ${points} requests in ${per_s} seconds from one ${by}. Nothing was done; try again in ${retry_after_s} s.`,
    { retry_after_s },
  );
}
