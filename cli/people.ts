/** `agentwarden login-link` and `agentwarden token`: sign a person in without email. The operator can read the secret keys anyway. */
import { createLoginLink } from '../application/login';
import { findPerson, type Person } from '../application/people';
import type { Config } from '../config';
import { purposeKey } from '../encryption/keys';
import { signUserToken } from '../encryption/user-token';
import { withDatabase, type CommandContext, type CommandDeps } from './settings';

const LINK_TTL_MS = 60 * 60 * 1000;
const TOKEN_TTL_S = 3600;

export const createLoginUrl = async (deps: CommandDeps, user_id: string): Promise<string> =>
  (await createLoginLink(deps, user_id, { ttl_ms: LINK_TTL_MS, return_to: null })).url;

export const createUserToken = (config: Pick<Config, 'secretKeys'>, user_id: string, ttl_s: number): Promise<string> =>
  signUserToken(purposeKey(config.secretKeys, 'user-token'), user_id, ttl_s, Date.now());

export const loginLink = (context: CommandContext, email: string): Promise<string> =>
  withDatabase(context, async (deps) => createLoginUrl(deps, (await activePerson(deps, email)).id));

export const userToken = (context: CommandContext, email: string): Promise<string> =>
  withDatabase(context, async (deps, config) =>
    createUserToken(config, (await activePerson(deps, email)).id, TOKEN_TTL_S),
  );

async function activePerson({ db }: CommandDeps, email: string): Promise<Person> {
  const person = await findPerson(db, email);
  if (!person)
    throw new Error(`There is no person with the address ${email}. Create the person with POST /api/users first.`);
  if (!person.active)
    throw new Error(`${email} is inactive. An admin can activate the person with PATCH /api/users/${person.id}.`);
  return person;
}
