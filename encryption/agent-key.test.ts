import { createHash } from 'node:crypto';
import { AGENT_KEY_SEED_BYTES, hashKey, isAgentKey, createAgentKey } from './agent-key';

const { key, prefix, hash } = createAgentKey();

describe('an agent key', () => {
  test('has its shape, its prefix and its hash', () => {
    expect(key).toMatch(/^aw_[0-9A-Za-z]{38}$/);
    expect(prefix).toBe(key.slice(0, 9));
    expect(hash).toBe(createHash('sha256').update(key).digest('hex'));
    expect(hash).toBe(hashKey(key));
  });

  test('differs each time, and uses every letter and digit about equally', () => {
    const bodies = Array.from({ length: 2_000 }, () => createAgentKey().key.slice(3, 35));
    expect(new Set(bodies).size).toBe(bodies.length);
    const counts = new Map<string, number>();
    for (const letter of bodies.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // 64,000 letters, 1,032 of each on average, a deviation of 32: six of them leave one false alarm in ten million runs.
    for (const count of counts.values()) expect(Math.abs(count - 64_000 / 62)).toBeLessThan(6 * 32);
  });

  test('from a seed is the same each time, and differs for another seed', () => {
    const seed = (fill: number) => createAgentKey(Buffer.alloc(AGENT_KEY_SEED_BYTES, fill)).key;
    expect(seed(7)).toBe(seed(7));
    expect(seed(8)).not.toBe(seed(7));
    expect(isAgentKey(seed(7))).toBe(true);
  });

  test('is refused from a seed that is too short', () => {
    for (const seed of [Buffer.alloc(16), Buffer.alloc(96, 255)])
      expect(() => createAgentKey(seed)).toThrow('A key needs at least 64 bytes of seed.');
  });

  test('keeps its format: a key that was given out stays a key', () => {
    expect(createAgentKey(Buffer.from(Array.from({ length: 96 }, (_, index) => index))).key).toBe(
      'aw_0123456789ABCDEFGHIJKLMNOPQRSTUVSc79Vs',
    );
  });
});

describe('the checksum', () => {
  test('accepts every key', () => {
    for (let count = 0; count < 200; count += 1) expect(isAgentKey(createAgentKey().key)).toBe(true);
  });

  test('refuses one changed or swapped character', () => {
    for (let at = 3; at < key.length; at += 1) {
      const other = key[at] === 'a' ? 'b' : 'a';
      expect(isAgentKey(key.slice(0, at) + other + key.slice(at + 1))).toBe(false);
    }
  });

  test.each([
    '',
    'aw_',
    key.slice(0, -1),
    `${key}0`,
    ` ${key}`,
    `${key}\n`,
    key.replace('aw_', 'AW_'),
    key.replace('aw_', ''),
    'x'.repeat(100_000),
  ])('refuses what has not the shape: %#', (text) => {
    expect(isAgentKey(text)).toBe(false);
  });
});
