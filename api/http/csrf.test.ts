import { randomBytes } from 'node:crypto';
import { purposeKey } from '../../encryption/keys';
import { isNonce, makeNonce } from './csrf';

const ring = (kid = 'k1') => purposeKey([{ kid, secret: randomBytes(32) }], 'page-nonce');

describe('a nonce', () => {
  const keys = ring();

  test('is good for what it was made for, any number of times, and for nothing else', () => {
    const nonce = makeNonce(keys, 'link\nabc\nreview');
    expect([isNonce(keys, 'link\nabc\nreview', nonce), isNonce(keys, 'link\nabc\nreview', nonce)]).toEqual([
      true,
      true,
    ]);
    for (const other of ['link\nabc\nconfirm approve', 'link\nabd\nreview', ''])
      expect(isNonce(keys, other, nonce)).toBe(false);
  });

  test('is another one each time', () => {
    expect(new Set(Array.from({ length: 50 }, () => makeNonce(keys, 'x'))).size).toBe(50);
  });

  test('is not to be made, bent or carried over', () => {
    const nonce = makeNonce(keys, 'x');
    const [random, kid, mac] = nonce.split('.');
    for (const forged of [
      '',
      'x',
      nonce.slice(1),
      `${nonce}A`,
      `${'A'.repeat(16)}.${kid}.${mac}`,
      `${random}.${kid}.${'A'.repeat(22)}`,
      `${random}.other.${mac}`,
      `${nonce}.x`,
      `.${kid}.${mac}`,
    ])
      expect(isNonce(keys, 'x', forged)).toBe(false);
    expect(isNonce(ring(), 'x', nonce)).toBe(false);
  });

  test('outlives a rotation of the keys', () => {
    const old = { kid: 'old', secret: randomBytes(32) };
    const nonce = makeNonce(purposeKey([old], 'page-nonce'), 'x');
    expect(isNonce(purposeKey([{ kid: 'new', secret: randomBytes(32) }, old], 'page-nonce'), 'x', nonce)).toBe(true);
  });
});
