/** `agentwarden login-link` and `agentwarden token`: sign a person in without email. The operator can read the secret keys anyway. */
import { createHash, randomBytes } from 'node:crypto';
import type { Config } from '../config';
import { createLoginLink } from '../db/login';
import { findPerson, type Person } from '../db/people';
import type { Db } from '../db/pool';
import { purposeKey } from '../encryption/keys';
import { signUserToken } from '../encryption/user-token';
import { withDatabase, type CommandContext } from './settings';

const LINK_TTL_MS = 60 * 60 * 1000;
const TOKEN_TTL_S = 3600;

export async function makeLoginLink(db: Db, config: Pick<Config, 'publicUrl'>, user_id: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(token).digest('hex');
  await createLoginLink(db, { hash, user_id, expires_at: new Date(Date.now() + LINK_TTL_MS) });
  return `${config.publicUrl}/login/${token}`;
}

export const makeUserToken = (config: Pick<Config, 'secretKeys'>, user_id: string, ttl_s: number): Promise<string> =>
  signUserToken(purposeKey(config.secretKeys, 'user-token'), user_id, ttl_s, Date.now());

export const loginLink = (context: CommandContext, email: string): Promise<string> =>
  withDatabase(context, async (db, config) => makeLoginLink(db, config, (await activePerson(db, email)).id));

export const userToken = (context: CommandContext, email: string): Promise<string> =>
  withDatabase(context, async (db, config) => makeUserToken(config, (await activePerson(db, email)).id, TOKEN_TTL_S));

async function activePerson(db: Db, email: string): Promise<Person> {
  const person = await findPerson(db, email);
  if (!person)
    throw new Error(`There is no person with the address ${email}. Create the person with POST /api/users first.`);
  if (!person.active)
    throw new Error(`${email} is inactive. An admin can activate the person with PATCH /api/users/${person.id}.`);
  return person;
}
