import { hkdfSync } from 'node:crypto';
import {
  checkKeys,
  derivedPayloadKeys,
  keyOf,
  PURPOSES,
  purposeKey,
  signText,
  verifyText,
  type SecretKey,
} from './keys';

const key = (kid: string, fill: number): SecretKey => ({ kid, secret: Buffer.alloc(32, fill) });
const old = key('k1', 1);
const fresh = key('k2', 2);

describe('a key per purpose', () => {
  test('is HKDF-SHA256 of the secret, salted by the format, with the purpose as its info', () => {
    const expected = Buffer.from(hkdfSync('sha256', old.secret, 'agentwarden/1', 'seal', 32));
    expect(purposeKey([old], 'seal')).toEqual({ purpose: 'seal', keys: [{ kid: 'k1', secret: expected }] });
  });

  test('differs from every other purpose, every other secret and the secret itself', () => {
    const all = [old, fresh].flatMap((one) =>
      PURPOSES.map((purpose) => purposeKey([one], purpose).keys[0].secret.toString('hex')),
    );
    expect(new Set([...all, old.secret.toString('hex'), fresh.secret.toString('hex')]).size).toBe(
      PURPOSES.length * 2 + 2,
    );
  });

  test('keeps names and order: the first signs', () => {
    expect(purposeKey([fresh, old], 'link-token').keys.map(({ kid }) => kid)).toEqual(['k2', 'k1']);
  });

  test('payload keys fall back to the purpose payload', () => {
    expect(derivedPayloadKeys([fresh, old])).toEqual(purposeKey([fresh, old], 'payload').keys);
  });

  test.each<[string, SecretKey[], string]>([
    ['no key', [], 'no secret key is configured'],
    ['a key name used twice', [old, key('k1', 3)], 'the key name "k1" is used twice'],
    ['a key name with a dot', [key('k.1', 1)], 'the key name "k.1" is not 1 to 32 letters, digits, "_" or "-"'],
    ['an empty key name', [key('', 1)], 'the key name "" is not 1 to 32 letters'],
    ['a short secret', [{ kid: 'k1', secret: Buffer.alloc(31) }], 'the key k1 has 31 bytes and needs 32'],
    ['a long secret', [{ kid: 'k1', secret: Buffer.alloc(64) }], 'the key k1 has 64 bytes and needs 32'],
  ])('%s is refused', (_name, keys, why) => {
    for (const use of [() => purposeKey(keys, 'seal'), () => checkKeys(keys)]) {
      expect(use).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      expect(use).toThrow(`The secret keys cannot be used: ${why}`);
    }
  });

  test('is found by its name', () => {
    expect(keyOf([fresh, old], 'k1')).toBe(old.secret);
    expect(keyOf([fresh, old], 'k3')).toBeUndefined();
  });
});

describe('a signed text', () => {
  const ring = purposeKey([old], 'page-nonce');
  const signature = signText(ring, 'a text');

  test('is the same each time, names its key and is safe in a URL', () => {
    expect(signText(ring, 'a text')).toBe(signature);
    expect(signature).toMatch(/^k1\.[A-Za-z0-9_-]{22}$/);
    expect(verifyText(ring, 'a text', signature)).toBe(true);
  });

  test('holds for no other text, purpose or secret', () => {
    expect(verifyText(ring, 'a text ', signature)).toBe(false);
    expect(verifyText(purposeKey([old], 'seal'), 'a text', signature)).toBe(false);
    expect(verifyText(purposeKey([key('k1', 9)], 'page-nonce'), 'a text', signature)).toBe(false);
  });

  test('of an old key holds until the key is retired, new ones are signed by the first', () => {
    const both = purposeKey([fresh, old], 'page-nonce');
    expect(verifyText(both, 'a text', signature)).toBe(true);
    expect(signText(both, 'a text')).toMatch(/^k2\./);
    expect(verifyText(purposeKey([fresh], 'page-nonce'), 'a text', signature)).toBe(false);
  });

  test.each([
    '',
    '.',
    'k1',
    'k1.',
    `k1.${'A'.repeat(22)}`,
    `${signature}=`,
    `${signature}.`,
    ` ${signature}`,
    signature.slice(0, -1),
    `${signature}A`,
    signature.replace('k1', 'k2'),
    signature.replace('k1', '__proto__'),
  ])('%j does not open of ours', (forged) => {
    expect(verifyText(ring, 'a text', forged)).toBe(false);
  });

  test('has one spelling: the spare bits at its end are part of it', () => {
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...last].filter((letter) => verifyText(ring, 'a text', signature.slice(0, -1) + letter));
    expect(spellings).toEqual([signature.at(-1)]);
  });
});
