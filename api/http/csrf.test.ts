import { randomBytes } from 'node:crypto';
import { purposeKey } from '../../encryption/keys';
import { checkOrigin, createCsrfToken, isCsrfToken } from './csrf';

const ring = (kid = 'k1') => purposeKey([{ kid, secret: randomBytes(32) }], 'page-nonce');

describe('a CSRF token', () => {
  const keys = ring();

  test('is good for what it was made for, any number of times, and for nothing else', () => {
    const nonce = createCsrfToken(keys, 'link\nabc\nreview');
    expect([isCsrfToken(keys, 'link\nabc\nreview', nonce), isCsrfToken(keys, 'link\nabc\nreview', nonce)]).toEqual([
      true,
      true,
    ]);
    for (const other of ['link\nabc\nconfirm approve', 'link\nabd\nreview', ''])
      expect(isCsrfToken(keys, other, nonce)).toBe(false);
  });

  test('is another one each time', () => {
    expect(new Set(Array.from({ length: 50 }, () => createCsrfToken(keys, 'x'))).size).toBe(50);
  });

  test('is not to be made, bent or carried over', () => {
    const nonce = createCsrfToken(keys, 'x');
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
      expect(isCsrfToken(keys, 'x', forged)).toBe(false);
    expect(isCsrfToken(ring(), 'x', nonce)).toBe(false);
  });

  test('outlives a rotation of the keys', () => {
    const old = { kid: 'old', secret: randomBytes(32) };
    const nonce = createCsrfToken(purposeKey([old], 'page-nonce'), 'x');
    expect(isCsrfToken(purposeKey([{ kid: 'new', secret: randomBytes(32) }, old], 'page-nonce'), 'x', nonce)).toBe(
      true,
    );
  });
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a change that a browser sends by itself', () => {
  const allowed = (headers: Record<string, string>, method = 'POST', publicUrl = 'https://warden.example'): boolean => {
    try {
      checkOrigin(publicUrl, { headers, method }, { formsToo: true });
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'forbidden' });
      return false;
    }
  };

  test.each<[string, Record<string, string>, boolean]>([
    ['from our own page', { 'sec-fetch-site': 'same-origin' }, true],
    ['typed by the person', { 'sec-fetch-site': 'none' }, true],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['from a neighbour domain', { 'sec-fetch-site': 'same-site' }, false],
    [
      'from another site that claims our origin',
      { 'sec-fetch-site': 'cross-site', origin: 'https://warden.example' },
      false,
    ],
    ['from an older browser, with our origin', { origin: 'https://warden.example' }, true],
    ['through another name of this host', { origin: 'http://localhost:8080', host: 'localhost:8080' }, true],
    ['from an older browser, with another origin', { origin: 'https://evil.example', host: 'warden.example' }, false],
    ['with an origin that is none', { origin: 'evil' }, false],
    ['of a form that names no origin', { origin: 'null', ...FORM }, true],
    ['of a script that names no origin', { origin: 'null', 'content-type': 'application/json' }, false],
    ['of a program without such headers', {}, true],
  ])('%s', (_, headers, good) => expect(allowed(headers)).toBe(good));

  test('is not asked about where nothing changes', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      expect(allowed({ 'sec-fetch-site': 'cross-site' }, method)).toBe(true);
  });
});
