/** Login links and sessions. Only hashes are stored, so that a reader of the database cannot sign in as anybody. */
import { sql } from 'kysely';
import type { Db } from './pool';

export interface NewLoginLink {
  /** SHA-256 of the token, hex. */
  hash: string;
  user_id: string;
  /** The path to open after signing in. */
  return_to?: string | null;
  expires_at: Date;
}

/** Stores the link. Also deletes the person's links that expired more than a day ago. */
export async function createLoginLink(db: Db, link: NewLoginLink): Promise<void> {
  await sql`delete from login_links where user_id = ${link.user_id} and expires_at < now() - interval '1 day'`.execute(
    db,
  );
  await db.insertInto('login_links').values(link).execute();
}

/** Whether the person has a valid, unused link. */
export async function hasLoginLink(db: Db, user_id: string, now: Date): Promise<boolean> {
  const link = await db
    .selectFrom('login_links')
    .select('hash')
    .where('user_id', '=', user_id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .limit(1)
    .executeTakeFirst();
  return link !== undefined;
}

/** For a link whose message could not be sent. */
export async function deleteLoginLink(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('login_links').where('hash', '=', hash).execute();
}

/** The person whom the link would sign in now, or null. Does not use up the link. */
export async function findLoginLink(db: Db, hash: string, now: Date): Promise<{ user_id: string } | null> {
  const link = await db
    .selectFrom('login_links')
    .innerJoin('users', 'users.id', 'login_links.user_id')
    .select('user_id')
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .where('users.active', '=', true)
    .executeTakeFirst();
  return link ?? null;
}

/** Uses up the link. Of several calls at once exactly one gets the person, the others get null. */
export async function consumeLoginLink(
  db: Db,
  hash: string,
  now: Date,
): Promise<{ user_id: string; return_to: string | null } | null> {
  const used = await db
    .updateTable('login_links')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .where('user_id', 'in', (eb) => eb.selectFrom('users').select('id').where('active', '=', true))
    .returning(['user_id', 'return_to'])
    .executeTakeFirst();
  return used ?? null;
}

export interface Session {
  user_id: string;
  created_at: Date;
  expires_at: Date;
}

/** `hash` is the SHA-256 of the cookie's value, hex. Also deletes the person's expired sessions. */
export async function createSession(
  db: Db,
  session: { hash: string; user_id: string; expires_at: Date },
): Promise<void> {
  await sql`delete from sessions where user_id = ${session.user_id} and expires_at < now()`.execute(db);
  await db.insertInto('sessions').values(session).execute();
}

/** Null if the session expired or its person is inactive. */
export async function findSession(db: Db, hash: string, now: Date): Promise<Session | null> {
  const session = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.user_id', 'sessions.created_at', 'sessions.expires_at'])
    .where('hash', '=', hash)
    .where('expires_at', '>', now)
    .where('users.active', '=', true)
    .executeTakeFirst();
  return session ?? null;
}

/** Does nothing if the session is gone. */
export async function deleteSession(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute();
}
