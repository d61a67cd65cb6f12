import { createLimiter, LIMITS, sourceOf, type Limits } from './limits';

const few: Limits = {
  ...LIMITS,
  refused: { points: 2, per_s: 60, by: 'ip' },
  check: { points: 2, per_s: 60, by: 'key' },
};

/** A limiter with a clock of its own. */
function limiterAt(start_ms = 1_000_000, most?: number) {
  let now_ms = start_ms;
  return {
    limiter: createLimiter(few, () => now_ms, most),
    pass: (seconds: number) => void (now_ms += seconds * 1000),
  };
}
const tooMany = (retry_after_s = expect.any(Number) as number) =>
  expect.objectContaining({ code: 'rate_limited', facts: { retry_after_s } }) as Error;

describe('budgets', () => {
  test('are used up by one caller alone, and say how long to wait', () => {
    const { limiter } = limiterAt();
    limiter.take('refused', '203.0.113.1');
    limiter.take('refused', '203.0.113.1');
    expect(() => limiter.take('refused', '203.0.113.1')).toThrow(tooMany(30));
    limiter.take('refused', '203.0.113.2');
    limiter.take('page', '203.0.113.1');
  });

  test('come back one by one, and refusals cost nothing', () => {
    const { limiter, pass } = limiterAt();
    for (let i = 0; i < 2; i++) limiter.take('refused', '203.0.113.1');
    for (let i = 0; i < 50; i++) expect(() => limiter.take('refused', '203.0.113.1')).toThrow(tooMany(30));
    pass(29);
    expect(() => limiter.take('refused', '203.0.113.1')).toThrow(tooMany(1));
    pass(1);
    limiter.take('refused', '203.0.113.1');
    expect(() => limiter.take('refused', '203.0.113.1')).toThrow(tooMany(30));
    pass(3_600);
    for (let i = 0; i < 2; i++) limiter.take('refused', '203.0.113.1');
    expect(() => limiter.take('refused', '203.0.113.1')).toThrow(tooMany());
  });

  test('can be looked at without being used', () => {
    const { limiter } = limiterAt();
    for (let i = 0; i < 5; i++) limiter.peek('refused', '203.0.113.1');
    for (let i = 0; i < 2; i++) limiter.take('refused', '203.0.113.1');
    expect(() => limiter.peek('refused', '203.0.113.1')).toThrow(tooMany(30));
  });

  test('give exactly their points, whatever the fractions', () => {
    for (const points of [3, 7, 30, 300, 1_200]) {
      const limiter = createLimiter({ ...few, check: { points, per_s: 60, by: 'key' } }, () => 1_763_856_000_123);
      for (let i = 0; i < points; i++) limiter.take('check', 'key_1');
      expect(() => limiter.take('check', 'key_1')).toThrow(tooMany());
    }
  });

  test('leave room for what one process can answer', () => {
    expect(LIMITS.check.points / LIMITS.check.per_s).toBeGreaterThanOrEqual(10_000);
    expect(LIMITS.approvals.points / LIMITS.approvals.per_s).toBeGreaterThanOrEqual(20);
  });

  test('let a mailbox without a working link have one within a minute', () => {
    expect(LIMITS.login_first.per_s / LIMITS.login_first.points).toBeLessThanOrEqual(60);
  });
});

describe('a source', () => {
  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2::1', '2001:0DB8:0001:0002::9'],
    ['203.0.113.1', '::ffff:203.0.113.1'],
    ['fe80::1%eth0', 'fe80::2%eth1'],
    ['unknown', 'something else'],
  ])('%s and %s are one', (a, b) => {
    expect(sourceOf(a)).toBe(sourceOf(b));
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['203.0.113.1', '203.0.113.2'],
    ['::1', '::ffff:0.0.0.1'],
  ])('%s and %s are two', (a, b) => {
    expect(sourceOf(a)).not.toBe(sourceOf(b));
  });

  test('that changes its address within its /64 has one budget', () => {
    const { limiter } = limiterAt();
    limiter.take('refused', '2001:db8::1');
    limiter.take('refused', '2001:db8::2');
    expect(() => limiter.take('refused', '2001:db8::3')).toThrow(tooMany());
    expect(() => limiter.peek('refused', '2001:db8::4')).toThrow(tooMany());
    limiter.take('refused', '2001:db8:0:1::1');
  });

  test('names what is no address as it is', () => {
    const { limiter } = limiterAt();
    for (let i = 0; i < 2; i++) limiter.take('check', '2001:db8::1');
    limiter.take('check', '2001:db8::2');
  });
});

test('of more callers than are remembered the longest silent is forgotten, and nobody else', () => {
  const { limiter } = limiterAt(0, 100);
  const use = (name: string) => limiter.take('check', name);
  for (let i = 0; i < 2; i++) use('early');
  for (let i = 0; i < 2; i++) use('busy');
  for (let i = 0; i < 99; i++) use(`key_${i}`);
  expect(() => limiter.peek('check', 'busy')).toThrow(tooMany());
  limiter.peek('check', 'early');
});
