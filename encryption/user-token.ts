/** Bearer tokens of people: JSON Web Tokens (HS256), signed by the first key and verified by all (`kid` in the header). */
import { errors, jwtVerify, SignJWT } from 'jose';
import { keyOf, type KeyRing } from './keys';

const ALGORITHM = 'HS256';
const ISSUER = 'agentwarden';
const AUDIENCE = 'agentwarden/api';

export interface UserToken {
  user_id: string;
  issued_at_ms: number;
  expires_at_ms: number;
}

export function signUserToken(
  ring: KeyRing<'user-token'>,
  userId: string,
  ttl_s: number,
  now_ms: number,
): Promise<string> {
  const { kid, secret } = ring.keys[0];
  const now_s = Math.floor(now_ms / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM, kid })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(userId)
    .setIssuedAt(now_s)
    .setExpirationTime(now_s + ttl_s)
    .sign(secret);
}

/** Null unless the token is ours and has not expired. The caller checks that the person is still active. */
export async function verifyUserToken(
  ring: KeyRing<'user-token'>,
  token: string,
  now_ms: number,
): Promise<UserToken | null> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const secret = keyOf(ring.keys, kid ?? '');
        if (secret === undefined) throw new errors.JWKSNoMatchingKey();
        return secret;
      },
      {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'iat', 'exp'],
        currentDate: new Date(now_ms),
      },
    );
    const { sub, iat, exp } = payload as { sub: string; iat: number; exp: number };
    return { user_id: sub, issued_at_ms: iat * 1000, expires_at_ms: exp * 1000 };
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
