import fc from 'fast-check';
import { purposeKey, type SecretKey } from './keys';
import { decrypt, encrypt, open, seal } from './seal';

const key = (kid: string, fill: number): SecretKey => ({ kid, secret: Buffer.alloc(32, fill) });
const ring = purposeKey([key('k1', 1)], 'seal');
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const sealed = seal(ring, SECRET, 'whk_1');

describe('a sealed secret', () => {
  test('opens where it belongs', () => {
    expect(open(ring, sealed, 'whk_1')).toBe(SECRET);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        (text, bound) => open(ring, seal(ring, text, bound), bound) === text,
      ),
    );
  });

  test('shows nothing of the secret and differs each time', () => {
    expect(Buffer.from(sealed.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain('whsec');
    expect(seal(ring, SECRET, 'whk_1')).not.toBe(sealed);
  });

  test('does not open when it was moved to another row', () => {
    expect(() => open(ring, sealed, 'whk_2')).toThrow(
      'The secret of whk_2 does not decrypt with the key k1: it was changed, or copied from another row. Rotate it.',
    );
  });

  test('does not open when one character was changed', () => {
    for (let at = 'k1.'.length; at < sealed.length; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      // The last character has spare bits: spelled otherwise, it may be the same bytes.
      if (Buffer.from(changed.slice(3), 'base64url').equals(Buffer.from(sealed.slice(3), 'base64url'))) continue;
      expect(() => open(ring, changed, 'whk_1')).toThrow(expect.objectContaining({ code: 'unavailable' }));
    }
  });

  test.each(['', 'k1', 'k1.', 'k1.AAAA', '.', 'plain text'])('%j does not open', (text) => {
    expect(() => open(ring, text, 'whk_1')).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });
});

test('key rotation: the first seals, all open, and a retired key is named', () => {
  const rotated = purposeKey([key('k2', 2), key('k1', 1)], 'seal');
  expect(open(rotated, sealed, 'whk_1')).toBe(SECRET);
  const fresh = seal(rotated, SECRET, 'whk_1');
  expect(fresh).toMatch(/^k2\./);
  expect(open(purposeKey([key('k2', 2)], 'seal'), fresh, 'whk_1')).toBe(SECRET);
  expect(() => open(purposeKey([key('k2', 2)], 'seal'), sealed, 'whk_1')).toThrow(
    'This was encrypted with the key "k1", but only k2 are configured. Add the retired key after the current ones until nothing is encrypted with it.',
  );
});

test('decrypt returns undefined for bytes that encrypt did not return', () => {
  const secret = Buffer.alloc(32, 3);
  const bytes = encrypt(secret, Buffer.from('text'), 'here');
  expect(decrypt(secret, bytes, 'here')?.toString()).toBe('text');
  expect(decrypt(secret, encrypt(secret, Buffer.alloc(0), ''), '')).toEqual(Buffer.alloc(0));
  expect(decrypt(secret, bytes, 'there')).toBeUndefined();
  expect(decrypt(Buffer.alloc(32, 4), bytes, 'here')).toBeUndefined();
  for (let length = 0; length < bytes.length; length += 1)
    expect(decrypt(secret, bytes.subarray(0, length), 'here')).toBeUndefined();
});
