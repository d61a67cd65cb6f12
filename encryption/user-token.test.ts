import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { purposeKey, type SecretKey } from './keys';
import { signUserToken, verifyUserToken } from './user-token';

const key = (kid: string, fill: number): SecretKey => ({ kid, secret: Buffer.alloc(32, fill) });
const ring = purposeKey([key('k1', 1)], 'user-token');
const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const HOUR_S = 3_600;

const verify = (token: string, now_ms = NOW_MS) => verifyUserToken(ring, token, now_ms);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = {
  iss: 'agentwarden',
  aud: 'agentwarden/api',
  sub: 'usr_1',
  iat: NOW_MS / 1000,
  exp: NOW_MS / 1000 + HOUR_S,
};
const handmade = (header: object, payload: object): string => {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${createHmac('sha256', ring.keys[0].secret).update(text).digest('base64url')}`;
};

describe('a user token', () => {
  test('says who, since when and until when', async () => {
    const token = await signUserToken(ring, 'usr_1', HOUR_S, NOW_MS);
    expect(await verify(token)).toEqual({
      user_id: 'usr_1',
      issued_at_ms: NOW_MS,
      expires_at_ms: NOW_MS + HOUR_S * 1000,
    });
  });

  test('ends with its time', async () => {
    const token = await signUserToken(ring, 'usr_1', HOUR_S, NOW_MS);
    expect(await verify(token, NOW_MS + HOUR_S * 1000 - 1)).not.toBeNull();
    expect(await verify(token, NOW_MS + HOUR_S * 1000)).toBeNull();
  });

  test('has the documented parts: one built by hand from them is accepted', async () => {
    expect(await verify(handmade({ alg: 'HS256', kid: 'k1' }, claims))).toMatchObject({ user_id: 'usr_1' });
  });

  test.each([
    ['no algorithm', { alg: 'none', kid: 'k1' }, claims],
    ['another algorithm', { alg: 'HS512', kid: 'k1' }, claims],
    ['no key name', { alg: 'HS256' }, claims],
    ['an unknown key name', { alg: 'HS256', kid: 'k9' }, claims],
    ['another issuer', { alg: 'HS256', kid: 'k1' }, { ...claims, iss: 'somebody' }],
    ['another audience', { alg: 'HS256', kid: 'k1' }, { ...claims, aud: 'elsewhere' }],
    ['no end', { alg: 'HS256', kid: 'k1' }, { ...claims, exp: undefined }],
    ['no person', { alg: 'HS256', kid: 'k1' }, { ...claims, sub: undefined }],
    ['no beginning', { alg: 'HS256', kid: 'k1' }, { ...claims, iat: undefined }],
    ['an extension that must be understood', { alg: 'HS256', kid: 'k1', crit: ['b64'], b64: false }, claims],
  ])('is refused with %s', async (_name, header, payload) => {
    expect(await verify(handmade(header, payload))).toBeNull();
  });

  test('is refused unsigned, changed, or signed by others', async () => {
    const token = await signUserToken(ring, 'usr_1', HOUR_S, NOW_MS);
    const [header, payload, signature] = token.split('.');
    const other = part({ ...claims, sub: 'usr_2' });
    for (const forged of [
      `${header}.${payload}.`,
      `${header}.${other}.${signature}`,
      `${header}.${payload}`,
      `${token}.x`,
    ])
      expect(await verify(forged)).toBeNull();
    for (const stranger of [purposeKey([key('k1', 2)], 'user-token'), purposeKey([key('k1', 1)], 'seal')])
      expect(
        await verify(
          await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(stranger.keys[0].secret),
        ),
      ).toBeNull();
  });

  test.each(['', 'x', 'a.b.c', '..', 'aw_0123456789', `${'A'.repeat(100_000)}.A.A`, 'e30.e30.e30'])(
    '%# is none',
    async (text) => {
      expect(await verify(text)).toBeNull();
    },
  );
});

test('key rotation: tokens of the old key hold until it is retired', async () => {
  const token = await signUserToken(ring, 'usr_1', HOUR_S, NOW_MS);
  const rotated = purposeKey([key('k2', 2), key('k1', 1)], 'user-token');
  expect(await verifyUserToken(rotated, token, NOW_MS)).toMatchObject({ user_id: 'usr_1' });
  const fresh = await signUserToken(rotated, 'usr_1', HOUR_S, NOW_MS);
  const retired = purposeKey([key('k2', 2)], 'user-token');
  expect(await verifyUserToken(retired, fresh, NOW_MS)).toMatchObject({ user_id: 'usr_1' });
  expect(await verifyUserToken(retired, token, NOW_MS)).toBeNull();
});
