import { createLimiter, LIMITS, type Limits } from './limits';

const few: Limits = { ...LIMITS, refused: { points: 2, per_s: 60, by: 'ip' } };

describe('budgets', () => {
  test('are used up by one caller alone, and say how long to wait', async () => {
    const limiter = createLimiter(few);
    await limiter.take('refused', '203.0.113.1');
    await limiter.take('refused', '203.0.113.1');
    await expect(limiter.take('refused', '203.0.113.1')).rejects.toMatchObject({
      code: 'rate_limited',
      facts: { retry_after_s: expect.any(Number) },
    });
    await expect(limiter.take('refused', '203.0.113.2')).resolves.toBeUndefined();
    await expect(limiter.take('page', '203.0.113.1')).resolves.toBeUndefined();
  });

  test('can be looked at without being used', async () => {
    const limiter = createLimiter(few);
    for (let i = 0; i < 5; i++) await limiter.peek('refused', 'x');
    for (let i = 0; i < 2; i++) await limiter.take('refused', 'x');
    await expect(limiter.peek('refused', 'x')).rejects.toMatchObject({ code: 'rate_limited' });
  });

  test('leave room for what one process can answer', () => {
    expect(LIMITS.check.points / LIMITS.check.per_s).toBeGreaterThanOrEqual(10_000);
    expect(LIMITS.approvals.points / LIMITS.approvals.per_s).toBeGreaterThanOrEqual(20);
  });
});
